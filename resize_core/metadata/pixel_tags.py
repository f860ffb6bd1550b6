"""EXIF values in pixels, converted for a picture of another size.

Source: CIPA DC-008 (Exif 2.32): SubjectArea and SubjectLocation are positions in the picture, and
the focal plane resolutions are pixels per unit on the sensor: camera models divide the sides by
them.
"""

from collections.abc import Sequence
from fractions import Fraction

PLACES = frozenset({0x9214, 0xA214})
FOCAL_PLANE = {0xA20E: 0, 0xA20F: 1}
WIDTHS, HEIGHTS = frozenset({0x0100, 0xA002}), frozenset({0x0101, 0xA003})
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


def rational(value: tuple[int, int], share: Fraction) -> tuple[int, int]:
    """Return numerator and denominator of a value times a factor; 0 and missing values are kept."""
    if not all(value):
        return value
    made = Fraction(*value) * share
    if max(made.numerator, made.denominator) > _MOST:
        made = made.limit_denominator(10**4)
    return (made.numerator, made.denominator) if 0 < made.numerator <= _MOST else value
