"""A decoded photo of any format, in a mode that JPEG stores."""

from PIL import Image, ImageMath

from resize_core.errors import UnsupportedError
from resize_core.pixels.codec_api import DecodedPhoto
from resize_core.pixels.colour import is_deep
from resize_core.pixels.resize import scalable

_WHITE = (255, 255, 255, 255)
_LONGEST = 65_500  # of a JPEG file, by libjpeg


def to_jpeg_mode(decoded: DecodedPhoto) -> tuple[Image.Image, bytes, tuple[str, ...]]:
    """Return the picture in mode L, RGB or CMYK, its ICC profile, and the names of what is lost.

    Transparent pixels become white; depths over 8 bits are spread over 8.

    Raises UnsupportedError for sides that JPEG cannot store.
    """
    if max(decoded.image.size) > _LONGEST:
        raise UnsupportedError(
            "JPEG", f"a width or height of more than {_LONGEST:,} pixels", "scale it first"
        )
    image, profile = scalable(decoded.image), decoded.profile
    lost = list(decoded.dropped)
    if is_deep(image):
        if profile and image.mode.startswith("F"):
            profile = b""
            lost.append("ICC profile")
        image, clear = _to_bytes(image), _clear_of(image)
        if clear:
            image.paste(_WHITE[0], mask=clear)
            lost.append("transparency")
        lost.append("depth")
    if image.mode == "LA":
        flat = Image.new("L", image.size, _WHITE[0])
        flat.paste(image.getchannel("L"), mask=image.getchannel("A"))
        image = flat
        lost.append("transparency")
    if image.mode == "RGBA":
        flat = Image.new("RGBA", image.size, _WHITE)
        flat.alpha_composite(image.convert("RGBA"))
        image = flat.convert("RGB")
        lost.append("transparency")
    if image.mode not in {"RGB", "L", "CMYK"}:
        image = image.convert("RGB")
    image.info = {}
    return image, profile, tuple(lost)


def _clear_of(image: Image.Image) -> Image.Image | None:
    """Return a mask of the pixels with a deep picture's one transparent value."""
    value = image.info.get("transparency")
    if not isinstance(value, int):
        return None
    mask: Image.Image = ImageMath.lambda_eval(
        lambda known: known["convert"]((known["i"] == value) * 255, "L"), i=image.convert("I")
    )
    return mask


def _to_bytes(image: Image.Image) -> Image.Image:
    """Spread the values over the 256 grays of 8 bits; 16 bits keep their black and white."""
    low, high = image.convert("F").getextrema()
    if image.mode != "F" and isinstance(high, int | float) and high > 255:  # noqa: PLR2004 - 8 bits
        low, high = 0.0, 65535.0
    if not (isinstance(low, int | float) and isinstance(high, int | float)) or high <= low:
        low, high = 0.0, 255.0
    share = 255 / (high - low)
    return image.convert("F").point(lambda v: v * share - low * share).convert("L")
