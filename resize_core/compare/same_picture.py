"""Decide whether two files show the same picture, at any size and in any format."""

from array import array
from dataclasses import dataclass
from statistics import StatisticsError, correlation

from PIL import Image

from resize_core.decoding import decode_transformed, repair
from resize_core.pixels.codec_api import DecodeRequest
from resize_core.pixels.resize import scalable
from resize_core.probe import probe

# The number of cells compared, across and down; each is a few pixels of the smaller picture.
_SIDE, _FEWEST, _BLOCK = 32, 8, 4
_ROUNDING = 1e-6
# What an EXIF orientation asks a viewer to do.
_TURNS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class Likeness:
    """The similarity of two pictures, from -1 to 1; 1 is the same picture.

    `best` is the highest over all turns and mirrorings, because orientation tags get lost.
    `shown` is that of the pictures as shown; None if an orientation is unknown.
    """

    best: float
    shown: float | None

    @property
    def lies_as_shown(self) -> bool:
        """Whether no other turn fits better than the orientations in the files."""
        return self.shown is not None and self.shown > self.best - _ROUNDING


def likeness(one: bytes, other: bytes) -> Likeness:
    """Compare two photos by the correlation of their brightness in coarse cells.

    Pictures of one shade are all equal.

    Raises TruncatedError, BrokenError, UnsupportedError, TooLargeError.
    """
    (first, turn), (second, other_turn) = read_grey(one), read_grey(other)
    side = max(_FEWEST, min(_SIDE, *(length // _BLOCK for length in first.size + second.size)))
    seen, others = (image.resize((side, side), Image.Resampling.BOX) for image in (first, second))
    best = max(_correlation(_shades(seen), _shades(_turned(others, way))) for way in _TURNS)
    if turn is None or other_turn is None:
        return Likeness(best, None)
    shown = _shades(_turned(seen, turn)), _shades(_turned(others, other_turn))
    return Likeness(best, _correlation(*shown))


def alike(one: bytes, other: bytes) -> float:
    """Return the similarity of two photos, over all turns. Raises as `likeness`."""
    return likeness(one, other).best


def _turned(image: Image.Image, turn: int) -> Image.Image:
    way = _TURNS[turn]
    return image if way is None else image.transpose(way)


def read_grey(data: bytes) -> tuple[Image.Image, int | None]:
    """Return a photo's brightness as decoded, and its remaining turn, if known.

    Raises TruncatedError, BrokenError, UnsupportedError, TooLargeError.
    """
    header = probe(data, size=len(data))
    request = DecodeRequest("balanced", len(data), header.width * header.height)
    file = repair(data, header.format, request).file
    made = decode_transformed(file, header.format, request)
    image = scalable(made.image)
    return _brightness(image).convert("F"), 1 if made.is_turned else header.shown.turn


def _brightness(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        return image
    # Pillow converts LAB by profiles alone; its first channel is the brightness.
    return image.getchannel(0) if image.mode == "LAB" else image.convert("L")


def _shades(image: Image.Image) -> list[float]:
    return array("f", image.tobytes()).tolist()


def _correlation(one: list[float], other: list[float]) -> float:
    try:
        return correlation(one, other)
    except StatisticsError:
        return 1.0 if len({*one}) == len({*other}) == 1 else 0.0
