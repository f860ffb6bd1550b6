"""Pixels in memory: read safely, scaled well, and sampled."""

import math
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import overload

from PIL import Image

from resize_core.codec import lanczos
from resize_core.codec.raster import Raster, bands, raster_of
from resize_core.errors import BrokenError, TooLargeError, TruncatedError

with suppress(ImportError):  # without it, Pillow scales
    import numpy as np

Sides = tuple[int, int]
Picture = Image.Image | Raster

_TILE, _LEAST_TILE, _BLOCK = 64, 32, 16
_FEWEST_TILES, _MOST_TILES = 8, 12
_SAMPLED_SHARE = 1 / 16
# How much less than a whole number of times is taken for it.
_NEARLY = 0.01
# Modes whose channels are scaled alike.
_EVEN = {"L", "RGB", "RGBX", "YCbCr", "CMYK"}
# What Pillow's readers raise on damaged files, beside OSError.
_FAULTS = (
    SyntaxError, ValueError, TypeError, LookupError, EOFError, ArithmeticError, AttributeError,
    AssertionError, RuntimeError, struct.error, zlib.error,
)  # fmt: skip


@contextmanager
def reading(format_name: str) -> Iterator[None]:
    """Translate whatever Pillow raises on damaged bytes.

    Raises TruncatedError, BrokenError or TooLargeError.
    """
    try:
        yield
    except Image.DecompressionBombError as error:
        raise TooLargeError(2 * (Image.MAX_IMAGE_PIXELS or 0), 0) from error
    except OSError as error:
        kind = TruncatedError if "truncated" in str(error).lower() else BrokenError
        raise kind(format_name, str(error)) from error
    except _FAULTS as error:
        raise BrokenError(format_name, str(error) or type(error).__name__) from error


def scaled_sides(sides: Sides, scale: float) -> Sides:
    """Return width and height at a scale, each rounded and at least 1."""
    return max(1, round(sides[0] * scale)), max(1, round(sides[1] * scale))


def scalable(image: Image.Image) -> Image.Image:
    """Return the picture in a mode in which neighbouring pixels can be mixed."""
    if image.mode == "P":
        return image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode == "PA":
        return image.convert("RGBA")
    if image.mode == "1":
        return image.convert("L")
    if image.mode in {"L", "RGB"} and "transparency" in image.info:
        return image.convert("LA" if image.mode == "L" else "RGBA")
    return image


@overload
def resized(image: Image.Image, sides: Sides, gap: float | None = None) -> Image.Image: ...
@overload
def resized(image: Picture, sides: Sides, gap: float | None = None) -> Picture: ...
def resized(image: Picture, sides: Sides, gap: float | None = None) -> Picture:
    """Scale a picture with Lanczos. Colours of clear pixels do not bleed.

    With a `gap`, pixels are averaged by whole numbers first, down to that many times the sides.
    """
    if sides == image.size:
        return image
    if isinstance(image, Raster):
        return image.resized(sides)
    return _resized(image, sides, (0, 0, *image.size), gap)


def _resized(
    image: Image.Image, sides: Sides, box: tuple[float, float, float, float], gap: float | None
) -> Image.Image:
    image = scalable(image)
    if gap:
        image, box = _averaged(image, sides, box)
        if box == (0, 0, *sides):
            return image
    if image.mode in {"RGBA", "LA"}:
        mixed = image.convert(image.mode.replace("A", "a"))
        return mixed.resize(sides, Image.Resampling.LANCZOS, box, gap).convert(image.mode)
    if lanczos.AVAILABLE and image.mode in _EVEN:
        return _quickly_resized(image, sides, box)
    return image.resize(sides, Image.Resampling.LANCZOS, box, gap)


def _quickly_resized(image: Image.Image, sides: Sides, box: lanczos.Box) -> Image.Image:
    """Scale a small picture as a whole, and a large one in little more memory than the result."""
    made = Image.new(image.mode, sides)
    made.info = image.info.copy()
    for rows, (first, last), place in bands(image.height, box, sides):
        band = np.asarray(image.crop((0, first, image.width, last)))
        part = lanczos.scaled(band, (sides[0], rows.stop - rows.start), place)
        size = part.shape[1], part.shape[0]
        made.paste(
            Image.frombuffer(image.mode, size, part, "raw", image.mode, 0, 1), (0, rows.start)
        )
    return made


def _averaged(
    image: Image.Image, sides: Sides, box: lanczos.Box
) -> tuple[Image.Image, lanczos.Box]:
    """Average as many pixels as the sides of a box are whole times other ones; and the box there.

    Where a box is not quite so many times as long, what is left to do moves it into its place: half
    a pixel off shows.
    """
    times = int(min((box[2] - box[0]) / sides[0], (box[3] - box[1]) / sides[1]) + _NEARLY)
    left, top, right, bottom = map(round, box)
    if times <= 1 or (left, top, right, bottom) != box:
        return image, box
    part = image.reduce(times, (left, top, right, bottom))
    return part, (0, 0, (right - left) / times, (bottom - top) / times)


def like(picture: Image.Image, mode: str, colours: int = 256) -> Image.Image:
    """Bring a scaled picture back to the mode it was stored in, and to that many colours."""
    if mode == "1" and picture.mode == "L":
        return picture.convert("1")
    if mode == "P" and picture.mode in {"RGB", "RGBA"}:
        return picture.quantize(min(colours, 256), Image.Quantize.FASTOCTREE)
    return picture


def sample(image: Picture, scale: float, gap: float | None = None) -> Picture:
    """Return tiles from all over the picture at a scale, put together; all of it, if it is small.

    Tiles start at multiples of 16, like the blocks of every encoder, so that they compress as the
    whole does; at every scale they show the same places, so that what one scale taught holds for
    the others. The picture must be `scalable` if the scale is below 1.
    """
    width, height = scaled_sides(image.size, scale)
    wanted = round((math.prod(image.size) * _SAMPLED_SHARE) ** 0.5 / _TILE)
    tiles = min(max(wanted, _FEWEST_TILES), _MOST_TILES)
    side = min(max(math.ceil(_TILE * scale / _BLOCK) * _BLOCK, _LEAST_TILE), _TILE)
    if min(width, height) < tiles * side:
        return resized(image, (width, height), gap)
    stitched = Image.new(image.mode, (tiles * side, tiles * side))
    if isinstance(image, Image.Image) and image.mode == "P":
        stitched.putpalette(image.palette or b"")
        stitched.info.update(image.info)
    for row in range(tiles):
        top = row * (height - side) // (tiles - 1) // _BLOCK * _BLOCK
        for column in range(tiles):
            left = column * (width - side) // (tiles - 1) // _BLOCK * _BLOCK
            tile = _tile(image, (left, top, left + side, top + side), scale, gap)
            stitched.paste(tile, (column * side, row * side))
    return raster_of(stitched) if isinstance(image, Raster) else stitched


def _tile(
    image: Picture, box: tuple[int, int, int, int], scale: float, gap: float | None
) -> Image.Image:
    """A box of the scaled picture, without scaling the rest."""
    if scale == 1:
        return image.crop(box)
    left, top = box[0] / scale, box[1] / scale
    right, bottom = min(box[2] / scale, image.size[0]), min(box[3] / scale, image.size[1])
    near, high = int(left), int(top)
    part = image.crop((near, high, math.ceil(right), math.ceil(bottom)))
    part_box = (left - near, top - high, right - near, bottom - high)
    return _resized(part, (box[2] - box[0], box[3] - box[1]), part_box, gap)
