"""What tells where a photo was taken, removed from a file without touching its pixels.

Gone are the GPS directory of EXIF and the GeoTIFF tags, and all that may repeat them in ways of
its own: maker notes, XMP, IPTC, texts, comments, makers' segments, and whatever follows the
picture. Camera, lens, exposure, time, orientation and colour profile stay.
"""

import struct
import zlib

from resize_core.errors import NeedsMoreBytesError
from resize_core.layout import gif, jpeg, png, webp
from resize_core.layout.ifd import Order, entries, link_at, next_directory, read_order

_GPS, _EXIF, _MAKER_NOTE, _COMMENT = 0x8825, 0x8769, 0x927C, 0x9286
# XMP, IPTC, Photoshop's, descriptions, comments; GeoTIFF's scale, points, transform and keys.
_TELLING = frozenset({
    _GPS, _MAKER_NOTE, _COMMENT, 0x010E, 0x02BC, 0x83BB, 0x8649, 0x935C,
    0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F,
    0x830E, 0x8482, 0x85D8, 0x87AF, 0x87B0, 0x87B1, 0xA480, 0xA481, 0xC634,
})  # fmt: skip
_LINK = struct.Struct("I").size
_MOST_DIRECTORIES = 10_000


def of_jpeg(data: bytes) -> bytes:
    """Return the file without them."""
    start, end = jpeg.scans(data)
    parts = [jpeg.SOI]
    for segment in jpeg.segments(data):
        whole = data[segment.start : segment.end]
        if segment.start >= start:
            break
        if segment.payload.startswith(jpeg.EXIF) and segment.marker == 0xE1:  # noqa: PLR2004 - APP1
            parts.append(jpeg.exif_segment(of_tags(segment.payload[len(jpeg.EXIF) :])))
        elif not jpeg.is_optional(segment) or segment.payload.startswith(b"ICC_PROFILE\0"):
            parts.append(whole)
    return b"".join([*parts, data[start:end]])


def of_png(data: bytes) -> bytes:
    """Return the file without them."""
    parts = [data[:8]]
    for chunk in png.chunks(data):
        whole = data[chunk.start : chunk.end]
        if chunk.kind == b"eXIf":
            body = chunk.kind + of_tags(whole[8:-4])
            size, checksum = struct.pack(">I", len(body) - 4), struct.pack(">I", zlib.crc32(body))
            parts.append(size + body + checksum)
        elif not png.is_private(chunk):
            parts.append(whole)
    return b"".join(parts)


def of_webp(data: bytes) -> bytes:
    """Return the file without them."""
    body = b""
    for chunk in webp.chunks(data):
        payload = chunk.payload
        if chunk.kind == b"EXIF":
            head = b"Exif\0\0" if payload.startswith(b"Exif\0\0") else b""
            payload = head + of_tags(payload[len(head) :])
        if chunk.kind == b"VP8X":
            payload = bytes([payload[0] & ~0x04]) + payload[1:]
        if chunk.kind in webp.KNOWN - {b"XMP "}:
            body += chunk.kind + struct.pack("<I", len(payload)) + payload + bytes(len(payload) % 2)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def of_gif(data: bytes) -> bytes:
    """Return the file without them."""
    return gif.without_comments(data)


def of_bmp(data: bytes) -> bytes:
    """Return the file: it has no room for them."""
    return data


def of_tags(data: bytes) -> bytes:
    """Return a TIFF file or an EXIF block without them: their rows go, their values are blanked.

    Nothing else moves. What cannot be read to its end goes whole, for nobody knows what it says.
    """
    found = read_order(data)
    if not found:
        return b""
    order, at = found
    file, waiting, seen = bytearray(data), [at], set[int]()
    try:
        while waiting and len(seen) < _MOST_DIRECTORIES:
            at = waiting.pop()
            if at and at not in seen:
                seen.add(at)
                below, following = _cleaned(file, data, order, at)
                waiting += [following, *below]
    except NeedsMoreBytesError:
        return _blank(data)
    return bytes(file)


def _cleaned(file: bytearray, data: bytes, order: Order, at: int) -> tuple[list[int], int]:
    """Clean one directory; return where those below it and the one after it lie."""
    rows = list(entries(data, order, at))
    first, step = (8, 20) if order.wide else (2, 12)
    following = next_directory(data, order, at)
    stay: list[bytes] = []
    below: list[int] = []
    for i, row in enumerate(rows):
        if row.tag in _TELLING:
            file[row.at : row.at + row.size] = bytes(len(file[row.at : row.at + row.size]))
            if row.tag == _GPS:
                _wipe(file, data, order, row.integers(data, order)[:1])
            continue
        stay.append(data[at + first + i * step :][:step])
        if row.tag == _EXIF:
            below += row.integers(data, order)[:1]
    form = "Q" if order.wide else "I"
    end = link_at(data, order, at) + struct.calcsize(form)
    link = struct.pack(order.mark + form, following)
    count = struct.pack(order.mark + ("Q" if order.wide else "H"), len(stay))
    file[at:end] = (count + b"".join(stay) + link).ljust(end - at, b"\0")
    return below, following


def _wipe(file: bytearray, data: bytes, order: Order, places: tuple[int, ...]) -> None:
    """Blank a directory and all its values."""
    for at in places:
        for row in entries(data, order, at):
            file[row.at : row.at + row.size] = bytes(len(file[row.at : row.at + row.size]))
        end = link_at(data, order, at) + _LINK
        file[at:end] = bytes(end - at)


def _blank(data: bytes) -> bytes:
    """An empty block of the same order."""
    return data[:4] + (b"\x08\0\0\0" if data[:1] == b"I" else b"\0\0\0\x08") + bytes(6)
