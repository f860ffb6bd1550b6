"""Where a falling function crosses zero, asked as seldom as possible."""

from collections.abc import Callable

Falling = Callable[[float], float]

_CLOSE = 0.005
_MOST_STEPS = 24


def zero(  # noqa: PLR0913, PLR0917 - a function, where to look, and what is known of it
    excess: Falling,
    low: float,
    high: float,
    like: Falling,
    start: float | None = None,
    close: float = _CLOSE,
) -> float:
    """Return about where a falling function is zero between two positions, or the nearer end.

    `like` falls about as the function does and costs nothing: it tells where to look next until
    zero lies between two positions asked; then false position takes over (Dowell and Jarratt's
    Illinois variant, 1971).
    """
    ends: list[float | None] = [None, None]
    position = (low + high) / 2 if start is None else min(max(start, low), high)
    moved = 0
    for _ in range(_MOST_STEPS):
        at = excess(position)
        if abs(at) < close or (at > 0 and position >= high) or (at < 0 and position <= low):
            break
        side = 1 if at < 0 else 0
        if moved == (side or -1) and ends[1 - side] is not None:
            ends[1 - side] = (ends[1 - side] or 0) / 2
        moved, ends[side] = side or -1, at
        low, high = (low, position) if side else (position, high)
        if ends[0] is not None and ends[1] is not None:
            position = low + (high - low) * ends[0] / (ends[0] - ends[1])
        else:
            position = _where(like, like(position) - at, low, high)
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
