"""Between coefficients and the samples of one component, at full size or at eighths of it."""

import numpy as np
from numpy.typing import NDArray

from resize_core.formats.jpeg.coefficients import library
from resize_core.formats.jpeg.coefficients.matrices import FORWARD, inverse
from resize_core.formats.jpeg.coefficients.model import QUARTERS, Component

Samples = NDArray[np.uint8]
_BLOCK = 8


def samples_of(component: Component, eighths: int = _BLOCK) -> Samples:
    """Return the samples of all coded blocks, 1 to 8 a side for each; the caller crops them.

    Of an odd side, the last sample at a smaller size is made of what the encoder filled up with:
    only sides that the scale divides come out where they belong.
    """
    shape = component.coded_rows * eighths, component.coded_columns * eighths
    samples = np.empty(shape, np.uint8)
    steps = np.ascontiguousarray(component.steps, np.float32)
    library.call(
        "kernel_to_samples",
        library.plane(component),
        library.address(steps),
        library.address(inverse(eighths)),
        eighths,
        library.address(samples),
        shape[1],
        library.VECTORS,
    )
    return samples


def component_of(
    samples: Samples, horizontal: int, vertical: int, mcus: tuple[int, int]
) -> Component:
    """Transform samples into a component of so many rows and columns of MCUs, in quarters.

    Samples have rows that lie one after another; the last ones fill up their blocks.
    """
    height, width = samples.shape
    if samples.dtype != np.uint8 or (width > 1 and samples.strides[1] != 1):
        raise ValueError("samples are rows of neighbouring bytes")
    rows, columns = mcus[0] * vertical, mcus[1] * horizontal
    component = Component(
        horizontal,
        vertical,
        QUARTERS.copy(),
        blocks := np.empty((rows, columns, 64), np.int16),
        -(-height // _BLOCK),
        -(-width // _BLOCK),
        blocks,
    )
    plane = library.plane(component)
    library.call(
        "kernel_from_samples",
        plane,
        library.address(FORWARD),
        samples.ctypes.data,
        width,
        height,
        samples.strides[0] if height > 1 else width,
        library.VECTORS,
    )
    library.call("kernel_pad", plane)
    return component
