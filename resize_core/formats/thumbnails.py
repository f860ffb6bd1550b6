"""Whether a file carries a thumbnail in its EXIF block, whatever its format."""

import re

from resize_core.errors import NeedsMoreBytesError, ResizeError
from resize_core.formats.jpeg import segments as jpeg
from resize_core.formats.png import structure as png
from resize_core.formats.webp import structure as webp
from resize_core.metadata import exif

_APP1 = 0xE1
# As HEIF stores it (ISO 23008-12, A.2): where the block starts, often a prefix, and the block.
_IN_BOXES = re.compile(rb"\0\0\0(?:\0|\x06Exif\0\0)(?=II\*\0|MM\0\*)")


def has_thumbnail(data: bytes, format_name: str) -> bool:
    """Return whether it does; False where that cannot be read."""
    try:
        blocks = _blocks(data, format_name)
    except (ResizeError, NeedsMoreBytesError):
        return False
    return any(exif.thumbnail_directory(block) for block in blocks)


def _blocks(data: bytes, format_name: str) -> list[bytes]:
    match format_name:
        case "JPEG":
            return [
                segment.payload.removeprefix(jpeg.EXIF)
                for segment in jpeg.segments(data)
                if segment.marker == _APP1 and segment.payload.startswith(jpeg.EXIF)
            ]
        case "PNG":
            chunks = [chunk for chunk in png.chunks(data) if chunk.kind == b"eXIf"]
            return [data[chunk.start + 8 : chunk.end - 4] for chunk in chunks]
        case "WebP":
            found = [chunk.payload for chunk in webp.chunks(data) if chunk.kind == b"EXIF"]
            return [payload.removeprefix(jpeg.EXIF) for payload in found]
        case "AVIF" | "HEIC":
            start = _IN_BOXES.search(data)
            return [data[start.end() :]] if start else []
        case _:
            return []
