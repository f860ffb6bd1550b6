"""What a photo says of its colours, in whatever way its format has, as one colour profile."""

import struct

from resize_core.errors import NeedsMoreBytesError, UnsupportedError
from resize_core.formats import heif as isobmff
from resize_core.formats.bmp import structure as bmp
from resize_core.formats.png import structure as png
from resize_core.metadata import icc
from resize_core.metadata.ifd import Entry, Order, entries, read_order

_EXIF, _INTEROPERABILITY, _COLOUR_SPACE, _INDEX = 0x8769, 0xA005, 0xA001, 0x0001
_ADOBE, _SRGB_INDEX = b"R03\0", b"R98\0"
_HDR = {16: "PQ", 18: "HLG"}
_GREY_KINDS = {0, 4}
_SRGB_GAMMA, _NEAR = 45_455, 3_000
_COLOUR_TYPE_AT = 25


def profile_of(data: bytes, format_name: str, stated: bytes) -> bytes:
    """Return the profile that holds for a photo's pixels, b'' where that is sRGB.

    `stated` is the profile that the file carries, b'' for none.

    Raises UnsupportedError for HDR, which takes more than a profile.
    """
    cicp = None
    match format_name:
        case "PNG":
            cicp = _cicp_of_png(data)
        case "BMP":
            stated = bmp.profile(data)
        case "AVIF" | "HEIC" if not stated:
            cicp = isobmff.cicp_of(isobmff.read_meta(data))
    if cicp is None:
        return stated or (_of_png(data) if format_name == "PNG" else b"")
    if cicp[1] in _HDR:
        raise UnsupportedError(format_name, f"its colours are HDR ({_HDR[cicp[1]]})")
    return icc.of_cicp(*cicp[:2]) or stated


def is_adobe_rgb(block: bytes) -> bool:
    """Whether an EXIF block says that the colours are those of Adobe RGB (DCF's option file)."""
    index = _found(block, _INTEROPERABILITY, _INDEX)
    return index is not None and block[index[1].at :][:4] == _ADOBE


def said_to_be_srgb(block: bytes) -> bytes:
    """Return the EXIF block with the colours it states, if it does, set to sRGB."""
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


def _cicp_of_png(data: bytes) -> isobmff.Cicp | None:
    for chunk in png.chunks(data):
        if chunk.kind == b"cICP" and chunk.end - chunk.start >= 16:  # noqa: PLR2004 - four bytes inside
            primaries, transfer, matrix = data[chunk.start + 8 : chunk.start + 11]
            return primaries, transfer, matrix
        if chunk.kind == b"IDAT":
            break
    return None


def _of_png(data: bytes) -> bytes:
    """The profile of gAMA and cHRM, unless sRGB says that they are to be passed over."""
    gamma, chromaticities = _SRGB_GAMMA, icc.SRGB
    for chunk in png.chunks(data):
        body = data[chunk.start + 8 : chunk.end - 4]
        if chunk.kind in {b"sRGB", b"IDAT"}:
            if chunk.kind == b"sRGB":
                return b""
            break
        if chunk.kind == b"gAMA" and len(body) == 4:  # noqa: PLR2004 - one number
            gamma = int.from_bytes(body)
        if chunk.kind == b"cHRM" and len(body) == 32:  # noqa: PLR2004 - eight numbers
            wx, wy, *rest = (value / 100_000 for value in struct.unpack(">8I", body))
            rx, ry, gx, gy, bx, by = rest
            chromaticities = (rx, ry, gx, gy, bx, by, wx, wy)
    plain = not gamma or abs(gamma - _SRGB_GAMMA) < _NEAR
    near = max(abs(a - b) for a, b in zip(chromaticities, icc.SRGB, strict=True)) < 0.005  # noqa: PLR2004 - not seen
    exponent = None if plain else 100_000 / gamma
    if data[_COLOUR_TYPE_AT] in _GREY_KINDS:
        return b"" if plain else icc.grey_profile(exponent)
    try:
        return b"" if plain and near else icc.rgb_profile(chromaticities, exponent)
    except (ValueError, struct.error):
        return b""
