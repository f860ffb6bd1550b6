"""Whether two files show the same picture, whatever was done to its size and its bytes."""

from array import array
from statistics import StatisticsError, correlation

from PIL import Image

from resize_core.decoding import first_sound
from resize_core.pixels.codec_api import DecodeRequest
from resize_core.pixels.resize import scalable
from resize_core.probe import probe
from resize_core.transform import develop

# So many places are compared, across and down; each is a few pixels of the smaller picture.
_SIDE, _FEWEST, _BLOCK = 32, 8, 4
_TURNS = (
    None,
    Image.Transpose.ROTATE_90,
    Image.Transpose.ROTATE_180,
    Image.Transpose.ROTATE_270,
    Image.Transpose.FLIP_LEFT_RIGHT,
    Image.Transpose.FLIP_TOP_BOTTOM,
    Image.Transpose.TRANSPOSE,
    Image.Transpose.TRANSVERSE,
)


def alike(one: bytes, other: bytes) -> float:
    """Return how alike two photos are, from -1 to 1, where 1 is the same picture.

    It is the correlation of their brightness, coarsely seen; whichever way one of them is turned or
    mirrored, for tags that say how get lost. A picture of one shade alone is like every such one.

    Raises TruncatedError, BrokenError, UnsupportedError, TooLargeError.
    """
    first, second = _grey(one), _grey(other)
    side = max(_FEWEST, min(_SIDE, *(length // _BLOCK for length in first.size + second.size)))
    seen, others = (image.resize((side, side), Image.Resampling.BOX) for image in (first, second))
    fixed = _shades(seen)
    return max(
        _correlation(fixed, _shades(others if turn is None else others.transpose(turn)))
        for turn in _TURNS
    )


def _grey(data: bytes) -> Image.Image:
    header = probe(data, size=len(data))
    request = DecodeRequest("balanced", len(data), header.width * header.height)
    data, _ = first_sound(header.format, data, request)
    made = develop(data, header, request)
    image = scalable(made.image)
    return (image if image.mode.startswith(("I", "F")) else image.convert("L")).convert("F")


def _shades(image: Image.Image) -> list[float]:
    return array("f", image.tobytes()).tolist()


def _correlation(one: list[float], other: list[float]) -> float:
    try:
        return correlation(one, other)
    except StatisticsError:
        return 1.0 if len({*one}) == len({*other}) == 1 else 0.0
