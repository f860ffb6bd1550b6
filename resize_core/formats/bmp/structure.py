"""A BMP file: two headers, a palette, rows. Source: Windows GDI, BITMAPV5HEADER."""

import struct

from resize_core.errors import BrokenError, NeedsMoreBytesError, TruncatedError

_CORE_HEADER = 12
_INFO_HEADERS = {16, 40, 52, 56, 64, 108, 124}
_UNCOMPRESSED = {0, 3, 6}
_V5, _SPACE_AT, _PROFILE_AT = 124, 14 + 56, 14 + 112
_EMBEDDED, _SRGB = b"DEBM", b"BGRs"
_BITFIELDS, _MASKS_OF_BGRA = 3, (0xFF0000, 0xFF00, 0xFF, 0xFF000000)


def read_sides(head: bytes) -> tuple[int, int]:
    """Return width and height. See `Format.read_sides`."""
    if len(head) < 30:  # noqa: PLR2004 - the file header, and of the second one the sides and depth
        raise NeedsMoreBytesError(30)
    (size,) = struct.unpack_from("<I", head, 14)
    if size == _CORE_HEADER:
        width, height = struct.unpack_from("<HH", head, 18)
    elif size in _INFO_HEADERS:
        width, height = struct.unpack_from("<ii", head, 18)
    else:
        raise BrokenError("BMP", f"its header claims {size:,} bytes")
    return width, abs(height)


def check_whole(data: bytes) -> None:
    """See `Format.check_whole`."""
    if len(data) < _end(data):
        raise TruncatedError("BMP", "its rows end early")


def without_location(data: bytes) -> bytes:
    """Return the file: it has no room for a location. See `Format.without_location`."""
    return data


def profile(data: bytes) -> bytes:
    """Return the ICC profile in the file, b'' for none."""
    if len(data) < 14 + _V5 or data[_SPACE_AT : _SPACE_AT + 4] != _EMBEDDED:
        return b""
    (size,) = struct.unpack_from("<I", data, 14)
    start, length = struct.unpack_from("<II", data, _PROFILE_AT)
    return data[14 + start : 14 + start + length] if size == _V5 else b""


def extended(file: bytes, icc: bytes, *, is_clear: bool) -> bytes:
    """Return a file with the newest header, which has a profile and opacity."""
    (start,) = struct.unpack_from("<I", file, 10)
    palette, pixels = file[54:start], file[start:]
    compression = struct.pack("<I", _BITFIELDS) if is_clear else file[30:34]
    masks = struct.pack("<4I", *_MASKS_OF_BGRA) if is_clear else bytes(16)
    space = (_EMBEDDED if icc else _SRGB) + bytes(36 + 12)
    place = _V5 + len(palette) + len(pixels) if icc else 0
    intent = struct.pack("<4I", 0, place, len(icc), 0)
    head = struct.pack("<I", _V5) + file[18:30] + compression + file[34:54] + masks + space + intent
    whole = 14 + len(head) + len(palette) + len(pixels) + len(icc)
    front = b"BM" + struct.pack("<IHHI", whole, 0, 0, 14 + len(head) + len(palette))
    return front + head + palette + pixels + icc


def _end(data: bytes) -> int:
    width, height = read_sides(data)
    start, size = struct.unpack_from("<II", data, 10)
    bits_at, compression = (24, 0) if size == _CORE_HEADER else (28, _compression(data, size))
    (bits,) = struct.unpack_from("<H", data, bits_at)
    if compression in _UNCOMPRESSED:
        return int(start + (width * bits + 31) // 32 * 4 * height)
    return int(start + struct.unpack_from("<I", data, 34)[0]) if len(data) >= 38 else 38  # noqa: PLR2004 - where the size of the picture ends


def _compression(data: bytes, header: int) -> int:
    if header < 20 or len(data) < 34:  # noqa: PLR2004 - where the compression ends
        return 0
    return int(struct.unpack_from("<I", data, 30)[0])
