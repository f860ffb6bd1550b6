"""A few crops of a photo, encoded as the whole photo would be, and compared with the original."""

from collections.abc import Callable, Sequence
from functools import cached_property
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
# Only pixels at least this far from the edge are compared, in as many whole pictures as fit. Nearer
# to the edge, scaling lacks the surrounding pixels. A picture that begins with a JPEG block would
# score higher than others, because coding preserves the mean of a block.
_RIM = 12
_SCALES = tuple(sixteenths / 16 for sixteenths in (12, 10, 8, 6, 5, 4, 3, 2))


class Crops:
    """Square crops from all over a photo, which judge settings: see `Judges`.

    `grid` is their number across and down, and their side in pixels. `write` encodes pixels at a
    setting's quality; `payload_size` returns the bytes of a file that grow with its pixels; `step`
    returns the mean quantization step of a setting, in levels of 0 to 255.
    """

    def __init__(
        self,
        image: Picture,
        grid: Grid,
        write: Callable[[Picture, Setting], bytes],
        payload_size: Callable[[bytes], int],
        step: Callable[[Setting], float],
    ) -> None:
        self._write = write
        self._payload_size = payload_size
        self._step = step
        self._side = grid[2]
        self._crops = [scalable(image.crop(box)) for box in _boxes(image.size, grid)]
        self._metric: SimilarityMetric | None = None
        self._scaled: dict[int, Image.Image] = {}
        self._last: tuple[Setting | None, bytes] = (None, b"")

    def score(self, setting: Setting) -> float:
        """Return the score of a setting, its scale rounded so that whole blocks remain."""
        made = Image.open(BytesIO(self._file(setting))).convert("RGB")
        side = made.height
        seen = [
            resized(made.crop((side * i, 0, side * (i + 1), side)), (self._side, self._side))
            for i in range(len(self._crops))
        ]
        if self._metric is None:
            self._metric = SimilarityMetric(_pictures(self._crops), len(self._crops))
        return self._metric.score(_pictures(seen))

    def size_of_crops(self, setting: Setting) -> float:
        """Return how many bytes the crops take at a setting, at least 1."""
        return max(1, self._payload_size(self._file(setting)))

    def halving_loss_ratio(self, setting: Setting) -> float:
        """Return the loss from halving the crops divided by the loss from quantizing them.

        Both are mean squared errors. Quantizing with a step s errs by up to s * s / 12 on average:
        the variance of a uniform distribution of that width.
        """
        return self._halving_loss / max(1e-9, self._step(setting) ** 2 / 12)

    @cached_property
    def _halving_loss(self) -> float:
        """The mean squared error in brightness of halving the crops, and enlarging them again."""
        lost = 0.0
        for crop in self._crops:
            whole = crop.convert("L")
            half = resized(resized(whole, (self._side // 2, self._side // 2)), whole.size)
            difference = np.asarray(whole, np.float32) - np.asarray(half, np.float32)
            lost += float(np.mean(difference * difference))
        return lost / len(self._crops)

    def _file(self, setting: Setting) -> bytes:
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
    """Return the scales below 1, falling, at which the sides of crops stay multiples of 16.

    That is the largest block of every encoder.
    """
    return tuple(scale for scale in _SCALES if grid[2] * scale % _BLOCK == 0)


def suits(image: Picture) -> bool:
    """Return whether a picture is large enough, and in a mode, to be judged by crops."""
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
