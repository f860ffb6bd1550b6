"""What tells where a photo was taken, removed from a file without touching its pixels.

Gone are the GPS directory of EXIF and the GeoTIFF tags, and all that may repeat them in ways of
its own: maker notes, XMP, IPTC, texts, comments, makers' segments, and whatever follows the
picture. Camera, lens, exposure, time, orientation and colour profile stay.
"""

import struct
import zlib

from resize_core.formats.gif import structure as gif
from resize_core.formats.jpeg import segments as jpeg
from resize_core.formats.png import structure as png
from resize_core.formats.webp import structure as webp
from resize_core.metadata.location import of_exif, of_tags

__all__ = ["of_bmp", "of_exif", "of_gif", "of_jpeg", "of_png", "of_tags", "of_webp"]


def of_jpeg(data: bytes) -> bytes:
    """Return the file without them."""
    start, end = jpeg.scans(data)
    parts = [jpeg.SOI]
    for segment in jpeg.segments(data):
        whole = data[segment.start : segment.end]
        if segment.start >= start:
            break
        if segment.payload.startswith(jpeg.EXIF) and segment.marker == 0xE1:  # noqa: PLR2004 - APP1
            parts.append(jpeg.exif_segment(of_exif(segment.payload[len(jpeg.EXIF) :])))
        elif not jpeg.is_optional(segment) or segment.payload.startswith(b"ICC_PROFILE\0"):
            parts.append(whole)
    return b"".join([*parts, data[start:end]])


def of_png(data: bytes) -> bytes:
    """Return the file without them."""
    parts = [data[:8]]
    for chunk in png.chunks(data):
        whole = data[chunk.start : chunk.end]
        if chunk.kind == b"eXIf":
            body = chunk.kind + of_exif(whole[8:-4])
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
            payload = head + of_exif(payload[len(head) :])
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
