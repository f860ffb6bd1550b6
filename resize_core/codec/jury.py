"""A few places of a photo, encoded as the whole would be and compared with what they were."""

from collections.abc import Callable, Sequence
from io import BytesIO

from PIL import Image

from resize_core.codec.pixels import Picture, Sides, resized, scalable
from resize_core.codec.raster import raster_of
from resize_core.model import Setting

try:
    import numpy as np

    from resize_core.codec.likeness import SIDE, Likeness
except ImportError:
    AVAILABLE = False
else:
    AVAILABLE = True

_PLACE = 256
# Scales at which a place's sides stay multiples of 16, the blocks of every encoder.
SCALES = tuple(sixteenths / 16 for sixteenths in (14, 12, 10, 8, 6, 5, 4, 3, 2))


class Places:
    """Squares of 256 px from all over a photo. `grid` says how many, across and down.

    `write` encodes pixels at a setting's quality; `gap` is that of `resized`.
    """

    def __init__(
        self,
        image: Picture,
        grid: tuple[int, int],
        write: Callable[[Picture, Setting], bytes],
        gap: float | None,
    ) -> None:
        self._write = write
        self._gap = gap
        self._places = [scalable(image.crop(box)) for box in _boxes(image.size, grid)]
        self._likeness = Likeness(_tiles(self._places))
        self._scaled: dict[int, Image.Image] = {}

    def score(self, setting: Setting) -> float:
        """Rate a setting, whose scale is taken to the next sixteenth."""
        side = max(1, round(16 * setting.scale)) * 16
        if side not in self._scaled:
            strip = Image.new(self._places[0].mode, (side * len(self._places), side))
            for i, place in enumerate(self._places):
                strip.paste(resized(place, (side, side), self._gap), (side * i, 0))
            self._scaled[side] = strip
        made = Image.open(BytesIO(self._write(self._scaled[side], setting))).convert("RGB")
        seen = [
            resized(made.crop((side * i, 0, side * (i + 1), side)), (_PLACE, _PLACE))
            for i in range(len(self._places))
        ]
        return self._likeness.score(_tiles(seen))


def suits(image: Picture) -> bool:
    """Whether a picture is large enough, and of a kind, to be judged by places."""
    return (
        AVAILABLE and min(image.size) >= 2 * _PLACE and image.mode in {"RGB", "RGBX", "YCbCr", "L"}
    )


def _boxes(sides: Sides, grid: tuple[int, int]) -> list[tuple[int, int, int, int]]:
    """Squares in the middle of equal fields, starting at multiples of 16."""
    boxes = []
    for row in range(grid[1]):
        for column in range(grid[0]):
            left = max(0, round(sides[0] * (column + 0.5) / grid[0] - _PLACE / 2)) // 16 * 16
            top = max(0, round(sides[1] * (row + 0.5) / grid[1] - _PLACE / 2)) // 16 * 16
            boxes.append((left, top, left + _PLACE, top + _PLACE))
    return boxes


def _tiles(places: Sequence[Picture]) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    stack = np.stack([raster_of(place).pixels for place in places])
    half = _PLACE // SIDE
    parts = stack.reshape(len(places), half, SIDE, half, SIDE, 3).swapaxes(2, 3)
    return parts.reshape(-1, SIDE, SIDE, 3)
