"""Call the kernel's functions: its memory layout, and the meaning of its errors.

ctypes releases the interpreter lock while the kernel works.
"""

import ctypes
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resize_core.errors import BrokenError, TruncatedError, UnsupportedError
from resize_core.formats.jpeg.coefficients.loading import AVAILABLE, LIBRARY, NAME
from resize_core.formats.jpeg.coefficients.model import (
    Band,
    Component,
    HuffmanCode,
    Requantization,
)
from resize_core.formats.jpeg.coefficients.parse import ScanHeader

__all__ = ["AVAILABLE", "NAME", "VECTORS", "call"]

MOST_BANDS = 5
MAGNITUDES = 8192
_TRUNCATED, _BROKEN, _UNUSUAL, _NO_SPACE = -1, -2, -3, -4
_DROPPINGS = ("nothing", "greedy", "trellis")


class Plane(ctypes.Structure):
    """`Plane` of kernel.c."""

    _fields_ = (
        ("blocks", ctypes.c_void_p),
        ("row_stride", ctypes.c_int64),
        ("columns", ctypes.c_int32),
        ("rows", ctypes.c_int32),
        ("coded_columns", ctypes.c_int32),
        ("coded_rows", ctypes.c_int32),
        ("horizontal", ctypes.c_int32),
        ("vertical", ctypes.c_int32),
    )


class HuffmanTable(ctypes.Structure):
    """`HuffmanTable` of kernel.c: as in a file."""

    _fields_ = (("counts", ctypes.c_uint8 * 17), ("symbols", ctypes.c_uint8 * 256))


class HuffmanCodes(ctypes.Structure):
    """`HuffmanCode` of kernel.c: by symbol."""

    _fields_ = (("codes", ctypes.c_uint16 * 256), ("lengths", ctypes.c_uint8 * 256))


class Bounds(ctypes.Structure):
    """`Band` of kernel.c."""

    _fields_ = (("first", ctypes.c_int32), ("last", ctypes.c_int32))


class Scan(ctypes.Structure):
    """`Scan` of kernel.c."""

    _fields_ = (
        ("count", ctypes.c_int32),
        ("components", ctypes.c_int32 * 3),
        ("dc_tables", ctypes.c_int32 * 3),
        ("ac_tables", ctypes.c_int32 * 3),
        ("first", ctypes.c_int32),
        ("last", ctypes.c_int32),
        ("high", ctypes.c_int32),
        ("low", ctypes.c_int32),
        ("restart_interval", ctypes.c_int32),
        ("progressive", ctypes.c_int32),
    )


class RequantizationFields(ctypes.Structure):
    """`Requantization` of kernel.c."""

    _fields_ = (
        ("multipliers", ctypes.c_uint16 * 64),
        ("rounding", ctypes.c_uint16 * 64),
        ("ratio", ctypes.c_float * 64),
        ("weight", ctypes.c_float * 64),
        ("price", ctypes.c_float),
        ("dropping", ctypes.c_int32),
        ("band_count", ctypes.c_int32),
        ("bands", Bounds * MOST_BANDS),
        ("lengths", (ctypes.c_uint8 * 256) * MOST_BANDS),
    )


_POINTER, _INT, _LONG, _FLOAT = ctypes.c_void_p, ctypes.c_int32, ctypes.c_int64, ctypes.c_float
_PLANES, _SCAN = ctypes.POINTER(Plane), ctypes.POINTER(Scan)
_TABLES, _CODES = ctypes.POINTER(HuffmanTable), ctypes.POINTER(HuffmanCodes)
_TO, _BANDS = ctypes.POINTER(RequantizationFields), ctypes.POINTER(Bounds)
_SIGNATURES: dict[str, tuple[Any, ...]] = {
    "kernel_decode_scan": (_LONG, _POINTER, _LONG, _PLANES, _SCAN, _TABLES, _INT),
    "kernel_pad": (_INT, _PLANES),
    "kernel_requantize": (_INT, _PLANES, _TO, _BANDS, _INT, _POINTER, _INT),
    "kernel_measure_steps": (
        (_INT, _PLANES, _POINTER, _POINTER, _INT, _FLOAT, _POINTER, _POINTER, _POINTER, _POINTER)
    ),
    "kernel_fit_code": (_INT, _POINTER, _TABLES, _CODES),
    "kernel_count_bands": (_INT, _PLANES, _TO, _BANDS, _INT, _INT, _POINTER, _INT),
    "kernel_count_dc": (_INT, _PLANES, _INT, ctypes.POINTER(_TO), _POINTER),
    "kernel_write_bands": (
        (_INT, _PLANES, _BANDS, _CODES, _INT, _POINTER, _POINTER, _LONG, _POINTER, _INT)
    ),
    "kernel_write_interleaved": (_LONG, _PLANES, _INT, _CODES, _CODES, _POINTER, _LONG),
    "kernel_halve": (_INT, _PLANES, _POINTER, _POINTER, _INT, _INT),
    "kernel_to_samples": (_INT, _PLANES, _POINTER, _POINTER, _INT, _POINTER, _LONG, _INT),
    "kernel_from_samples": (_INT, _PLANES, _POINTER, _POINTER, _INT, _INT, _LONG, _INT),
}


if LIBRARY:
    for _name, (_result, *_arguments) in _SIGNATURES.items():
        _function = getattr(LIBRARY, _name)
        _function.restype, _function.argtypes = _result, _arguments

VECTORS = LIBRARY.kernel_vectors() if LIBRARY else 0


def call(name: str, *arguments: Any) -> int:
    """Call the kernel's function of this name. Returns its result, if that is not an error.

    Raises TruncatedError, BrokenError or UnsupportedError about a file, and MemoryError if the
    memory for a scan was too small.
    """
    if LIBRARY is None:
        raise UnsupportedError("JPEG", NAME)
    result: int = getattr(LIBRARY, name)(*arguments)
    if result >= 0:
        return result
    if result == _TRUNCATED:
        raise TruncatedError("JPEG", "its coded pixels end early")
    if result == _BROKEN:
        raise BrokenError("JPEG", "its coded pixels cannot be decoded")
    if result == _UNUSUAL:
        raise UnsupportedError("JPEG", "coefficients larger than 8-bit samples have")
    if result == _NO_SPACE:
        raise MemoryError("the room for a scan is too small")
    raise ValueError(f"{name} was called with invalid arguments")


def address(array: NDArray[Any]) -> int:
    """Return the address of an array's data. The array must outlive the call."""
    if not array.flags.c_contiguous:
        raise ValueError("the kernel takes whole arrays")
    return array.ctypes.data


def address_in(data: bytes, at: int) -> int:
    """Return the address of a byte. The data must outlive the call."""
    return (ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value or 0) + at


def plane(component: Component) -> Plane:
    """Return a component for the kernel. The component must outlive the result."""
    blocks = component.blocks
    rows, columns, _ = blocks.shape
    if blocks.dtype != np.int16 or blocks.shape[2] != 64 or blocks.strides[1:] != (128, 2):  # noqa: PLR2004
        raise ValueError("blocks are rows of 64 neighbouring int16")
    return Plane(
        blocks.ctypes.data,
        max(blocks.strides[0] // 2, columns * 64),
        columns,
        rows,
        component.coded_columns,
        component.coded_rows,
        component.horizontal,
        component.vertical,
    )


def planes(components: Sequence[Component]) -> "ctypes.Array[Plane]":
    """Return components for the kernel, one after another."""
    return (Plane * 3)(*map(plane, components))


def bounds(bands: Sequence[Band]) -> "ctypes.Array[Bounds]":
    """Return bands for the kernel."""
    if len(bands) > MOST_BANDS:
        raise ValueError(f"more than {MOST_BANDS} bands")
    return (Bounds * MOST_BANDS)(*(Bounds(*band) for band in bands))


def requantization(to: Requantization) -> RequantizationFields:
    """Return a requantization for the kernel."""
    fields = RequantizationFields(
        price=to.price,
        dropping=_DROPPINGS.index(to.dropping),
        band_count=len(to.bands),
        bands=bounds(to.bands),
    )
    _fill(fields, "multipliers", to.multipliers)
    _fill(fields, "rounding", to.rounding_units)
    _fill(fields, "ratio", to.source_steps / to.steps)
    _fill(fields, "weight", to.weights * to.steps**2)
    if to.lengths is not None:
        _fill(fields, "lengths", to.lengths)
    return fields


def requantizations(
    many: "Sequence[Requantization] | None",
) -> "ctypes.Array[Any] | None":
    """Return pointers to requantizations, one for each component."""
    if many is None:
        return None
    return (_TO * 3)(*(ctypes.pointer(requantization(to)) for to in many))


def tables(
    dc: Mapping[int, tuple[bytes, bytes]], ac: Mapping[int, tuple[bytes, bytes]]
) -> "ctypes.Array[HuffmanTable]":
    """Return the tables of a scan, four for DC and four for AC."""
    made = (HuffmanTable * 8)()
    for base, codes in ((0, dc), (4, ac)):
        for place, (counts, symbols) in codes.items():
            made[base + place].counts[1:] = list(counts)
            made[base + place].symbols[: len(symbols)] = list(symbols)
    return made


def scan(header: ScanHeader, *, restart_interval: int, progressive: int) -> Scan:
    """Return a scan's header for the kernel."""
    three = ctypes.c_int32 * 3
    return Scan(
        len(header.components),
        three(*header.components),
        three(*header.dc_tables),
        three(*header.ac_tables),
        header.first,
        header.last,
        header.high,
        header.low,
        restart_interval,
        progressive,
    )


def codes(many: Sequence[HuffmanCode]) -> "ctypes.Array[HuffmanCodes] | None":
    """Return codes for the kernel, one after another; None for none."""
    if not many:
        return None
    made = (HuffmanCodes * len(many))()
    for fields, code in zip(made, many, strict=True):
        _fill(fields, "codes", code.codes)
        _fill(fields, "lengths", code.lengths)
    return made


def _fill(fields: ctypes.Structure, name: str, values: NDArray[Any]) -> None:
    field = np.ctypeslib.as_array(getattr(fields, name))
    field[: len(values)] = values
