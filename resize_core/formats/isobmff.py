"""The structure of AVIF and HEIC files: boxes in boxes. Source: ISO/IEC 14496-12 and 23008-12."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from resize_core.errors import BrokenError, NeedsMoreBytesError

_LARGE, _TO_THE_END = 1, 0
_MOST_SIDES = 1_000
# How EXIF is stored (ISO 23008-12, A.2): where the block starts, often a prefix, and the block.
_EXIF = re.compile(rb"\0\0\0(?:\0|\x06Exif\0\0)(?=II\*\0|MM\0\*)")


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its type, and where it starts and ends."""

    kind: bytes
    start: int
    end: int


def boxes(data: bytes) -> Iterator[Box]:
    """Yield the boxes of the file; the last one may end beyond the data."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if size == _LARGE:
            if at + 16 > len(data):
                return
            (size,) = struct.unpack_from(">Q", data, at + 8)
        if size == _TO_THE_END:
            size = len(data) - at
        if size < 8:  # noqa: PLR2004 - a box holds at least its own head
            return
        yield Box(kind, at, at + size)
        at += size


def sides_of(name: str, head: bytes) -> tuple[int, int]:
    """Return width and height of the largest picture that the file describes, as stored.

    Raises BrokenError, NeedsMoreBytesError.
    """
    meta = next((box for box in boxes(head) if box.kind == b"meta"), None)
    if meta is None:
        last = max((box.end for box in boxes(head)), default=0)
        if last < len(head):
            raise BrokenError(name, "it describes no picture")
        raise NeedsMoreBytesError(last + 4096)
    if meta.end > len(head):
        raise NeedsMoreBytesError(meta.end)
    found = [(0, 0)]
    at = head.find(b"ispe", meta.start, meta.end)
    while at >= 0 and at + 16 <= meta.end and len(found) < _MOST_SIDES:
        found.append(struct.unpack_from(">II", head, at + 8))
        at = head.find(b"ispe", at + 4, meta.end)
    return max(found, key=lambda sides: sides[0] * sides[1])


def without_location(_: bytes) -> None:
    """Return None: boxes point into each other. See `Format.without_location`."""


def exif_blocks(data: bytes) -> list[bytes]:
    """See `Format.exif_blocks`."""
    start = _EXIF.search(data)
    return [data[start.end() :]] if start else []
