"""Change an EXIF block when its photo changes. All other bytes stay the same.

A block is a TIFF structure without pixels (CIPA DC-008, Exif 2.32). Maker notes contain offsets
into it, so nothing may move: numbers are patched in place, the thumbnail is overwritten with zeros,
and zeros at the end are cut off. Pointers may be invalid: those out of range are skipped, and no
byte is overwritten that another value uses.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from resize_core.errors import NeedsMoreBytesError
from resize_core.metadata import pixel_tags, turning
from resize_core.metadata.ifd import (
    Entry,
    Order,
    link_at,
    next_directory,
    read_order,
    readable,
    readable_below,
)

_WIDTH, _HEIGHT = 0xA002, 0xA003
_ORIENTATION, _SHORT, _LONG, _RATIONAL = 0x0112, 3, 4, 5
_EXIF, _GPS, _INTEROP = 0x8769, 0x8825, 0xA005
THUMBNAIL_AT, THUMBNAIL_SIZE = 0x0201, 0x0202
_STRIPS, _STRIP_SIZES = 0x0111, 0x0117
_HEADER = 8
_IN_ROW = 4
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory: its offset, the end of its rows, and its readable entries."""

    at: int
    end: int
    entries: tuple[Entry, ...]


def orientation(block: bytes) -> int:
    """Return the EXIF orientation, 1 (as stored) to 8."""
    order, directories = _directories(block)
    for entry in directories[0].entries if directories else ():
        if entry.tag == _ORIENTATION:
            return next((v for v in entry.integers(block, order) if 1 <= v <= 8), 1)  # noqa: PLR2004 - the values EXIF defines
    return 1


def only_orientation(block: bytes) -> bytes:
    """Return the smallest block with the orientation, or b'' if there is none."""
    turned = orientation(block)
    if turned == 1:
        return b""
    return b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, turned, 0, 0)


def upright(block: bytes, turn: int, stored: tuple[int, int]) -> bytes:
    """Return the block with its orientation, if it has one, set to 1 (as stored).

    `turn` is the orientation in which the pixels were stored, with width and height `stored`.
    Positions in the picture are turned, and values across and down change places if these do.
    """
    patched = bytearray(block)
    order, directories = _directories(block)
    every = [entry for directory in directories for entry in directory.entries]
    for entry in directories[0].entries if directories else ():
        form = {_SHORT: "H", _LONG: "I"}.get(entry.kind)
        if entry.tag == _ORIENTATION and form and entry.count == 1:
            struct.pack_into(order.mark + form, patched, entry.at, 1)
    if turn == 1:
        return bytes(patched)
    before = _stated_sides(block, order, every) or stored
    for entry in every:
        if entry.kind == _SHORT and entry.tag in pixel_tags.PLACES:
            form = f"{order.mark}{entry.count}H"
            values = struct.unpack_from(form, block, entry.at)
            made = pixel_tags.turned_places(values, before, turn)
            struct.pack_into(form, patched, entry.at, *made)
    for directory in directories if turning.swaps_axes(turn) else ():
        known = {entry.tag: entry for entry in directory.entries if entry.count == 1}
        for across, down in pixel_tags.PAIRS:
            if across in known and down in known:
                _swap(patched, order, known[across], known[down])
    return bytes(patched)


def resized(block: bytes, width: int, height: int) -> bytes:
    """Return the block with its width and height in pixels replaced.

    Positions in the picture and pixels per unit on the sensor are scaled too, unless the picture
    was also turned.
    """
    patched = bytearray(block)
    order, directories = _directories(block)
    every = [entry for directory in directories for entry in directory.entries]
    before = _stated_sides(block, order, every)
    share = pixel_tags.times(before, (width, height)) if before else None
    for entry in every:
        if entry.count == 1 and entry.tag in pixel_tags.WIDTHS | pixel_tags.HEIGHTS:
            _patch_side(patched, order, entry, width if entry.tag in pixel_tags.WIDTHS else height)
        elif share:
            _patch_pixels(patched, order, entry, share)
    return bytes(patched)


def without_thumbnail(block: bytes) -> bytes:
    """Return the block without its thumbnail."""
    _, directories = _directories(block)
    second = thumbnail_directory(block)
    if not second:
        return block
    link = directories[0].end
    kept = [(0, _HEADER), *_spans(directories), (link, link + 4)]
    bare = bytearray(block)
    bare[link : link + 4] = bytes(4)
    if second.at not in {directory.at for directory in directories}:
        blank = [*_spans([second]), (second.end, second.end + 4), *picture_spans(block, second)]
        for start, end in blank:
            if end <= len(block) and not any(start < b and a < end for a, b in kept):
                bare[start:end] = bytes(end - start)
    padding = len(bare) - len(bare.rstrip(b"\0"))
    return bytes(bare[: max(len(bare) - padding, *(end for _, end in kept))])


def thumbnail_directory(block: bytes) -> Directory | None:
    """Return the directory of the thumbnail; None if there is none."""
    order, directories = _directories(block)
    try:
        second = next_directory(block, order, directories[0].at) if directories else 0
    except NeedsMoreBytesError:
        return None
    return read_directory(block, order, second) if second else None


def picture_spans(block: bytes, directory: Directory) -> list[Span]:
    """Return the position of the thumbnail's pixels in a directory, which may be invalid."""
    found = read_order(block)
    values = {
        entry.tag: entry.integers(block, found[0])
        for entry in directory.entries
        if found and entry.tag in {THUMBNAIL_AT, THUMBNAIL_SIZE, _STRIPS, _STRIP_SIZES}
    }
    return [
        (start, start + size)
        for places, sizes in ((THUMBNAIL_AT, THUMBNAIL_SIZE), (_STRIPS, _STRIP_SIZES))
        for start, size in zip(values.get(places, ()), values.get(sizes, ()), strict=False)
        if size
    ]


def read_directory(block: bytes, order: Order, at: int) -> Directory:
    """Read the readable part of the directory at an offset."""
    try:
        end = link_at(block, order, at)
    except NeedsMoreBytesError:
        return Directory(at, at, ())
    return Directory(at, end, tuple(readable(block, order, at)))


def _stated_sides(block: bytes, order: Order, every: Sequence[Entry]) -> tuple[int, int] | None:
    stated = {entry.tag: value for entry in every for value in entry.integers(block, order)[:1]}
    sides = stated.get(_WIDTH, 0), stated.get(_HEIGHT, 0)
    return sides if all(sides) else None


def _swap(patched: bytearray, order: Order, one: Entry, other: Entry) -> None:
    """Exchange two values, and their types if both are in their rows."""
    if one.size == other.size > _IN_ROW and one.kind == other.kind:
        first = bytes(patched[one.at : one.at + one.size])
        patched[one.at : one.at + one.size] = patched[other.at : other.at + other.size]
        patched[other.at : other.at + other.size] = first
    elif {one.kind, other.kind} <= {_SHORT, _LONG}:
        sides = [entry.integers(bytes(patched), order)[0] for entry in (one, other)]
        _patch_side(patched, order, one, sides[1])
        _patch_side(patched, order, other, sides[0])


def _patch_side(patched: bytearray, order: Order, entry: Entry, side: int) -> None:
    if entry.kind not in {_SHORT, _LONG}:
        return
    if entry.kind == _SHORT and side >= 2**16:
        # The row has room for a long: its type is six bytes before its value.
        struct.pack_into(order.mark + "H", patched, entry.at - 6, _LONG)
    form = "I" if entry.kind == _LONG or side >= 2**16 else "H"
    struct.pack_into(order.mark + form, patched, entry.at, side)


def _patch_pixels(patched: bytearray, order: Order, entry: Entry, share: pixel_tags.Times) -> None:
    if entry.tag in pixel_tags.FOCAL_PLANE and (entry.kind, entry.count) == (_RATIONAL, 1):
        numerator, denominator = struct.unpack_from(order.mark + "II", patched, entry.at)
        axis = pixel_tags.FOCAL_PLANE[entry.tag]
        made = pixel_tags.rational((numerator, denominator), share[axis])
        struct.pack_into(order.mark + "II", patched, entry.at, *made)
    if entry.kind == _SHORT and entry.tag in pixel_tags.PLACES:
        form = f"{order.mark}{entry.count}H"
        values = pixel_tags.places(struct.unpack_from(form, patched, entry.at), share)
        struct.pack_into(form, patched, entry.at, *values)


def _spans(directories: "Sequence[Directory]") -> Iterator[Span]:
    """The positions of directories and their values."""
    for directory in directories:
        yield directory.at, directory.end
        for entry in directory.entries:
            yield entry.at, entry.at + entry.size


@lru_cache(maxsize=4)
def _directories(block: bytes) -> tuple[Order, tuple[Directory, ...]]:
    """The main directory and those below it, each once, as far as they can be read."""
    try:
        found = read_order(block)
    except NeedsMoreBytesError:
        found = None
    if not found:
        return Order("<"), ()
    order, at = found
    directories = [read_directory(block, order, at)]
    for directory in directories:
        for entry in directory.entries:
            if entry.tag in {_EXIF, _GPS, _INTEROP} and len(directories) < 4:  # noqa: PLR2004 - main and three below
                for offset in entry.integers(block, order)[:1]:
                    below = read_directory(block, order, offset)
                    if not readable_below(block, order, offset):
                        continue
                    known = {known.at for known in directories}
                    directories += [below] if offset not in known else []
    return order, tuple(directories)
