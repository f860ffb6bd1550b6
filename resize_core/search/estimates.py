"""What the search asks of a decoded photo, and what it returns."""

from dataclasses import dataclass, field
from typing import Protocol

from resize_core.capabilities import Capabilities
from resize_core.model import Setting


class Encodes(Protocol):
    """Encodes one photo at any setting, and estimates the size of that before.

    The two estimates and the encoding each cost more than the one before, and err less. An exact
    estimate may correct the later results of `estimate_size`.
    """

    def estimate_size(self, setting: Setting) -> float:
        """Return about how many bytes `encode` would return, above 0."""

    def estimate_size_exactly(self, setting: Setting) -> float:
        """Return the same, at more cost and closer."""

    def encode(self, setting: Setting) -> bytes:
        """Return the photo at a setting, as a whole file of its format."""


class Judges(Protocol):
    """Encodes a few crops of one photo at any setting, and compares them with the original."""

    def score(self, setting: Setting) -> float:
        """Return how similar the crops are to the original; 100 is no difference."""

    def size_of_crops(self, setting: Setting) -> float:
        """Return how many bytes the crops take at a setting, at least 1."""

    def halving_loss_ratio(self, setting: Setting) -> float:
        """Return the loss from halving the crops divided by the loss from compressing them."""


class Picture(Encodes, Protocol):
    """A decoded photo; `judge` is None if its renditions cannot be compared on crops."""

    capabilities: Capabilities

    @property
    def judge(self) -> Judges | None:
        """Return what compares encodings of its crops."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One full encoding, made at a position of a path."""

    position: float
    setting: Setting
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The best trial that keeps the budget, and the number of trials."""

    best: Trial
    tries: int
