"""Scale pictures with Lanczos, and translate the errors that Pillow raises on damaged files."""

import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import overload

from PIL import Image

from resize_core.errors import BrokenError, TooLargeError, TruncatedError, UnsupportedError
from resize_core.pixels import fast_resize as lanczos
from resize_core.pixels.array_image import Raster, bands

Sides = tuple[int, int]
Picture = Image.Image | Raster

_FEWEST_MIXED = 64
# Modes whose channels are all scaled in the same way.
_EVEN = {"L", "RGB", "RGBX", "YCbCr", "CMYK"}
# Pillow's messages about varieties that it does not read, in files that may be undamaged.
_UNKNOWN = re.compile(
    "unsupported|not supported|not implemented|not available|unknown (pixel mode|data org)"
    "|cannot (handle|write mode)|BMFF parsing failed",
    re.IGNORECASE,
)
# The errors that Pillow's readers raise on damaged files, besides OSError.
_FAULTS = (
    SyntaxError, ValueError, TypeError, LookupError, EOFError, ArithmeticError, AttributeError,
    AssertionError, RuntimeError, struct.error, zlib.error,
)  # fmt: skip


@contextmanager
def reading(format_name: str) -> Iterator[None]:
    """Translate what Pillow raises on damaged bytes, and on varieties it does not read.

    Raises TruncatedError, BrokenError, UnsupportedError or TooLargeError.
    """
    try:
        yield
    except Image.DecompressionBombError as error:
        raise TooLargeError(2 * (Image.MAX_IMAGE_PIXELS or 0), 0) from error
    except OSError as error:
        if _UNKNOWN.search(str(error)):
            raise UnsupportedError(format_name, str(error)) from error
        kind = TruncatedError if "truncated" in str(error).lower() else BrokenError
        raise kind(format_name, str(error)) from error
    except _FAULTS as error:
        if _UNKNOWN.search(str(error)):
            raise UnsupportedError(format_name, str(error)) from error
        raise BrokenError(format_name, str(error) or type(error).__name__) from error


def scaled_sides(sides: Sides, scale: float) -> Sides:
    """Return width and height at a scale, each rounded and at least 1."""
    return max(1, round(sides[0] * scale)), max(1, round(sides[1] * scale))


def scalable(image: Image.Image) -> Image.Image:
    """Return the picture in a mode in which neighbouring pixels can be averaged."""
    if image.mode == "P":
        return image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode == "PA":
        return image.convert("RGBA")
    if image.mode == "1":
        return image.convert("LA" if "transparency" in image.info else "L")
    if image.mode in {"L", "RGB"} and "transparency" in image.info:
        return image.convert("LA" if image.mode == "L" else "RGBA")
    return image


@overload
def resized(image: Image.Image, sides: Sides) -> Image.Image: ...
@overload
def resized(image: Picture, sides: Sides) -> Picture: ...
def resized(image: Picture, sides: Sides) -> Picture:
    """Return a picture scaled with Lanczos. Colours of transparent pixels do not bleed."""
    if sides == image.size:
        return image
    if isinstance(image, Raster):
        return image.resized(sides)
    return box_resized(image, sides, (0, 0, *image.size))


def box_resized(image: Image.Image, sides: Sides, box: lanczos.Box) -> Image.Image:
    """Return a box of a picture scaled in the same way; `box` may lie between pixels."""
    image = scalable(image)
    if image.mode in {"RGBA", "LA"}:
        mixed = image.convert(image.mode.replace("A", "a"))
        return mixed.resize(sides, Image.Resampling.LANCZOS, box).convert(image.mode)
    if lanczos.AVAILABLE and image.mode in _EVEN:
        return _quickly_resized(image, sides, box)
    return image.resize(sides, Image.Resampling.LANCZOS, box)


def _quickly_resized(image: Image.Image, sides: Sides, box: lanczos.Box) -> Image.Image:
    """Return a box of a picture scaled in bands, in little more memory than the result takes."""
    made = Image.new(image.mode, sides)
    made.info = image.info.copy()
    for rows, (first, last), place in bands(image.height, box, sides):
        band = image.crop((0, first, image.width, last))
        pixels, size = (band.tobytes(), *band.size), (sides[0], rows.stop - rows.start)
        part = lanczos.scaled_bytes(pixels, size, place)
        made.paste(
            Image.frombuffer(image.mode, size, part, "raw", image.mode, 0, 1), (0, rows.start)
        )
    return made


def like(picture: Image.Image, mode: str, colours: int = 256) -> Image.Image:
    """Return a scaled picture in the mode it was stored in, with up to that many colours."""
    if mode == "1" and picture.mode == "L":
        return picture.convert("1")
    if mode == "P" and picture.mode in {"RGB", "RGBA"}:
        # Scaling creates new colours, so a few palette colours are not enough.
        most = min(max(colours, _FEWEST_MIXED), 256)
        return picture.quantize(most, Image.Quantize.FASTOCTREE)
    return picture
