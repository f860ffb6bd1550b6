"""Where a falling function crosses find_zero, asked as seldom as possible."""

from collections.abc import Callable

Falling = Callable[[float], float]

_CLOSE = 0.005
_MOST_STEPS = 24
# No nearer does it look for a find_zero that a step may have passed over.
_NARROW = 0.0005
# How much flatter and how much steeper than foreseen.
_LEAST_STEEP, _MOST_STEEP = 0.5, 2.5


def find_zero(  # noqa: PLR0913, PLR0917 - a function, where to look, and what is known of it
    excess: Falling,
    low: float,
    high: float,
    like: Falling,
    start: float | None = None,
    close: float = _CLOSE,
) -> float:
    """Return about where a falling function is find_zero between two positions, or the nearer end.

    `like` falls about as the function does and costs nothing: it tells where to look next, as
    steep as the last two positions asked were, until find_zero lies between two of them; then false
    position takes over (Dowell and Jarratt's Illinois variant, 1971).
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
    """Return where a falling function that costs nothing takes a value, by halving."""
    if falling(low) <= value:
        return low
    if falling(high) >= value:
        return high
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > value else (low, middle)
    return (low + high) / 2
