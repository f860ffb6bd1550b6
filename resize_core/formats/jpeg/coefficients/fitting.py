"""Coefficients made to take so many bytes: what size they would have is counted, then written."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from resize_core.formats.jpeg.coefficients.count import count_bands, count_dc
from resize_core.formats.jpeg.coefficients.encode import (
    SCRIPT,
    ScanCounts,
    file_size,
    fit_code,
)
from resize_core.formats.jpeg.coefficients.model import (
    Coefficients,
    Dropping,
    HuffmanCode,
    Requantization,
)
from resize_core.formats.jpeg.coefficients.quantize import requantize
from resize_core.formats.jpeg.coefficients.sampling import Sample, strips_of
from resize_core.formats.jpeg.coefficients.tradeoff import Tradeoff, tradeoff_of
from resize_core.formats.jpeg.coefficients.weights import Weights
from resize_core.search.price import Room, meet

# Stuffed bytes come on top of what is counted, one in 256 of what looks random.
_STUFFED = 1.0045
# What is aimed at, and how far below and above it a sample may be.
_AIM, _AIM_BY_SAMPLE = 0.99, 0.984
_BELOW, _ABOVE, _TRIES = 0.008, 0.003, 12
# A price at which every step is the finest.
_NEXT_TO_NOTHING = 1e-9
Lengths = tuple[NDArray[np.uint8], ...]


@dataclass(frozen=True, slots=True)
class Care:
    """How coefficients are dropped.

    They are where less than `below` of the bytes that all of them would take is left, and at this
    `share` of the price.
    """

    how: Dropping = "nothing"
    share: float = 1.0
    below: float = 0.0


@dataclass(frozen=True, slots=True)
class Requantized:
    """A photo in its new steps, and how many of each symbol a file of it has."""

    photo: Coefficients
    counts: ScanCounts

    @property
    def most(self) -> float:
        """The bytes that the file is not likely to exceed."""
        return file_size(self.counts) * _STUFFED


def plan(
    photo: Coefficients,
    weights: tuple[Weights, ...],
    size: float,
    care: Care,
) -> tuple[Requantization, ...] | None:
    """Return how to use so many bytes best; None where no steps are coarse enough.

    A sample says by how much the entropy of single coefficients errs.
    """
    sample = strips_of(photo)
    tradeoff = tradeoff_of(sample, weights)
    drops = care.how != "nothing" and size < care.below * tradeoff.size(_NEXT_TO_NOTHING)
    lengths: Lengths = ()

    def count(price: float) -> tuple[int, tuple[Requantization, ...]]:
        nonlocal lengths
        made = requantizations(photo, tradeoff, price)
        if drops:
            lengths = lengths or _lengths(sample, made)
            made = _dropping(made, weights, lengths, care, price)
        return round(size_of(sample, made)), made

    aim = size * (_AIM if sample.is_all else _AIM_BY_SAMPLE)
    room = Room(aim, aim * (1 - _BELOW), aim * (1 + _ABOVE))
    found = meet(tradeoff.size, count, room, _TRIES)
    return found.plan if found else None


def carry_out(photo: Coefficients, to: tuple[Requantization, ...]) -> Requantized:
    """Requantize a photo as planned. Its blocks are changed, not copied."""
    pairs = zip(photo.components, to, SCRIPT, strict=False)
    made = [requantize(*each) for each in pairs]
    photo = replace(photo, components=tuple(component for component, _ in made))
    dc = count_dc(photo.components, None)
    return Requantized(photo, ScanCounts(dc, tuple(counts for _, counts in made)))


def requantizations(
    photo: Coefficients, tradeoff: Tradeoff, price: float
) -> tuple[Requantization, ...]:
    """Return how to get from a photo's steps to those of a price."""
    return tuple(
        Requantization.between(component.steps, steps)
        for component, steps in zip(photo.components, tradeoff.steps(price), strict=True)
    )


def _dropping(
    made: tuple[Requantization, ...],
    weights: tuple[Weights, ...],
    lengths: Lengths,
    care: Care,
    price: float,
) -> tuple[Requantization, ...]:
    return tuple(
        to.dropping_coefficients(own, price * care.share, codes, bands, care.how)
        for to, own, codes, bands in zip(made, weights, lengths, SCRIPT, strict=False)
    )


def size_of(sample: Sample, made: tuple[Requantization, ...]) -> float:
    """Return about how many bytes the photo's scans take."""
    components = sample.photo.components
    bits = [_bits(counts) for counts in count_dc(components, made)]
    total = sum(each * times for each, times in zip(bits, sample.times, strict=False))
    for component, to, bands, times in zip(components, made, SCRIPT, sample.times, strict=False):
        total += times * sum(_bits(counts) for counts in count_bands(component, to, bands))
    return total / 8


def _bits(counts: NDArray[np.uint32]) -> int:
    return fit_code(counts).size_of(counts)


def _lengths(sample: Sample, made: tuple[Requantization, ...]) -> Lengths:
    """Return what each symbol of each band costs, by the codes that fit a sample."""
    found = []
    for component, to, bands in zip(sample.photo.components, made, SCRIPT, strict=False):
        counts = count_bands(component, to, bands)
        found.append(np.stack([_prices(fit_code(each), each) for each in counts]))
    return tuple(found)


def _prices(code: HuffmanCode, counts: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Return the lengths of a code, that of ending a band being the mean over all ends in a run."""
    lengths = code.lengths.copy()
    runs = np.arange(15)
    ended = int((counts[runs << 4].astype(np.int64) << runs).sum())
    bits = int((counts[runs << 4] * (lengths[runs << 4] + runs)).sum())
    lengths[0] = max(1, round(bits / max(1, ended)))
    return lengths
