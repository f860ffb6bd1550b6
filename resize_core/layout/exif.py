"""What must change in an EXIF block when its photo does. All else stays byte for byte.

A block is a TIFF structure without pixels (CIPA DC-008, Exif 2.32). Maker notes hold offsets of
their own into it, so nothing in it may move: numbers are patched in place, the thumbnail is
blanked, and blanks at the end are cut off. A block that cannot be read is left as it is.
"""

import struct

from resize_core.errors import NeedsMoreBytesError
from resize_core.layout.ifd import Entry, Order, entries, link_at, next_directory, read_order

_WIDTHS = {0x0100, 0xA002}
_HEIGHTS = {0x0101, 0xA003}
_ORIENTATION, _SHORT = 0x0112, 3
_EXIF, _GPS, _INTEROP = 0x8769, 0x8825, 0xA005
_THUMBNAIL_AT, _THUMBNAIL_SIZE = 0x0201, 0x0202


def orientation(block: bytes) -> int:
    """Return how the picture is to be turned, 1 (not at all) to 8."""
    try:
        order, directories = _directories(block)
        for entry in directories[0] if directories else []:
            if entry.tag == _ORIENTATION:
                return next((v for v in entry.integers(block, order) if 1 <= v <= 8), 1)  # noqa: PLR2004 - the values EXIF defines
    except NeedsMoreBytesError:
        pass
    return 1


def only_orientation(block: bytes) -> bytes:
    """Return the smallest block that keeps the orientation, or b'' when there is none to keep."""
    turned = orientation(block)
    if turned == 1:
        return b""
    return b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, turned, 0, 0)


def upright(block: bytes) -> bytes:
    """Return the block with its orientation, if it states one, set to: not turned."""
    patched = bytearray(block)
    try:
        order, directories = _directories(block)
    except NeedsMoreBytesError:
        return block
    for entry in directories[0] if directories else []:
        if entry.tag == _ORIENTATION and entry.kind == _SHORT and entry.at + 2 <= len(patched):
            struct.pack_into(order.mark + "H", patched, entry.at, 1)
    return bytes(patched)


def resized(block: bytes, width: int, height: int) -> bytes:
    """Return the block with the sides it states, in pixels, replaced."""
    patched = bytearray(block)
    try:
        order, directories = _directories(block)
    except NeedsMoreBytesError:
        return block
    for entry in (entry for directory in directories for entry in directory):
        form = {3: "H", 4: "I"}.get(entry.kind)
        if form and entry.count == 1 and entry.tag in _WIDTHS | _HEIGHTS:
            side = width if entry.tag in _WIDTHS else height
            struct.pack_into(order.mark + form, patched, entry.at, side)
    return bytes(patched)


def without_thumbnail(block: bytes) -> bytes:
    """Return the block without the small picture that cameras put into it."""
    try:
        order, directories = _directories(block)
        found = read_order(block)
        second = next_directory(block, order, found[1]) if found else 0
        if not found or not second:
            return block
        link = link_at(block, order, found[1])
        thumbnail = {
            entry.tag: value
            for entry in entries(block, order, second)
            for value in entry.integers(block, order)[:1]
        }
    except NeedsMoreBytesError:
        return block
    start, size = thumbnail.get(_THUMBNAIL_AT, 0), thumbnail.get(_THUMBNAIL_SIZE, 0)
    bare = bytearray(block)
    bare[link : link + 4] = bytes(4)
    bare[start : start + size] = bytes(len(bare[start : start + size]))
    last = max((e.at + e.size for directory in directories for e in directory), default=0)
    padding = len(bare) - len(bare.rstrip(b"\0"))
    return bytes(bare[: max(len(bare) - padding, last, link + 4)])


def _directories(block: bytes) -> tuple[Order, list[list[Entry]]]:
    """The main directory and those below it; raises NeedsMoreBytesError where the block ends."""
    found = read_order(block)
    if not found:
        return Order("<"), []
    order, at = found
    directories = [list(entries(block, order, at))]
    for directory in directories:
        for entry in directory:
            if entry.tag in {_EXIF, _GPS, _INTEROP} and len(directories) < 4:  # noqa: PLR2004 - main and three below; a loop ends here
                below = entry.integers(block, order)[:1]
                directories += [list(entries(block, order, offset)) for offset in below]
    return order, directories
