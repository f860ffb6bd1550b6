"""Pixels as one array of bytes, for codecs that take no Pillow image: three bytes a pixel."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from PIL import Image

with suppress(ImportError):  # whoever makes a raster has it
    import numpy as np

# Rows of the result that are scaled at a time: few enough to stay in the processor's cache.
_BAND = 128
# Lanczos looks at three pixels of the smaller picture to either side.
_REACH = 3


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """An array of uint8, of shape (height, width) for gray or (height, width, 3) for RGB."""

    pixels: Any

    @property
    def mode(self) -> str:
        """Pillow's name for what the pixels are."""
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
        """Scale with Lanczos, band by band, so that the memory taken is that of the result."""
        (width, height), step = sides, self.size[1] / sides[1]
        made = np.empty((height, width, *self.pixels.shape[2:]), np.uint8)
        reach = int(_REACH * max(1.0, step)) + 1
        for top in range(0, height, _BAND):
            bottom = min(top + _BAND, height)
            first = max(0, int(top * step) - reach)
            last = min(self.size[1], int(bottom * step) + 1 + reach)
            band = self.crop((0, first, self.size[0], last))
            box = (0, top * step - first, self.size[0], min(bottom * step, self.size[1]) - first)
            scaled = band.resize((width, bottom - top), Image.Resampling.LANCZOS, box)
            made[top:bottom] = np.asarray(scaled)
        return Raster(made)


def raster_of(picture: "Image.Image | Raster") -> Raster:
    """Return a picture in mode L, RGB or RGBX as a raster; a copy unless it is one."""
    if isinstance(picture, Raster):
        return picture
    return Raster(np.asarray(picture if picture.mode in {"L", "RGB"} else picture.convert("RGB")))
