"""Where points and boxes of a stored picture are after its pixels were turned upright.

Source: CIPA DC-008 (Exif 2.32), Orientation.
"""

from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

_FIRST_ON_ITS_SIDE = 5
Number = TypeVar("Number", int, Decimal, Fraction)


def swaps_axes(turn: int) -> bool:
    """Return whether width and height change places if a picture of an orientation is turned."""
    return turn >= _FIRST_ON_ITS_SIDE


def lengths(turn: int, pair: tuple[Number, Number]) -> tuple[Number, Number]:
    """Return two lengths, across and down, after the turn."""
    return pair[::-1] if swaps_axes(turn) else pair


def point(
    turn: int, place: tuple[Number, Number], far: tuple[Number, Number]
) -> tuple[Number, Number]:
    """Return where a point is after the turn; `far` is the corner opposite to (0, 0) before it.

    If `far` is (0, 0), the point is a distance from any other point.
    """
    (x, y), (right, bottom) = place, far
    match turn:
        case 2:
            return right - x, y
        case 3:
            return right - x, bottom - y
        case 4:
            return x, bottom - y
        case 5:
            return y, x
        case 6:
            return bottom - y, x
        case 7:
            return bottom - y, right - x
        case 8:
            return y, right - x
        case _:
            return x, y
