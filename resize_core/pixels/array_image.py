"""Pixels as one array of bytes, three per pixel, for codecs that take no Pillow image."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from PIL import Image

from resize_core.pixels import fast_resize as lanczos

with suppress(ImportError):  # numpy is installed where rasters are made
    import numpy as np

# Rows of the result scaled at a time, few enough for the processor's cache.
_BAND = 48
# Lanczos looks at three pixels of the smaller picture to either side.
_REACH = 3
# Rows of the result, first and last row of the picture, and the place among these to scale.
Band = tuple[slice, tuple[int, int], lanczos.Box]


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """An array of uint8, of shape (height, width) for gray or (height, width, 3) for RGB."""

    pixels: Any

    @property
    def mode(self) -> str:
        """Pillow's mode of the pixels."""
        return "L" if self.pixels.ndim == 2 else "RGB"  # noqa: PLR2004 - no axis of channels

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.pixels.shape[1], self.pixels.shape[0]

    def crop(self, box: tuple[int, int, int, int]) -> Image.Image:
        """Return the part between left, top, right and bottom as Pillow has it."""
        left, top, right, bottom = box
        return Image.fromarray(self.pixels[top:bottom, left:right])

    def resized(self, sides: tuple[int, int]) -> "Raster":
        """Scale with Lanczos, in little more memory than the result takes."""
        made = np.empty((sides[1], sides[0], *self.pixels.shape[2:]), np.uint8)
        for rows, (first, last), box in bands(self.size[1], (0, 0, *self.size), sides):
            made[rows] = _scaled(self.pixels[first:last], (sides[0], rows.stop - rows.start), box)
        return Raster(made)


def bands(height: int, box: lanczos.Box, sides: tuple[int, int]) -> Iterator[Band]:
    """Yield, for each part of a scaled box, the part of the picture it is computed from.

    `height` is the picture's own.
    """
    step = (box[3] - box[1]) / sides[1]
    reach = int(_REACH * max(1.0, step)) + 1
    for top in range(0, sides[1], _BAND):
        bottom = min(top + _BAND, sides[1])
        high, low = box[1] + top * step, min(box[1] + bottom * step, box[3])
        first, last = max(0, int(high) - reach), min(height, int(low) + 1 + reach)
        yield slice(top, bottom), (first, last), (box[0], high - first, box[2], low - first)


def _scaled(pixels: Any, sides: tuple[int, int], box: lanczos.Box) -> Any:
    if lanczos.AVAILABLE:
        return lanczos.scaled(pixels, sides, box)
    return np.asarray(Image.fromarray(pixels).resize(sides, Image.Resampling.LANCZOS, box))


def raster_of(picture: "Image.Image | Raster") -> Raster:
    """Return a picture in mode L, RGB or RGBX as a raster; a copy unless it is one."""
    if isinstance(picture, Raster):
        return picture
    return Raster(np.asarray(picture if picture.mode in {"L", "RGB"} else picture.convert("RGB")))
