"""Requantize coefficients and halve chroma, in place."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from resize_core.errors import UnsupportedError
from resize_core.formats.jpeg.coefficients import library
from resize_core.formats.jpeg.coefficients.count import Counts
from resize_core.formats.jpeg.coefficients.matrices import HALVING
from resize_core.formats.jpeg.coefficients.model import (
    QUARTERS,
    Band,
    Coefficients,
    Component,
    Requantization,
)


def requantize(
    component: Component, to: Requantization, bands: Sequence[Band] = ()
) -> tuple[Component, Counts]:
    """Return the component in the coarser steps, and the symbols of the scans of these bands.

    Its blocks are changed, not copied. Counts are of shape (bands, 256).
    """
    counts = np.zeros((len(bands), 256), np.uint32)
    library.call(
        "kernel_requantize",
        library.plane(component),
        library.requantization(to),
        library.bounds(bands),
        len(bands),
        library.address(counts),
        library.VECTORS,
    )
    padded = replace(component, steps=to.steps)
    library.call("kernel_pad", library.plane(padded))
    return padded, counts


def halve_rows(photo: Coefficients) -> Coefficients:
    """Halve the colours' samples from top to bottom: 4:2:2 becomes 4:2:0, 4:4:4 becomes 4:4:0.

    The blocks are changed and shared: `photo` is not to be used afterwards. Raises UnsupportedError
    for other samplings.
    """
    luma, _ = _luma_and_chroma(photo, {(1, 1), (2, 1)})
    return _halved(photo, replace(luma, vertical=2), across=False)


def halve_columns(photo: Coefficients) -> Coefficients:
    """Halve the colours' samples from left to right: 4:4:4 becomes 4:2:2, 4:4:0 becomes 4:2:0.

    The blocks are changed and shared: `photo` is not to be used afterwards. Raises UnsupportedError
    for other samplings.
    """
    luma, _ = _luma_and_chroma(photo, {(1, 1), (1, 2)})
    return _halved(photo, replace(luma, horizontal=2), across=True)


def _luma_and_chroma(
    photo: Coefficients, allowed: set[tuple[int, int]]
) -> tuple[Component, tuple[Component, ...]]:
    luma, *chroma = photo.components
    if (
        not chroma
        or (luma.horizontal, luma.vertical) not in allowed
        or any((c.horizontal, c.vertical) != (1, 1) for c in chroma)
    ):
        raise UnsupportedError("JPEG", "a sampling of which colours cannot be halved")
    return luma, tuple(chroma)


def _halved(photo: Coefficients, luma: Component, *, across: bool) -> Coefficients:
    rows = -(-photo.height // (8 * luma.vertical))
    columns = -(-photo.width // (8 * luma.horizontal))
    luma = replace(luma, blocks=luma.room[: rows * luma.vertical, : columns * luma.horizontal])
    library.call("kernel_pad", library.plane(luma))
    matrix = np.ascontiguousarray(HALVING)
    chroma = []
    for component in photo.components[1:]:
        library.call(
            "kernel_halve",
            library.plane(component),
            library.address(component.steps),
            library.address(matrix),
            across,
            library.VECTORS,
        )
        half = replace(
            component,
            steps=QUARTERS.copy(),
            blocks=component.room[:rows, :columns],
            coded_rows=component.coded_rows if across else -(-component.coded_rows // 2),
            coded_columns=-(-component.coded_columns // 2) if across else component.coded_columns,
        )
        library.call("kernel_pad", library.plane(half))
        chroma.append(half)
    return replace(photo, components=(luma, *chroma))
