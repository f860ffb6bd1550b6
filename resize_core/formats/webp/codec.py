"""WebP, by Pillow: a lossy photo is encoded at a lower quality, a lossless one is recoded first."""

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO

from PIL import Image, WebPImagePlugin

from resize_core.capabilities import Capabilities, QualityRange
from resize_core.formats.through_pillow import (
    PillowReader,
    followed_by_nothing,
    metadata_options,
    read_again,
    stored,
)
from resize_core.formats.webp import structure as webp
from resize_core.metadata import exif, xmp
from resize_core.metadata.items import Item, keep
from resize_core.model import Effort, Setting
from resize_core.pixels.animation import Animation, check_pixels, frames, timing
from resize_core.pixels.codec_api import Codec, DecodedPhoto, DecodeRequest
from resize_core.pixels.image import Encoder, StillImage
from resize_core.pixels.resize import Sides, reading

_QUALITY = QualityRange(best=100.0, least=0.0, scale_below=45.0, quality_when_scaled=75.0)
_METHODS: dict[Effort, int] = {"balanced": 4, "best": 6}
_LOSSLESS_EFFORT = 50


def read(data: bytes, request: DecodeRequest) -> StillImage | Animation:
    """Decode a WebP file. Raises TruncatedError, BrokenError, TooLargeError."""
    kept, left = keep(webp.metadata(data), request.spare)
    dropped = (*webp.beside(data), *left)
    with reading("WebP"):
        image = WebPImagePlugin.WebPImageFile(BytesIO(data))
        count = check_pixels(image, request.max_pixels)
        when = timing(image, count)
        image.seek(0)
        image.load()
    lossless = webp.is_lossless(data)
    method = _METHODS[request.effort]

    def save(pictures: Sequence[Image.Image], setting: Setting, **more: object) -> bytes:
        file = BytesIO()
        quality = _LOSSLESS_EFFORT if setting.quality is None else setting.quality
        own = {"lossless": setting.quality is None, "quality": quality, "method": method}
        items = _options(kept, image.size, pictures[0].size)
        pictures[0].save(file, "WEBP", **own, **items, **more)
        return file.getvalue()

    if count > 1:
        return Animation(
            lambda: frames("WebP", lambda: WebPImagePlugin.WebPImageFile(BytesIO(data))),
            lambda pictures, setting: save(
                pictures,
                setting,
                save_all=True,
                append_images=pictures[1:],
                minimize_size=False,
                **when.options(),
            ),
            len(data),
            Capabilities(_QUALITY, dropped=dropped),
        )

    def write(picture: Image.Image, setting: Setting) -> bytes:
        return save([picture], setting)

    encoder = Encoder(write, write, lambda file, _: file)
    return StillImage(image, encoder, Capabilities(_QUALITY, recodes=lossless, dropped=dropped))


def _options(kept: tuple[Item, ...], stored: Sides, sides: Sides) -> dict[str, bytes]:
    names = {"ICC profile": "icc_profile", "XMP": "xmp"}
    options = {names.get(item.name, "exif"): item.data for item in kept}
    if sides != stored and "exif" in options:
        options["exif"] = exif.resized(exif.without_thumbnail(options["exif"]), *sides)
    if "xmp" in options:
        options["xmp"] = xmp.resized(options["xmp"], stored, sides)
    return options


_READER = PillowReader("WebP", WebPImagePlugin.WebPImageFile)


def decode(data: bytes, _: DecodeRequest) -> DecodedPhoto:
    """See `Codec.decode`."""
    return followed_by_nothing(_READER.decode(data, webp.left_behind(data)))


def encode(decoded: DecodedPhoto, request: DecodeRequest) -> StillImage | Animation:
    """See `Codec.encode`."""
    if decoded.image.mode == "CMYK":
        decoded = replace(decoded, image=decoded.image.convert("RGB"))
    file = stored(decoded, "WebP", lossless=True, quality=0, method=0, **metadata_options(decoded))
    picture: StillImage | Animation = read_again(read, decoded, file, request)
    return picture


CODEC = Codec(read, decode, _READER.is_as_asked, encode)
