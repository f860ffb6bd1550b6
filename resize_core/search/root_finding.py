"""The zero of a falling function, found with as few evaluations as possible."""

from collections.abc import Callable

Falling = Callable[[float], float]

_CLOSE = 0.005
_MOST_STEPS = 24
# If two ends are this close, the function has a jump between them, and no zero.
_NARROW = 0.0005
# The function may be this much flatter or steeper than the one it is compared with.
_LEAST_STEEP, _MOST_STEEP = 0.5, 2.5


def find_zero(  # noqa: PLR0913, PLR0917 - a function, where to look, and what is known of it
    excess: Falling,
    low: float,
    high: float,
    like: Falling,
    start: float | None = None,
    close: float = _CLOSE,
) -> float:
    """Return a position between `low` and `high` where `excess` is about zero, or the nearer end.

    `excess` falls; `close` is how far from zero it may be. `like` costs nothing and falls about as
    `excess` does: scaled by the slope between the last two positions, it predicts the next one
    until the zero lies between two of them. From there on it is false position, in the Illinois
    variant (Dowell and Jarratt, 1971). `start` is the first position, by default the middle.
    """
    ends: list[float | None] = [None, None]
    position = (low + high) / 2 if start is None else min(max(start, low), high)
    moved, steep = 0, 1.0
    last: tuple[float, float] | None = None
    for _ in range(_MOST_STEPS):
        at = excess(position)
        if abs(at) < close or (at > 0 and position >= high) or (at < 0 and position <= low):
            break
        side = 1 if at < 0 else 0
        if moved == (side or -1) and ends[1 - side] is not None:
            ends[1 - side] = (ends[1 - side] or 0) / 2
        moved, ends[side] = side or -1, at
        low, high = (low, position) if side else (position, high)
        if None not in ends and high - low < _NARROW:
            break
        if ends[0] is not None and ends[1] is not None:
            position = low + (high - low) * ends[0] / (ends[0] - ends[1])
        else:
            if last and abs(foreseen := like(last[0]) - like(position)) > _CLOSE:
                steep = min(max((last[1] - at) / foreseen, _LEAST_STEEP), _MOST_STEEP)
            last = position, at
            position = _where(like, like(position) - at / steep, low, high)
    return position


def _where(falling: Falling, value: float, low: float, high: float) -> float:
    """Return where a falling function that costs nothing takes a value, by bisection."""
    if falling(low) <= value:
        return low
    if falling(high) >= value:
        return high
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > value else (low, middle)
    return (low + high) / 2
