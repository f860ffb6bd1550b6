"""PNG, by Pillow: without loss, so only scaling makes it smaller."""

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO

from PIL import Image, PngImagePlugin

from resize_core.capabilities import Capabilities
from resize_core.formats.png import apng
from resize_core.formats.png import structure as png
from resize_core.formats.png.colour import colour_profile
from resize_core.formats.through_pillow import (
    PillowReader,
    followed_by_nothing,
    metadata_options,
    read_again,
    stored,
    xmp_text,
)
from resize_core.metadata.items import keep
from resize_core.model import Effort, Setting
from resize_core.pixels.animation import Animation, check_pixels, timing
from resize_core.pixels.codec_api import Codec, DecodedPhoto, DecodeRequest
from resize_core.pixels.colour import is_deep
from resize_core.pixels.image import Encoder, StillImage
from resize_core.pixels.resize import like, reading

_LEVELS: dict[Effort, int] = {"balanced": 6, "best": 9}
_DEPTH_AT, _DEEP = 24, 16


def read(data: bytes, request: DecodeRequest) -> StillImage | Animation:
    """Decode a PNG file. Raises TruncatedError, BrokenError, TooLargeError.

    16 bits per channel are kept in grayscale; colour becomes 8, because Pillow supports no more.
    """
    with reading("PNG"):
        image = PngImagePlugin.PngImageFile(BytesIO(data))
        if image.is_animated:
            return _animation(image, data, request)
        image.load()
    original = image.copy()
    clear = _clear(image, data[_DEPTH_AT])
    original.info = {} if clear is None else {"transparency": clear}
    colours = len(original.getcolors() or []) if original.mode == "P" else 0
    loses_depth = data[_DEPTH_AT] == _DEEP and not original.mode.startswith("I")
    kept, dropped = keep(png.metadata(data), request.spare)

    def write(picture: Image.Image, _: Setting) -> bytes:
        file = BytesIO()
        stored = like(picture, original.mode, colours)
        if stored.mode == "1" and "transparency" in stored.info:
            stored = stored.copy()
            # Pillow reads white as 255, and writes the number unchanged.
            stored.info["transparency"] = min(1, stored.info["transparency"])
        stored.save(file, "PNG", compress_level=_LEVELS[request.effort])
        return file.getvalue()

    encoder = Encoder(
        write, write, lambda file, sides: png.with_metadata(file, kept, sides, original.size)
    )
    more = (*png.beside(data), *(("16-bit depth",) if loses_depth else ()))
    return StillImage(original, encoder, Capabilities(recodes=True, dropped=(*dropped, *more)))


def _clear(image: Image.Image, depth: int) -> int | bytes | tuple[int, ...] | None:
    """Return the transparent value of the pixels in memory: Pillow's is that of the file."""
    found: int | bytes | tuple[int, ...] | None = image.info.get("transparency")
    if isinstance(found, int) and image.mode == "L" and depth < 8:  # noqa: PLR2004 - spread over 8 bits
        return (found & (1 << depth) - 1) * 255 // ((1 << depth) - 1)
    if isinstance(found, tuple) and depth == _DEEP:
        return tuple(value >> 8 for value in found)
    return found


def _animation(
    image: PngImagePlugin.PngImageFile, data: bytes, request: DecodeRequest
) -> Animation:
    with reading("PNG"):
        count = check_pixels(image, request.max_pixels)
        when = timing(image, count)
    kept, dropped = keep(png.metadata(data), request.spare)
    # A picture for viewers that show no animations; it is not part of this one.
    apart = bool(image.info.get("default_image"))
    timed = replace(when, durations=when.durations[1:]) if apart else when

    def write(pictures: Sequence[Image.Image], _: Setting) -> bytes:
        file = BytesIO()
        pictures[0].save(
            file,
            "PNG",
            save_all=True,
            append_images=pictures[1:],
            compress_level=_LEVELS[request.effort],
            default_image=apart,
            **timed.options(),
        )
        sides = pictures[0].size if pictures[0].size != image.size else None
        return png.with_metadata(file.getvalue(), kept, sides, image.size)

    return Animation(
        lambda: apng.frames(data),
        write,
        len(data),
        Capabilities(dropped=(*png.beside(data), *dropped)),
    )


_READER = PillowReader(
    "PNG", PngImagePlugin.PngImageFile, lambda data, _: png.exif_of(data), colour_profile
)


def decode(data: bytes, _: DecodeRequest) -> DecodedPhoto:
    """See `Codec.decode`."""
    decoded = _READER.decode(data, png.left_behind(data))
    if png.is_deep(data) and not is_deep(decoded.image):
        decoded = replace(decoded, dropped=(*decoded.dropped, "16-bit depth"))
    return followed_by_nothing(replace(decoded, source=data))


def encode(decoded: DecodedPhoto, request: DecodeRequest) -> StillImage | Animation:
    """See `Codec.encode`."""
    options = metadata_options(replace(decoded, xmp=b""))
    if decoded.xmp:
        options["pnginfo"] = xmp_text(decoded.xmp)
    file = stored(decoded, "PNG", compress_level=1, **options)
    if isinstance(decoded.source, bytes):
        turn = decoded.orientation if request.orientation == "upright" else 1
        file = png.with_chunks(file, png.that_stays(decoded.source, turn))
        lost = (name for name in decoded.dropped if name not in png.STAYS)
        decoded = replace(decoded, dropped=(*lost, *png.beside(decoded.source)))
    picture: StillImage | Animation = read_again(read, decoded, file, request)
    return picture


CODEC = Codec(read, decode, _READER.is_as_asked, encode)
