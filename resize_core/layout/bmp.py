"""How a BMP file is laid out: two headers, a palette, rows. Source: Windows GDI, BITMAPV5HEADER."""

import struct
from collections.abc import Iterator

from resize_core.errors import BrokenError, NeedsMoreBytesError, TruncatedError

_CORE_HEADER = 12
_INFO_HEADERS = {16, 40, 52, 56, 64, 108, 124}
_UNCOMPRESSED = {0, 3, 6}


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


def trims(_: bytes) -> Iterator[tuple[bytes, tuple[str, ...]]]:
    """Nothing can be left out. See `Format.trims`."""
    yield from ()


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
