"""A photo as every screen shows it: upright, in sRGB, 8 bits, without transparency."""

from PIL import Image

from resize_core.decoding import decode_transformed, repair
from resize_core.pixels.codec_api import DecodeRequest
from resize_core.pixels.colour import to_srgb
from resize_core.pixels.resize import scalable
from resize_core.probe import probe

_WHITE = (255, 255, 255)


def opened(data: bytes) -> tuple[Image.Image, bytes]:
    """Decode a photo upright; return its pixels and its colour profile."""
    header = probe(data, size=len(data))
    request = DecodeRequest(
        "balanced", len(data), header.width * header.height, orientation="upright"
    )
    file = repair(data, header.format, request).file
    made = decode_transformed(file, header.format, request)
    return scalable(made.image), made.profile


def shown(picture: Image.Image, profile: bytes) -> Image.Image:
    """Convert a picture to what every screen shows."""
    plain = to_srgb(picture, profile)
    if plain.mode.startswith(("I", "F")):
        low, high = plain.convert("F").getextrema()
        spread = 255 / max(float(high) - float(low), 1e-9)  # type: ignore[arg-type] # of one band
        plain = plain.convert("F").point(lambda v: (v - float(low)) * spread)  # type: ignore[arg-type]
    if plain.mode in {"RGBA", "LA"}:
        flat = Image.new("RGBA", plain.size, (*_WHITE, 255))
        flat.alpha_composite(plain.convert("RGBA"))
        plain = flat
    return plain.convert("RGB")
