"""Remove the location where a photo was taken from EXIF blocks and TIFF files.

The GPS directory of EXIF and the GeoTIFF tags are removed, and all that may repeat them: maker
notes, XMP, IPTC, texts and comments. Camera, lens, exposure, time, orientation and colour profile
stay.

Pointers may be invalid. What can be read is kept even if other parts cannot be read.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

from resize_core.errors import NeedsMoreBytesError
from resize_core.metadata import exif
from resize_core.metadata.ifd import (
    Entry,
    Order,
    entries,
    link_at,
    next_directory,
    read_order,
    readable_below,
    readable_row,
)

_GPS, _EXIF, _INTEROP, _MAKER_NOTE, _COMMENT = 0x8825, 0x8769, 0xA005, 0x927C, 0x9286
# XMP, IPTC, Photoshop's, descriptions, comments; GeoTIFF's scale, points, transform and keys.
_TELLING = frozenset({
    _GPS, _MAKER_NOTE, _COMMENT, 0x010E, 0x02BC, 0x83BB, 0x8649, 0x935C,
    0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F,
    0x830E, 0x8480, 0x8482, 0x85D8, 0xC69C, 0x87AF, 0x87B0, 0x87B1, 0xA480, 0xA481, 0xC634,
})  # fmt: skip
_PAGES_BELOW = 0x014A
_PIXELS = ((0x0111, 0x0117), (0x0144, 0x0145), (0x0201, 0x0202))
_HEADER, _LINK = 8, struct.Struct("I").size
_MOST_DIRECTORIES = 10_000
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Cleaned:
    """A directory without its location, of the same size, and the positions it points at."""

    directory: bytes
    needed: list[Span]
    telling: list[Span]
    others: list[int]


def strip_exif(block: bytes, bare_picture: Callable[[bytes], bytes | None]) -> bytes:
    """Return an EXIF block without its location, b'' for one that cannot be read.

    Nothing moves: what no remaining tag needs is blanked. Of the thumbnail only the pixels stay,
    because it may repeat the photo's metadata. `bare_picture` returns a JPEG file without its
    metadata, None if it cannot be read.
    """
    try:
        found = read_order(block)
    except NeedsMoreBytesError:
        found = None
    if not found:
        return b""
    order, at = found
    fresh = bytearray(len(block))
    fresh[:_HEADER] = block[:_HEADER]
    taken: list[Span] = [(0, _HEADER)]
    if not _carried(fresh, block, order, at, taken):
        return b""
    if second := exif.thumbnail_directory(block):
        small = _thumbnail(block, second, bare_picture)
        link = _end_of_rows(fresh, order, at)
        if small and _carried(fresh, block, order, second.at, taken):
            struct.pack_into(order.mark + "I", fresh, link, second.at)
            _put_thumbnail(fresh, order, second, small)
    return bytes(fresh)


def _carried(fresh: bytearray, block: bytes, order: Order, at: int, taken: list[Span]) -> bool:
    """Copy a directory and what remains below it, if its place is still free."""
    found = exif.read_directory(block, order, at)
    span = (found.at, found.end + _LINK)
    if not found.entries or any(start < span[1] and span[0] < end for start, end in taken):
        return False
    taken.append(span)
    rows = b""
    for entry in found.entries:
        if entry.tag in _TELLING:
            continue
        if entry.tag in {_EXIF, _INTEROP}:
            below = entry.integers(block, order)[:1]
            if not below or not readable_below(block, order, below[0]):
                continue
            if not _carried(fresh, block, order, below[0], taken):
                continue
        elif entry.size > _LINK:
            _copy_between(fresh, block, (entry.at, entry.at + entry.size), taken)
        rows += _row(block, order, entry)
    count = struct.pack(order.mark + "H", len(rows) // 12)
    fresh[at : min(span[1], len(fresh))] = (count + rows).ljust(span[1] - at, b"\0")[
        : len(fresh) - at
    ]
    return True


def _copy_between(fresh: bytearray, block: bytes, span: Span, taken: list[Span]) -> None:
    """Copy a value, except the part that would overwrite a directory."""
    if not any(start < span[1] and span[0] < end for start, end in taken):
        fresh[slice(*span)] = block[slice(*span)]


def _row(block: bytes, order: Order, entry: Entry) -> bytes:
    head = struct.pack(order.mark + "HHI", entry.tag, entry.kind, entry.count)
    inline = block[entry.at : entry.at + _LINK].ljust(_LINK, b"\0")
    return head + (inline if entry.size <= _LINK else struct.pack(order.mark + "I", entry.at))


def _thumbnail(
    block: bytes, directory: exif.Directory, bare_picture: Callable[[bytes], bytes | None]
) -> tuple[int, bytes] | None:
    """The position of the thumbnail, and its pixels only; None if it is not a readable JPEG."""
    spans = exif.picture_spans(block, directory)
    if len(spans) != 1 or spans[0][1] > len(block):
        return None
    bare = bare_picture(block[slice(*spans[0])])
    return None if bare is None else (spans[0][0], bare)


def _put_thumbnail(
    fresh: bytearray, order: Order, directory: exif.Directory, small: tuple[int, bytes]
) -> None:
    place, data = small
    fresh[place : place + len(data)] = data
    for i, entry in enumerate(exif.read_directory(bytes(fresh), order, directory.at).entries):
        if entry.tag == exif.THUMBNAIL_SIZE:
            row = directory.at + 2 + 12 * i
            struct.pack_into(order.mark + "HII", fresh, row + 2, 4, 1, len(data))


def _end_of_rows(fresh: bytearray, order: Order, at: int) -> int:
    return link_at(bytes(fresh), order, at)


def strip_tiff(data: bytes) -> bytes:
    """Return a TIFF file without its location: tags are removed, values overwritten with zeros.

    Pointers may be invalid: nothing that a page needs is overwritten.
    """
    found = read_order(data)
    if not found:
        return data
    order, at = found
    waiting, made = [at], dict[int, bytes]()
    needed, telling = [(0, 2 * _HEADER if order.wide else _HEADER)], list[Span]()
    while waiting and len(made) < _MOST_DIRECTORIES:
        at = waiting.pop(0)
        if not at or at in made:
            continue
        cleaned = _cleaned(data, order, at)
        if made and _lies_on(at, at + len(cleaned.directory), needed):
            continue
        needed += [(at, at + len(cleaned.directory)), *cleaned.needed]
        telling += cleaned.telling
        waiting += cleaned.others
        made[at] = cleaned.directory
    file = bytearray(data)
    for start, end in telling:
        file[start:end] = bytes(len(data[start:end]))
    for start, end in needed if telling else ():
        file[start:end] = data[start:end]
    for at, directory in made.items():
        file[at : at + len(directory)] = directory
    return bytes(file)


def _lies_on(first: int, last: int, spans: list[Span]) -> bool:
    return any(start < last and first < end for start, end in spans)


def _cleaned(data: bytes, order: Order, at: int) -> _Cleaned:
    """Clean one directory, as far as it can be read. Its link comes first in `others`."""
    try:
        count = len(list(entries(data, order, at)))
        following = next_directory(data, order, at)
        end = link_at(data, order, at) + (8 if order.wide else 4)
    except NeedsMoreBytesError:
        return _Cleaned(b"", [], [], [])
    needed, telling, others, stay = list[Span](), list[Span](), [following], list[bytes]()
    numbers: dict[int, tuple[int, ...]] = {}
    first, step, form = (8, 20, "Q") if order.wide else (2, 12, "I")
    for i in range(count):
        row = data[at + first + i * step :][:step]
        for entry in readable_row(data, order, at + first + i * step):
            if entry.tag in _TELLING:
                telling.append((entry.at, entry.at + entry.size))
                telling += _all_of(data, order, entry) if entry.tag == _GPS else []
                continue
            stay.append(row)
            needed.append((entry.at, entry.at + entry.size))
            if entry.tag in {_EXIF, _PAGES_BELOW}:
                pointed = entry.integers(data, order)
                others += [place for place in pointed if readable_below(data, order, place)]
            if any(entry.tag in pair for pair in _PIXELS):
                numbers.setdefault(entry.tag, entry.integers(data, order))
    for places, sizes in _PIXELS:
        pairs = zip(numbers.get(places, ()), numbers.get(sizes, ()), strict=False)
        needed += [(start, start + size) for start, size in pairs]
    link = struct.pack(order.mark + form, following)
    rows = struct.pack(order.mark + ("Q" if order.wide else "H"), len(stay)) + b"".join(stay)
    return _Cleaned((rows + link).ljust(end - at, b"\0"), needed, telling, others)


def _all_of(data: bytes, order: Order, entry: Entry) -> list[Span]:
    """The positions of a directory that an entry points at, and of its values."""
    spans: list[Span] = []
    for at in entry.integers(data, order)[:1]:
        rows = readable_below(data, order, at)
        step = 20 if order.wide else 12
        spans += [(at, at + (8 if order.wide else 2) + len(rows) * step)] if rows else []
        spans += [(row.at, row.at + row.size) for row in rows]
    return spans
