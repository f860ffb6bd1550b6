"""Find the price of a bit at which a photo fits its bytes."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

_LEAST, _MOST = math.log(1e-7), math.log(1e6)
_HALVINGS = 22
# The most tries between two prices: sizes change in jumps, and the rest may lie within one.
_TRIES_BETWEEN = 4
# The minimum move, as a share of the interval between two sizes.
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
    corrects the factor, until one was too large and another small enough. Then the next price is
    one whose guessed size is between theirs; the search ends if there is none.
    """
    best: Priced[Plan] | None = None
    larger: tuple[float, float] | None = None
    smaller: tuple[float, float] | None = None
    price, between = price_for(guess, room.aim), 0
    for _ in range(tries):
        size, plan = count(price)
        if size <= room.most:
            smaller = price, math.log(size)
            if best is None or size > best.size:
                best = Priced(price, size, plan)
            if size >= room.least:
                break
        else:
            larger = price, math.log(size)
        if larger and smaller:
            between += 1
            along = (larger[1] - math.log(room.aim)) / (larger[1] - smaller[1])
            along = min(max(along, _INSIDE), 1 - _INSIDE)
            found = _between(guess, larger[0], smaller[0], along)
            if between > _TRIES_BETWEEN or found is None:
                break
            price = found
        else:
            before, price = price, price_for(guess, room.aim * guess(price) / size)
            if size > room.most:
                price = max(price, before * _FAR)
            elif price == before:
                break
            else:
                price = min(price, before / _FAR)
    return best


def _between(
    guess: Callable[[float], float], larger: float, smaller: float, along: float
) -> float | None:
    """Return a price whose guessed size is between those at two prices; None if there is none.

    It is so far along the way from the larger size to the smaller one, or nearer to the larger.
    """
    most, least = guess(larger), guess(smaller)
    for share in (along, along / 4, along / 16):
        price = price_for(guess, most ** (1 - share) * least**share)
        if least < guess(price) < most:
            return price
    return None
