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
    write,
)
from resize_core.formats.jpeg.coefficients.model import (
    Coefficients,
    Component,
    Dropping,
    HuffmanCode,
    Requantization,
)
from resize_core.formats.jpeg.coefficients.quantize import requantize
from resize_core.formats.jpeg.coefficients.sampling import Sample, sample_of
from resize_core.formats.jpeg.coefficients.tradeoff import Tradeoff, tradeoff_of
from resize_core.formats.jpeg.coefficients.weights import Weights
from resize_core.search.price import Room, meet

# Shares of the bytes there are. Stuffed bytes, one in 256 of what looks random, come on top.
_MOST = 0.9955
_TRIES_ON_SAMPLE, _TRIES = 2, 8
_CLOSE = 0.003
# A price at which every step is the finest.
_NEXT_TO_NOTHING = 1e-9
Lengths = tuple[NDArray[np.uint8], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """How to requantize each component, and how many of each symbol that leaves."""

    requantizations: tuple[Requantization, ...]
    counts: ScanCounts

    @property
    def keeps_all(self) -> bool:
        """Whether every coefficient stays as it is."""
        return all(
            to.dropping == "nothing" and bool((to.source_steps == to.steps).all())
            for to in self.requantizations
        )


@dataclass(frozen=True, slots=True)
class Care:
    """What share of the bytes is aimed at and is enough, and how coefficients are dropped.

    They are where less than `below` of the bytes that all of them would take is left, and at this
    `share` of the price.
    """

    aim: float
    least: float
    how: Dropping = "nothing"
    share: float = 1.0
    below: float = 0.0


def plan(
    photo: Coefficients,
    weights: tuple[Weights, ...],
    size: int,
    care: Care,
) -> Plan | None:
    """Return how to use so many bytes best; None where no steps are coarse enough.

    The sample says by how much the entropy of single coefficients errs; the photo then says by how
    much the sample does. What is returned was counted on the whole photo, and none of it changed.
    """
    sample = sample_of(photo)
    tradeoff = tradeoff_of(sample, weights)
    aim, error = size * care.aim, 1.0
    lengths: Lengths = ()
    drops = care.how != "nothing" and size < care.below * tradeoff.size(_NEXT_TO_NOTHING)
    for _ in range(_TRIES_ON_SAMPLE):
        price = tradeoff.price_for(aim / error)
        made = _requantizations(photo, tradeoff, price)
        if drops:
            lengths = _lengths(sample, made)
            made = _dropping(made, weights, lengths, care, price)
        before, error = error, _sampled_size(sample, made) / tradeoff.size(price)
        if abs(error / before - 1) < _CLOSE:
            break

    def count(price: float) -> tuple[int, Plan]:
        made = _requantizations(photo, tradeoff, price)
        if lengths:
            made = _dropping(made, weights, lengths, care, price)
        counts = _counted(photo.components, made)
        return file_size(counts), Plan(made, counts)

    room = Room(aim, size * care.least, size * _MOST)
    found = meet(lambda price: tradeoff.size(price) * error, count, room, _TRIES)
    return found.plan if found else None


def carry_out(photo: Coefficients, to: Plan) -> bytes:
    """Return a photo's file as planned. Its blocks are changed, not copied."""
    components = tuple(
        requantize(component, own)
        for component, own in zip(photo.components, to.requantizations, strict=True)
    )
    return write(replace(photo, components=components), counts=to.counts)


def _requantizations(
    photo: Coefficients, tradeoff: Tradeoff, price: float
) -> tuple[Requantization, ...]:
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


def _counted(components: tuple[Component, ...], made: tuple[Requantization, ...]) -> ScanCounts:
    bands = zip(components, made, SCRIPT, strict=False)
    return ScanCounts(count_dc(components, made), tuple(count_bands(*each) for each in bands))


def _sampled_size(sample: Sample, made: tuple[Requantization, ...]) -> float:
    """Return about how many bytes the photo's scans take."""
    bits = 0.0
    for place, (component, to) in enumerate(zip(sample.photo.components, made, strict=True)):
        alone = replace(component, horizontal=1, vertical=1)
        counts = [*count_dc([alone], [to])[:1], *count_bands(component, to, SCRIPT[place])]
        bits += sample.times[place] * sum(fit_code(each).size_of(each) for each in counts)
    return bits / 8


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
