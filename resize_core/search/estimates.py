"""What a search asks, and what it finds."""

from collections.abc import Callable
from dataclasses import dataclass, field

from resize_core.model import Setting


@dataclass(frozen=True, slots=True)
class Balance:
    """Two guesses of a rendition's bytes and the truth, each dearer and better than the last.

    What the careful one finds may better the quick one's later guesses.
    """

    quick: Callable[[Setting], float]
    careful: Callable[[Setting], float]
    encode: Callable[[Setting], bytes]


@dataclass(frozen=True, slots=True)
class Trial:
    """One full encoding, made at a position of a path."""

    position: float
    setting: Setting
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """The best trial that keeps the budget, and how many there were."""

    best: Trial
    tries: int
