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

Grid = tuple[int, int, int]

_LEAST, _BLOCK = 512, 16
# Scales at which the sides of a place of 256 px stay multiples of 16, the blocks of every encoder.
SCALES = tuple(sixteenths / 16 for sixteenths in (14, 12, 10, 8, 6, 5, 4, 3, 2))


class Places:
    """Squares from all over a photo. `grid` says how many, across and down, and how wide.

    `write` encodes pixels at a setting's quality; `gap` is that of `resized`.
    """

    def __init__(
        self,
        image: Picture,
        grid: Grid,
        write: Callable[[Picture, Setting], bytes],
        gap: float | None,
    ) -> None:
        self._write = write
        self._gap = gap
        self._side = grid[2]
        self._places = [scalable(image.crop(box)) for box in _boxes(image.size, grid)]
        self._likeness: Likeness | None = None
        self._scaled: dict[int, Image.Image] = {}
        self._last: tuple[Setting | None, bytes] = (None, b"")

    def score(self, setting: Setting) -> float:
        """Rate a setting, whose scale is taken to the next that leaves whole blocks."""
        made = Image.open(BytesIO(self.file(setting))).convert("RGB")
        side = made.height
        seen = [
            resized(made.crop((side * i, 0, side * (i + 1), side)), (self._side, self._side))
            for i in range(len(self._places))
        ]
        if self._likeness is None:
            self._likeness = Likeness(_tiles(self._places))
        return self._likeness.score(_tiles(seen))

    def lost_by_halving(self) -> float:
        """Return how much of the brightness half the sides cannot hold: its mean square."""
        lost = 0.0
        for place in self._places:
            whole = place.convert("L")
            half = resized(resized(whole, (self._side // 2, self._side // 2)), whole.size)
            difference = np.asarray(whole, np.float32) - np.asarray(half, np.float32)
            lost += float(np.mean(difference * difference))
        return lost / len(self._places)

    def file(self, setting: Setting) -> bytes:
        """Return the places at a setting, side by side in one file."""
        if self._last[0] != setting:
            self._last = setting, self._write(self._strip(setting.scale), setting)
        return self._last[1]

    def _strip(self, scale: float) -> Image.Image:
        side = max(1, round(self._side / _BLOCK * scale)) * _BLOCK
        if side not in self._scaled:
            strip = Image.new(self._places[0].mode, (side * len(self._places), side))
            for i, place in enumerate(self._places):
                strip.paste(resized(place, (side, side), self._gap), (side * i, 0))
            self._scaled[side] = strip
        return self._scaled[side]


def suits(image: Picture) -> bool:
    """Whether a picture is large enough, and of a kind, to be judged by places."""
    return AVAILABLE and min(image.size) >= _LEAST and image.mode in {"RGB", "RGBX", "YCbCr", "L"}


def _boxes(sides: Sides, grid: Grid) -> list[tuple[int, int, int, int]]:
    """Squares in the middle of equal fields, starting at multiples of 16."""
    boxes, (across, down, side) = [], grid
    for row in range(down):
        for column in range(across):
            left = max(0, round(sides[0] * (column + 0.5) / across - side / 2)) // _BLOCK * _BLOCK
            top = max(0, round(sides[1] * (row + 0.5) / down - side / 2)) // _BLOCK * _BLOCK
            boxes.append((left, top, left + side, top + side))
    return boxes


def _tiles(places: Sequence[Picture]) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    stack = np.stack([raster_of(place).pixels for place in places])
    times = stack.shape[1] // SIDE
    parts = stack.reshape(len(places), times, SIDE, times, SIDE, 3).swapaxes(2, 3)
    return parts.reshape(-1, SIDE, SIDE, 3)
