"""Coefficients as libjpeg decodes them: what the kernel's are held against."""

import tempfile
from pathlib import Path
from typing import Any

import jpeglib
import numpy as np
from numpy.typing import NDArray

from resize_core.formats.jpeg.coefficients.model import Coefficients

# ITU-T T.81, figure A.6, made by walking: up and to the right, then down and to the left.
ZIGZAG = [
    8 * row + column
    for row, column in sorted(
        ((row, column) for row in range(8) for column in range(8)),
        key=lambda at: (sum(at), at[0] if sum(at) % 2 else at[1]),
    )
]
Blocks = NDArray[np.int16]


def read(data: bytes) -> list[Blocks]:
    """Return each component's coded blocks, of shape (rows, columns, 64), in zigzag order."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "photo.jpg")
        path.write_bytes(data)
        found: Any = jpeglib.read_dct(str(path))
        planes = [found.Y, found.Cb, found.Cr] if found.has_chrominance else [found.Y]
        return [plane.reshape(*plane.shape[:2], 64)[:, :, ZIGZAG] for plane in planes]


def coded(photo: Coefficients) -> list[Blocks]:
    """Return the same of what the kernel decoded."""
    return [c.blocks[: c.coded_rows, : c.coded_columns] for c in photo.components]


def is_same(ours: Coefficients, theirs: list[Blocks]) -> bool:
    """Whether all coefficients are equal."""
    return all(np.array_equal(a, b) for a, b in zip(coded(ours), theirs, strict=True))
