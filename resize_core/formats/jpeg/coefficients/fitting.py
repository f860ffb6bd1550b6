"""Fit coefficients to a number of bytes: count the size of the result, then write it."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from resize_core.formats.jpeg.coefficients.count import count_bands
from resize_core.formats.jpeg.coefficients.encode import (
    DC,
    ScanCounts,
    Script,
    file_size,
    fit_code,
    headers_size,
    script_of,
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
_STUFFED = 1.004
# Shares of the available bytes: when all of a photo is counted, and when a sample is.
_COUNTED, _SAMPLED, _TRIES = Room(0.9945, 0.99, 0.9955), Room(0.985, 0.977, 0.987), 12
# A price at which every step is the finest.
_NEXT_TO_NOTHING = 1e-9
Lengths = tuple[NDArray[np.uint8], ...]


@dataclass(frozen=True, slots=True)
class Care:
    """How coefficients are dropped.

    They are dropped if less than `below` of the bytes of all coefficients is available, and at this
    `share` of the price.
    """

    how: Dropping = "nothing"
    share: float = 1.0
    below: float = 0.0


@dataclass(frozen=True, slots=True)
class Requantized:
    """A requantized photo, and the count of each symbol in its file."""

    photo: Coefficients
    counts: ScanCounts

    @property
    def most(self) -> float:
        """The bytes that the file probably does not exceed."""
        return file_size(self.counts) * _STUFFED


def plan(
    photo: Coefficients,
    weights: tuple[Weights, ...],
    size: float,
    care: Care,
    likely: float = 1.0,
) -> tuple[Requantization, ...] | None:
    """Return the best plan for a number of bytes; None if no steps are coarse enough.

    A sample corrects the entropy of single coefficients; the usual factor is `likely`.
    """
    sample, script = strips_of(photo), script_of(photo)
    tradeoff = tradeoff_of(sample, weights)
    drops = care.how != "nothing" and size < care.below * tradeoff.size(_NEXT_TO_NOTHING)
    lengths: Lengths = ()

    def count(price: float) -> tuple[int, tuple[Requantization, ...]]:
        nonlocal lengths
        made = requantizations(photo, tradeoff, price)
        if drops:
            bands = _without_dc(script)
            lengths = lengths or _lengths(sample, made, bands)
            made = tuple(
                to.dropping_coefficients(own, price * care.share, codes, of_component, care.how)
                for to, own, codes, of_component in zip(made, weights, lengths, bands, strict=True)
            )
        return round(size_of(sample, made, script)), made

    shares = _COUNTED if sample.is_all else _SAMPLED
    room = Room(shares.aim * size, shares.least * size, shares.most * size)
    found = meet(lambda price: likely * tradeoff.size(price), count, room, _TRIES)
    return found.plan if found else None


def carry_out(photo: Coefficients, to: tuple[Requantization, ...]) -> Requantized:
    """Requantize a photo as planned. Its blocks are changed, not copied."""
    pairs = zip(photo.components, to, script_of(photo), strict=True)
    made = [requantize(*each) for each in pairs]
    photo = replace(photo, components=tuple(component for component, _ in made))
    return Requantized(photo, tuple(counts for _, counts in made))


def requantizations(
    photo: Coefficients, tradeoff: Tradeoff, price: float
) -> tuple[Requantization, ...]:
    """Return the requantization from a photo's steps to those of a price."""
    return tuple(
        Requantization.between(component.steps, steps)
        for component, steps in zip(photo.components, tradeoff.steps(price), strict=True)
    )


def size_of(sample: Sample, made: tuple[Requantization, ...], script: Script) -> float:
    """Return an estimate of the bytes of the photo's file without metadata."""
    bits, codes, components = 0.0, list[HuffmanCode](), sample.photo.components
    for place, (component, to) in enumerate(zip(components, made, strict=True)):
        counts = count_bands(component, to, script[place])
        once = count_bands(sample.edge[place], to, script[place]) if sample.edge else counts * 0
        for own, of_edge in zip(counts, once, strict=True):
            codes.append(fit_code(own + of_edge))
            bits += sample.times[place] * codes[-1].size_of(own) + codes[-1].size_of(of_edge)
    return bits / 8 + headers_size(codes, len(components))


def _without_dc(script: Script) -> Script:
    """Return the bands that coefficients are dropped from."""
    return tuple(tuple(band for band in bands if band != DC) for bands in script)


def _lengths(sample: Sample, made: tuple[Requantization, ...], script: Script) -> Lengths:
    """Return the cost of each symbol of each band, by the codes that fit a sample."""
    found = []
    for component, to, bands in zip(sample.photo.components, made, script, strict=True):
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
