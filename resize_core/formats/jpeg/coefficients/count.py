"""Count the cost of steps and codes on blocks, without changing the blocks."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from resize_core.formats.jpeg.coefficients import library
from resize_core.formats.jpeg.coefficients.model import WHOLE, Band, Component, Requantization

Counts = NDArray[np.uint32]


def magnitudes() -> Counts:
    """Return memory for the counts of `rate_and_distortion`, to be used by one call at a time."""
    return np.zeros((library.MAGNITUDES, 64), np.uint32)


def rate_and_distortion(
    sample: Component, candidates: ArrayLike, room: Counts, offset: float = 0.4999
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the squared error and the bits of a block's coefficients at each candidate step.

    Both are of shape (64, candidates), means over the blocks of the sample. Bits are those of the
    values and the entropy of their sizes. Steps finer than the source's have an infinite error.
    """
    steps = np.ascontiguousarray(candidates, np.float32)
    source = np.ascontiguousarray(sample.steps, np.float32)
    sums = np.empty((library.MAGNITUDES + 1, 3), np.int64)
    errors = np.empty((64, len(steps)), np.float32)
    bits = np.empty_like(errors)
    library.call(
        "kernel_measure_steps",
        library.plane(sample),
        library.address(source),
        library.address(steps),
        len(steps),
        offset,
        library.address(room),
        library.address(sums),
        library.address(errors),
        library.address(bits),
    )
    return errors, bits


def count_bands(
    component: Component, requantization: Requantization | None, bands: Sequence[Band]
) -> Counts:
    """Return how often each symbol is in the progressive scan of each band, shape (bands, 256).

    It counts the result of `requantize`; no block is changed.
    """
    return _count(component, requantization, bands, 1)


def count_sequential(component: Component, requantization: Requantization | None) -> Counts:
    """Return how often each symbol of AC coefficients is in a sequential scan, shape (256,)."""
    whole = replace(
        component,
        coded_rows=component.blocks.shape[0],
        coded_columns=component.blocks.shape[1],
    )
    return _count(whole, requantization, WHOLE, 0).reshape(256)


def count_dc(
    components: Sequence[Component], requantizations: Sequence[Requantization] | None
) -> Counts:
    """Return how often each symbol is in the scan of all DC coefficients: luma's, then chroma's."""
    counts = np.zeros((2, 256), np.uint32)
    library.call(
        "kernel_count_dc",
        library.planes(components),
        len(components),
        library.requantizations(requantizations),
        library.address(counts),
    )
    return counts


def _count(
    component: Component,
    requantization: Requantization | None,
    bands: Sequence[Band],
    progressive: int,
) -> Counts:
    counts = np.zeros((len(bands), 256), np.uint32)
    to = library.requantization(requantization) if requantization else None
    library.call(
        "kernel_count_bands",
        library.plane(component),
        to,
        library.bounds(bands),
        len(bands),
        progressive,
        library.address(counts),
        library.VECTORS,
    )
    return counts
