"""The colours of a photo by EXIF and CICP numbers."""

import struct

from resize_core.errors import NeedsMoreBytesError, UnsupportedError
from resize_core.metadata import icc
from resize_core.metadata.ifd import Entry, Order, entries, read_order

_EXIF, _INTEROPERABILITY, _COLOUR_SPACE, _INDEX = 0x8769, 0xA005, 0xA001, 0x0001
_ADOBE, _SRGB_INDEX = b"R03\0", b"R98\0"
_HDR = {16: "PQ", 18: "HLG"}


def profile_for_cicp(name: str, cicp: tuple[int, int, int] | None, stated: bytes) -> bytes:
    """Return the profile of primaries, transfer and matrix by the numbers of ITU-T H.273.

    `name` is the format's; `stated` is the ICC profile for numbers without a profile here.

    Raises UnsupportedError for HDR, which needs more than a profile.
    """
    if cicp is None:
        return stated
    if cicp[1] in _HDR:
        raise UnsupportedError(name, f"its colours are HDR ({_HDR[cicp[1]]})")
    return icc.of_cicp(*cicp[:2]) or stated


def is_adobe_rgb(block: bytes) -> bool:
    """Return whether the colours in an EXIF block are Adobe RGB (DCF's option file)."""
    index = _found(block, _INTEROPERABILITY, _INDEX)
    return index is not None and block[index[1].at :][:4] == _ADOBE


def said_to_be_srgb(block: bytes) -> bytes:
    """Return the EXIF block with its colour space, if it has one, set to sRGB."""
    patched = bytearray(block)
    if (space := _found(block, 0, _COLOUR_SPACE)) and space[1].kind == 3:  # noqa: PLR2004 - SHORT
        struct.pack_into(space[0].mark + "H", patched, space[1].at, 1)
    if is_adobe_rgb(block) and (index := _found(block, _INTEROPERABILITY, _INDEX)):
        patched[index[1].at : index[1].at + 4] = _SRGB_INDEX
    return bytes(patched)


def _found(block: bytes, below: int, tag: int) -> tuple[Order, Entry] | None:
    """An entry of the EXIF directory, or of one below that."""
    try:
        found = read_order(block)
        if not found:
            return None
        order, at = found
        for step in (_EXIF, below):
            if step:
                rows = {row.tag: row for row in entries(block, order, at)}
                at = rows[step].integers(block, order)[0]
        row = next(row for row in entries(block, order, at) if row.tag == tag)
    except (NeedsMoreBytesError, KeyError, IndexError, StopIteration):
        return None
    return (order, row) if row.at + max(2, row.size) <= len(block) else None
