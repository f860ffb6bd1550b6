"""Directories of tagged values, which TIFF files and EXIF blocks are made of.

Source: TIFF 6.0 (Adobe, 1992), section 2; BigTIFF (Aware Systems). Offsets count from the start
of the file or block.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from resize_core.errors import NeedsMoreBytesError

_TYPE_SIZES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8)
_INTEGERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}


@dataclass(frozen=True, slots=True)
class Order:
    """How numbers are written: byte order, and whether offsets take 4 bytes or 8."""

    mark: str
    wide: bool = False

    def unpack(self, form: str, data: bytes, at: int) -> tuple[int, ...]:
        """Read numbers at an offset; raises NeedsMoreBytesError if the data ends before."""
        form = self.mark + form
        if at + struct.calcsize(form) > len(data):
            raise NeedsMoreBytesError(at + struct.calcsize(form))
        return struct.unpack_from(form, data, at)


@dataclass(frozen=True, slots=True)
class Entry:
    """One tagged value: `count` values of a type, found at `at`, `size` bytes in all."""

    tag: int
    kind: int
    count: int
    at: int
    size: int

    def integers(self, data: bytes, order: Order) -> tuple[int, ...]:
        """Return the values if they are unsigned integers; else nothing."""
        form = _INTEGERS.get(self.kind)
        return order.unpack(f"{self.count}{form}", data, self.at) if form else ()


def read_order(data: bytes) -> tuple[Order, int] | None:
    """Return the byte order of a TIFF structure and the offset of its first directory, or None.

    Raises NeedsMoreBytesError.
    """
    if data[:4] in {b"II*\0", b"MM\0*"}:
        order = Order("<" if data[:1] == b"I" else ">")
        return order, order.unpack("I", data, 4)[0]
    if data[:4] in {b"II+\0", b"MM\0+"}:
        order = Order("<" if data[:1] == b"I" else ">", wide=True)
        return order, order.unpack("Q", data, 8)[0]
    return None


def entries(data: bytes, order: Order, at: int) -> Iterator[Entry]:
    """Yield the values of the directory at an offset. Raises NeedsMoreBytesError."""
    (count,) = order.unpack("Q" if order.wide else "H", data, at)
    first, step = (8, 20) if order.wide else (2, 12)
    for i in range(count):
        yield _entry(data, order, at + first + i * step)


def readable_row(data: bytes, order: Order, start: int) -> list[Entry]:
    """Return the entry of a row, or nothing if its value is beyond the data."""
    try:
        entry = _entry(data, order, start)
    except NeedsMoreBytesError:
        return []
    return [entry] if entry.at + entry.size <= len(data) else []


def readable(data: bytes, order: Order, at: int) -> list[Entry]:
    """Return the entries of the directory at an offset, which may be invalid, within the data."""
    first, step = (8, 20) if order.wide else (2, 12)
    try:
        (count,) = order.unpack("Q" if order.wide else "H", data, at)
    except NeedsMoreBytesError:
        return []
    rows = range(min(count, (len(data) - at) // step))
    return [entry for i in rows for entry in readable_row(data, order, at + first + i * step)]


def readable_below(data: bytes, order: Order, at: int) -> list[Entry]:
    """Return the same for a directory that a tag points at, which may not be one.

    If most rows are invalid, it is not a directory: nothing is returned.
    """
    found = [entry for entry in readable(data, order, at) if entry.size]
    stated = order.unpack("Q" if order.wide else "H", data, at)[0] if found else 0
    return found if 2 * len(found) > stated else []


def link_at(data: bytes, order: Order, at: int) -> int:
    """Return the position of the link to the next directory, of the directory at an offset."""
    (count,) = order.unpack("Q" if order.wide else "H", data, at)
    return at + (8 + count * 20 if order.wide else 2 + count * 12)


def next_directory(data: bytes, order: Order, at: int) -> int:
    """Return the offset of the directory after the one at `at`, 0 if it is the last."""
    return order.unpack("Q" if order.wide else "I", data, link_at(data, order, at))[0]


def _entry(data: bytes, order: Order, start: int) -> Entry:
    """Return the entry whose row starts there. Raises NeedsMoreBytesError if the row is cut."""
    step, room, form = (20, 8, "HHQ") if order.wide else (12, 4, "HHI")
    tag, kind, values = order.unpack(form, data, start)
    size = values * (_TYPE_SIZES[kind] if kind < len(_TYPE_SIZES) else 0)
    place = start + step - room
    if size > room:
        (place,) = order.unpack("Q" if order.wide else "I", data, place)
    return Entry(tag, kind, values, place, size)
