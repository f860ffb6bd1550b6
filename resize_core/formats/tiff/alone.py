"""One page of a TIFF file, or one plane of it, as a file of its own with nothing else in it.

The pixels stay where they are: a directory is added at the end, and the header points at it. So a
decoder gets only the tags it needs, each once, with values that were checked. A BigTIFF gets
offsets of four bytes, because Pillow reads only half of an offset of eight.
"""

import struct
from collections.abc import Mapping

from resize_core.errors import BrokenError, NeedsMoreBytesError, TruncatedError
from resize_core.formats.tiff.page import (
    BITS,
    EXTRAS,
    FORMATS,
    PHOTOMETRIC,
    PLANAR,
    SAMPLES,
    STRIP_SIZES,
    STRIPS,
    TILE_SIZES,
    TILES,
    Page,
    order_of,
)
from resize_core.metadata.ifd import Entry, Order

COLOUR_MAP = 320
_WHOLE = frozenset({
    256, 257, BITS, 259, PHOTOMETRIC, 266, STRIPS, SAMPLES, 278, STRIP_SIZES, PLANAR, 292, 293,
    317, COLOUR_MAP, 322, 323, TILES, TILE_SIZES, 332, EXTRAS, FORMATS, 347, 529, 530, 531, 532,
})  # fmt: skip
_OF_ALL_PLANES = {EXTRAS, PLANAR, 332, 530}
_SHORT, _LONG = 3, 4
_EIGHT_BYTES = {16, 18}
_FORMS = {_SHORT: "H", _LONG: "I"}
_ROOM = 4
Values = tuple[int, tuple[int, ...]]


def page_alone(data: bytes, page: Page, changes: Mapping[int, tuple[int, ...]]) -> bytes:
    """Return a file of one page, with other values for some of its tags, each of them a short."""
    order, _ = order_of(data)
    tags = _WHOLE & page.entries.keys()
    rows: dict[int, Entry | Values] = {tag: page.entries[tag] for tag in tags}
    rows |= {tag: (_SHORT, values) for tag, values in changes.items()}
    return _with_directory(data, order, rows)


def plane_alone(
    data: bytes, page: Page, plane: int, changes: Mapping[int, tuple[int, ...]]
) -> bytes:
    """Return a file of one of the planes of a page, as a gray picture. Raises BrokenError."""
    order, _ = order_of(data)
    tags = (_WHOLE - _OF_ALL_PLANES) & page.entries.keys()
    rows: dict[int, Entry | Values] = {tag: page.entries[tag] for tag in tags}
    for tag in {STRIPS, STRIP_SIZES, TILES, TILE_SIZES} & tags:
        rows[tag] = _LONG, _share(data, order, page, tag, plane)
    one = {BITS: (page.each(BITS, 1)[plane],), SAMPLES: (1,), PHOTOMETRIC: (1,)}
    rows |= {tag: (_SHORT, values) for tag, values in (one | dict(changes)).items()}
    return _with_directory(data, order, rows)


def _share(data: bytes, order: Order, page: Page, tag: int, plane: int) -> tuple[int, ...]:
    """Return a plane's part of the offsets or sizes of strips and tiles."""
    try:
        values = page.entries[tag].integers(data, order)
    except NeedsMoreBytesError as error:
        raise TruncatedError("TIFF", "the position of its pixels is missing") from error
    if not values or len(values) % page.samples:
        raise BrokenError("TIFF", f"{len(values)} strips or tiles for {page.samples} planes")
    each = len(values) // page.samples
    return values[plane * each : (plane + 1) * each]


def _with_directory(data: bytes, order: Order, rows: Mapping[int, Entry | Values]) -> bytes:
    start = len(data) + len(data) % 2
    behind = start + 2 + 12 * len(rows) + _ROOM
    lines, values = b"", b""
    for tag, row in sorted(rows.items(), key=lambda item: item[0]):
        if isinstance(row, Entry) and row.kind in _EIGHT_BYTES:
            row = _LONG, row.integers(data, order)  # noqa: PLW2901 - the same in four bytes
        if isinstance(row, Entry):
            kind, count = row.kind, row.count
            value = data[row.at : row.at + row.size] if row.size <= _ROOM else None
            place = row.at
        else:
            kind, count = row[0], len(row[1])
            value = struct.pack(f"{order.mark}{count}{_FORMS[kind]}", *row[1])
            place = behind + len(values)
            if len(value) > _ROOM:
                values += value + bytes(len(value) % 2)
                value = None
        stored = struct.pack(order.mark + "I", place) if value is None else value
        lines += struct.pack(order.mark + "HHI", tag, kind, count) + stored.ljust(_ROOM, b"\0")
    directory = struct.pack(order.mark + "H", len(rows)) + lines + bytes(_ROOM) + values
    header = data[:2] + struct.pack(order.mark + "HI", 42, start)
    return header + data[8:] + bytes(len(data) % 2) + directory
