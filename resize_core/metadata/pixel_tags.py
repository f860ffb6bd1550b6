"""EXIF values in pixels, converted for a picture of another size or turned upright.

Source: CIPA DC-008 (Exif 2.32): SubjectArea and SubjectLocation are positions in the picture, and
the focal plane resolutions are pixels per unit on the sensor: camera models divide the sides by
them.
"""

from collections.abc import Sequence
from fractions import Fraction

from resize_core.metadata import turning

PLACES = frozenset({0x9214, 0xA214})
FOCAL_PLANE = {0xA20E: 0, 0xA20F: 1}
# Values across and down that change places if the picture is turned on its side.
PAIRS = ((0xA20E, 0xA20F), (0x011A, 0x011B), (0x0100, 0x0101), (0xA002, 0xA003), (0x1001, 0x1002))
# RelatedImageWidth and -Length are those of the picture itself, unless it is a thumbnail's file.
WIDTHS, HEIGHTS = frozenset({0x0100, 0xA002, 0x1001}), frozenset({0x0101, 0xA003, 0x1002})
_MOST, _MOST_SHORT = 2**32 - 1, 2**16 - 1
_CLOSE = 0.02
Times = tuple[Fraction, Fraction]


def times(before: tuple[int, int], after: tuple[int, int]) -> Times | None:
    """Return the scale per axis; None if the picture is also turned."""
    if min(*before, *after) < 1:
        return None
    made = Fraction(after[0], before[0]), Fraction(after[1], before[1])
    rounds = 1 / min(after) + _CLOSE
    return made if abs(made[0] - made[1]) <= rounds * max(made) else None


def places(values: Sequence[int], share: Times) -> tuple[int, ...]:
    """Return a point, circle or box in the pixels of another picture."""
    axes = {2: (0, 1), 3: (0, 1, 0), 4: (0, 1, 0, 1)}.get(len(values), ())
    pairs = zip(values, axes, strict=False)
    made = tuple(min(round(value * share[axis]), _MOST_SHORT) for value, axis in pairs)
    return made or tuple(values)


def turned_places(values: Sequence[int], sides: tuple[int, int], turn: int) -> tuple[int, ...]:
    """Return a point, circle or box in a picture of those sides after it was turned upright.

    `turn` is the EXIF orientation before.
    """
    if not 2 <= len(values) <= 4:  # noqa: PLR2004 - a point, a circle, a box
        return tuple(values)
    far = max(0, sides[0] - 1), max(0, sides[1] - 1)
    made = turning.point(turn, (values[0], values[1]), far)
    more = tuple(values[2:])
    extent = turning.lengths(turn, (more[0], more[1])) if len(more) == 2 else more  # noqa: PLR2004 - a box
    return tuple(min(max(0, value), _MOST_SHORT) for value in (*made, *extent))


def rational(value: tuple[int, int], share: Fraction) -> tuple[int, int]:
    """Return numerator and denominator of a value times a factor; 0 and missing values are kept."""
    if not all(value):
        return value
    made = Fraction(*value) * share
    if max(made.numerator, made.denominator) > _MOST:
        made = made.limit_denominator(10**4)
    return (made.numerator, made.denominator) if 0 < made.numerator <= _MOST else value
