"""Decode a JPEG file to its coefficients."""

import numpy as np

from resize_core.formats.jpeg.coefficients import library
from resize_core.formats.jpeg.coefficients.model import Coefficients, Component
from resize_core.formats.jpeg.coefficients.parse import (
    Frame,
    FrameComponent,
    Headers,
    first_segment,
)


def decode(data: bytes) -> Coefficients:
    """Return the coefficients of a baseline, extended or progressive photo of 8-bit samples.

    Raises TruncatedError, BrokenError; UnsupportedError if only pixels can be decoded.
    """
    headers = Headers()
    scan = headers.next_scan(data, first_segment(data))
    frame = headers.the_frame()
    components = tuple(_empty(frame, component) for component in frame.components)
    planes = library.planes(components)
    while scan:
        at = scan.start
        at += library.call(
            "kernel_decode_scan",
            library.address_in(data, at),
            len(data) - at,
            planes,
            library.scan(
                scan, restart_interval=headers.restart_interval, progressive=frame.progressive
            ),
            library.tables(headers.dc_codes, headers.ac_codes),
            library.VECTORS,
        )
        scan = headers.next_scan(data, at)
    headers.check_complete()
    for place, component in enumerate(components):
        library.call("kernel_pad", planes[place])
        component.steps[:] = headers.steps[place]
    return Coefficients(frame.width, frame.height, components)


def _empty(frame: Frame, component: FrameComponent) -> Component:
    """Return a component of zeros, with memory for the MCUs of halved chroma."""
    rows = frame.rows * component.vertical
    columns = frame.columns * component.horizontal
    room = np.zeros((rows + rows % 2, columns + columns % 2, 64), np.int16)
    coded_rows, coded_columns = frame.coded(component)
    return Component(
        component.horizontal,
        component.vertical,
        np.zeros(64, np.float32),
        room[:rows, :columns],
        coded_rows,
        coded_columns,
        room,
    )
