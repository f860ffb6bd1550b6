"""Find the price of a bit at which a photo fits its bytes."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

_LEAST, _MOST = math.log(1e-7), math.log(1e6)
_HALVINGS = 22
# Sizes change in jumps. After so many tries between two prices, the remaining sizes lie within one.
_BETWEEN = 4
# Prices whose logarithms differ by less give the same steps.
_NEAR = 1e-4
# The minimum move, as a share of the interval between two prices.
_INSIDE = 0.2
# The minimum change of a price that was too low or too high.
_FAR = 1.02
Plan = TypeVar("Plan")


def price_for(size_at: Callable[[float], float], size: float) -> float:
    """Return the lowest price at which the size is not larger, to one part in a hundred thousand.

    `size_at` falls, in small steps, as the price rises. If no price is high enough, the highest is
    returned.
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
    """The target number of bytes, the minimum that is enough, and the maximum."""

    aim: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Priced(Generic[Plan]):
    """The plan at a price, and its true size in bytes."""

    price: float
    size: int
    plan: Plan


def meet(
    guess: Callable[[float], float],
    count: Callable[[float], tuple[int, Plan]],
    room: Room,
    tries: int,
) -> Priced[Plan] | None:
    """Return the largest plan found that fits the room; None if none of so many tries does.

    `guess` estimates a size cheaply, up to a factor; `count` returns it exactly. Each count
    corrects the factor, until one was too large and another small enough. Then the price is
    interpolated between these two, linearly in the logarithms of the sizes.
    """
    best: Priced[Plan] | None = None
    larger: tuple[float, float] | None = None
    smaller: tuple[float, float] | None = None
    price, between = price_for(guess, room.aim), 0
    for _ in range(tries):
        size, plan = count(price)
        if size <= room.most:
            smaller = math.log(price), math.log(size)
            if best is None or size > best.size:
                best = Priced(price, size, plan)
            if size >= room.least:
                break
        else:
            larger = math.log(price), math.log(size)
        if larger and smaller:
            between += 1
            if between > _BETWEEN or smaller[0] - larger[0] < _NEAR:
                break
            along = (larger[1] - math.log(room.aim)) / (larger[1] - smaller[1])
            along = min(max(along, _INSIDE), 1 - _INSIDE)
            price = math.exp(larger[0] + along * (smaller[0] - larger[0]))
        else:
            before, price = price, price_for(guess, room.aim * guess(price) / size)
            if size > room.most:
                price = max(price, before * _FAR)
            elif price == before:
                break
            else:
                price = min(price, before / _FAR)
    return best
