"""The structure of a GIF file: a screen, then blocks. Source: GIF89a (CompuServe, 1990)."""

import struct
from collections.abc import Iterator

from resize_core.errors import BrokenError, NeedsMoreBytesError, TruncatedError

_EXTENSION, _PICTURE, _TRAILER = 0x21, 0x2C, 0x3B


def read_sides(head: bytes) -> tuple[int, int]:
    """Return width and height of the screen. See `Format.read_sides`."""
    if len(head) < 13:  # noqa: PLR2004 - signature and screen descriptor
        raise NeedsMoreBytesError(13)
    width, height = struct.unpack_from("<HH", head, 6)
    return width, height


def check_whole(data: bytes) -> None:
    """See `Format.check_whole`."""
    _end(data)


def repairs(data: bytes) -> list[tuple[bytes, tuple[str, ...]]]:
    """Return the file with its end marker, which every viewer can do without.

    Raises BrokenError, and TruncatedError if a block is incomplete or there is no picture.
    """
    at, has_picture = 13 + _colours(data[10]), False
    try:
        for start, at in _blocks(data):  # noqa: B007 - the last one's end is what is asked
            has_picture = has_picture or data[start] == _PICTURE
    except TruncatedError:
        if at != len(data) or not has_picture:
            raise
        return [(data + bytes([_TRAILER]), ("a missing end marker (repaired)",))]
    return [(data, ())]


def trims(data: bytes, most: int) -> Iterator[tuple[bytes, tuple[str, ...]]]:
    """Remove the data after the picture. See `Format.trims`."""
    end = _end(data)
    if end < len(data) and end <= most:
        yield data[:end], ("what follows the picture",)


def without_location(data: bytes) -> bytes:
    """Remove comments, applications' data and the data after the picture. See `Format`."""
    start = 13 + _colours(data[10])
    stay = [data[a:b] for a, b in _blocks(data) if not _is_aside(data[a:b])]
    return data[:start] + b"".join(stay) + bytes([_TRAILER])


def left_behind(data: bytes) -> tuple[str, ...]:
    """Return the names of data besides the frames: comments, XMP, applications' data, text."""
    names = [name for a, b in _blocks(data) if (name := _name(data[a:b]))]
    if _end(data) < len(data):
        names.append("what follows the picture")
    return tuple(dict.fromkeys(names))


def _name(block: bytes) -> str | None:
    match block[:2]:
        case b"\x21\xfe":
            return "comment"
        case b"\x21\x01":
            return "text drawn by the viewer"
        case b"\x21\xff" if _is_aside(block):
            known = {b"XMP DataXMP": "XMP", b"ICCRGBG1012": "ICC profile"}
            return known.get(block[3:14], "applications' data")
    return None


def _is_aside(block: bytes) -> bool:
    """Return whether a block is a comment, or an application's data other than the loop count."""
    if block[:2] == b"\x21\xff":
        return block[3:14] not in {b"NETSCAPE2.0", b"ANIMEXTS1.0"}
    return block[:2] == b"\x21\xfe"


def _end(data: bytes) -> int:
    end = 13 + _colours(data[10])
    for _, end in _blocks(data):  # noqa: B007 - the last one's end is what is asked
        pass
    return end + 1


def _blocks(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield where each block before the trailer starts and ends."""
    at = 13 + _colours(data[10])
    try:
        while data[at] != _TRAILER:
            start = at
            if data[at] == _EXTENSION:
                at += 2
            elif data[at] == _PICTURE:
                at += 11 + _colours(data[at + 9])
            else:
                raise BrokenError("GIF", f"no block where one should start, at byte {at:,}")
            while size := data[at]:
                at += size + 1
            at += 1
            yield start, at
    except IndexError:
        raise TruncatedError("GIF", "its end marker is missing") from None


def _colours(flags: int) -> int:
    """Return the number of bytes of the palette, from the flags."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0
