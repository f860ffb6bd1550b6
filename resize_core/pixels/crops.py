"""A few crops of a photo, encoded as the whole would be and compared with what they were."""

from collections.abc import Callable, Sequence
from io import BytesIO

from PIL import Image

from resize_core.model import Setting
from resize_core.pixels.resize import Picture, Sides, resized, scalable

try:
    import numpy as np

    from resize_core.pixels.metric import SIDE, SimilarityMetric
except ImportError:
    AVAILABLE = False
else:
    AVAILABLE = True

Grid = tuple[int, int, int]

_LEAST, _BLOCK = 512, 16
# What lies further in than this is compared, as many whole pictures as there is room for. Nearer to
# the rim, scaling misses what is around; and a picture that began with a block of JPEG's would look
# better than the others, for coding keeps the mean of a block.
_RIM = 12
_SCALES = tuple(sixteenths / 16 for sixteenths in (12, 10, 8, 6, 5, 4, 3, 2))


class Crops:
    """Squares from all over a photo. `grid` says how many, across and down, and how wide.

    `write` encodes pixels at a setting's quality.
    """

    def __init__(
        self,
        image: Picture,
        grid: Grid,
        write: Callable[[Picture, Setting], bytes],
    ) -> None:
        self._write = write
        self._side = grid[2]
        self._crops = [scalable(image.crop(box)) for box in _boxes(image.size, grid)]
        self._metric: SimilarityMetric | None = None
        self._scaled: dict[int, Image.Image] = {}
        self._last: tuple[Setting | None, bytes] = (None, b"")

    def score(self, setting: Setting) -> float:
        """Rate a setting, its scale taken to the nearest that leaves whole blocks."""
        made = Image.open(BytesIO(self.file(setting))).convert("RGB")
        side = made.height
        seen = [
            resized(made.crop((side * i, 0, side * (i + 1), side)), (self._side, self._side))
            for i in range(len(self._crops))
        ]
        if self._metric is None:
            self._metric = SimilarityMetric(_pictures(self._crops), len(self._crops))
        return self._metric.score(_pictures(seen))

    def lost_by_halving(self) -> float:
        """Return how much of the brightness half the sides cannot hold: its mean square."""
        lost = 0.0
        for crop in self._crops:
            whole = crop.convert("L")
            half = resized(resized(whole, (self._side // 2, self._side // 2)), whole.size)
            difference = np.asarray(whole, np.float32) - np.asarray(half, np.float32)
            lost += float(np.mean(difference * difference))
        return lost / len(self._crops)

    def file(self, setting: Setting) -> bytes:
        """Return the crops at a setting, side by side in one file."""
        if self._last[0] != setting:
            self._last = setting, self._write(self._strip(setting.scale), setting)
        return self._last[1]

    def _strip(self, scale: float) -> Image.Image:
        side = max(1, round(self._side / _BLOCK * scale)) * _BLOCK
        if side not in self._scaled:
            strip = Image.new(self._crops[0].mode, (side * len(self._crops), side))
            for i, crop in enumerate(self._crops):
                strip.paste(resized(crop, (side, side)), (side * i, 0))
            self._scaled[side] = strip
        return self._scaled[side]


def scales_of(grid: Grid) -> tuple[float, ...]:
    """The scales at which a crop's sides stay multiples of 16, the blocks of every encoder."""
    return tuple(scale for scale in _SCALES if grid[2] * scale % _BLOCK == 0)


def suits(image: Picture) -> bool:
    """Whether a picture is large enough, and of a kind, to be judged by crops."""
    return AVAILABLE and min(image.size) >= _LEAST and image.mode in {"RGB", "RGBX", "YCbCr", "L"}


def _boxes(sides: Sides, grid: Grid) -> list[tuple[int, int, int, int]]:
    """Squares in the middle of equal fields, starting at multiples of 16."""
    boxes, (across, down, side) = [], grid
    for row in range(down):
        for column in range(across):
            left, top = _start(sides[0], column, across, side), _start(sides[1], row, down, side)
            boxes.append((left, top, left + side, top + side))
    return boxes


def _start(length: int, at: int, count: int, side: int) -> int:
    """Where the square of a field starts: within the photo, also where fields are narrower."""
    middle = round(length * (at + 0.5) / count - side / 2)
    return min(max(0, middle), length - side) // _BLOCK * _BLOCK


def _pictures(crops: Sequence[Image.Image]) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    """Cut crops into the pictures that are compared."""
    stack = np.stack([np.asarray(crop.convert("RGB")) for crop in crops])
    times = (stack.shape[1] - _RIM) // SIDE
    inner = slice(_RIM, _RIM + times * SIDE)
    parts = stack[:, inner, inner].reshape(len(stack), times, SIDE, times, SIDE, 3)
    return parts.swapaxes(2, 3).reshape(-1, SIDE, SIDE, 3)
