"""Which steps are worth their bits: one price for a bit, the same at every frequency.

For each frequency of each component, the squared error and the bits of every step are known from a
sample. At a price, each gets the step with the smallest weighted error plus bits times price
(Shoham and Gersho 1988): this is the smallest error for that number of bits. The coefficients of a
JPEG photo are multiples of its steps, so the best steps are mostly one or three times its own.
"""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resize_core.formats.jpeg.coefficients.count import magnitudes, rate_and_distortion
from resize_core.formats.jpeg.coefficients.sampling import Sample, blocks_of
from resize_core.formats.jpeg.coefficients.weights import Weights
from resize_core.search.price import price_for

Steps = NDArray[np.float32]

STEPS: Steps = np.arange(1, 256, dtype=np.float32)
_FREQUENCIES = np.arange(64)


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """Weighted error and bits of a component at each step from 1 up, of shape (64, steps)."""

    errors: NDArray[np.float32]
    bits: NDArray[np.float32]

    def chosen(self, price: float) -> Any:
        """Return the places of the best step of each frequency at a price."""
        return np.argmin(self.errors + np.float32(price) * self.bits, axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class Tradeoff:
    """The curves of a photo's components."""

    curves: tuple[Curves, ...]
    _sizes: dict[float, float] = field(default_factory=dict)

    def steps(self, price: float) -> tuple[Steps, ...]:
        """Return the steps of each component at a price."""
        return tuple(STEPS[each.chosen(price)] for each in self.curves)

    def size(self, price: float) -> float:
        """Return an estimate of the bytes of the coefficients at a price."""
        if price not in self._sizes:
            bits = math.fsum(_sum(each.bits, each.chosen(price)) for each in self.curves)
            self._sizes[price] = bits / 8
        return self._sizes[price]

    def errors(self, price: float) -> tuple[float, ...]:
        """Return each component's weighted error at a price."""
        return tuple(_sum(each.errors, each.chosen(price)) for each in self.curves)

    def price_for(self, size: float) -> float:
        """Return the price at which coefficients take a number of bytes."""
        return price_for(self.size, size)


def tradeoff_of(sample: Sample, weights: tuple[Weights, ...]) -> Tradeoff:
    """Measure a sample for its whole photo."""
    curves, room = [], magnitudes()
    for component, own, times in zip(sample.photo.components, weights, sample.times, strict=False):
        errors, bits = rate_and_distortion(component, STEPS, room)
        blocks = np.float32(blocks_of(component) * times)
        # No step is better than the first one that leaves only zeros.
        used = 1 + int(np.flatnonzero((bits > 0).any(0) | ~(errors < np.inf).all(0)).max(initial=0))
        errors, bits = errors[:, : used + 1], bits[:, : used + 1]
        curves.append(Curves(errors * own[:, None] * blocks, bits * blocks))
    return Tradeoff(tuple(curves))


def _sum(values: NDArray[np.float32], places: Any) -> float:
    return float(values[_FREQUENCIES, places].sum())
