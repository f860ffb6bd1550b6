"""The price of a bit at which a photo takes the bytes there are for it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

_LEAST, _MOST = math.log(1e-7), math.log(1e6)
_HALVINGS = 22
# No other step lies between prices so near each other.
_NEAR = 1.0001
Plan = TypeVar("Plan")


def price_for(size_at: Callable[[float], float], size: float) -> float:
    """Return the least price, within a part in a hundred thousand, at which it is no larger.

    `size_at` falls, in small steps, as the price rises. Where no price is high enough, the highest
    is returned.
    """
    low, high = _LEAST, _MOST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if size_at(math.exp(middle)) > size:
            low = middle
        else:
            high = middle
    return math.exp(high)


@dataclass(frozen=True, slots=True)
class Room:
    """How many bytes are aimed at, how few are enough, and how many there are at most."""

    aim: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Priced(Generic[Plan]):
    """What a price led to, and its true size in bytes."""

    price: float
    size: int
    plan: Plan


def meet(
    guess: Callable[[float], float],
    count: Callable[[float], tuple[int, Plan]],
    room: Room,
    tries: int,
) -> Priced[Plan] | None:
    """Return the largest plan found that fits the room; None where none of so many tries does.

    `guess` tells a size cheaply and about right but for a factor; `count` tells it exactly. Each
    count corrects the factor. Where that leads out of what is known to be between too large and
    small enough, the middle is tried.
    """
    dearest, cheapest = math.exp(_MOST), math.exp(_LEAST)
    best: Priced[Plan] | None = None
    price, error = price_for(guess, room.aim), 1.0
    for _ in range(tries):
        size, plan = count(price)
        if size <= room.most:
            dearest = price
            if best is None or size > best.size:
                best = Priced(price, size, plan)
            if size >= room.least:
                break
        else:
            cheapest = price
        error = size / guess(price)
        wanted = price_for(guess, room.aim / error)
        price = wanted if cheapest < wanted < dearest else math.sqrt(cheapest * dearest)
        if dearest / cheapest < _NEAR:
            break
    return best
