"""A test image for a worker to shrink, which shows whether the machine works."""

import struct
import zlib

from resize_core import ByteBudget, ResizeError, shrink

Sides = tuple[int, int]

# Large enough to show that a worker starts, imports its modules and answers.
SMALL: Sides = (320, 240)
# The size of an ordinary photo: a machine without memory for it cannot render photos.
ORDINARY: Sides = (4000, 3000)


def answer(sides: Sides) -> str:
    """Shrink a test image of (width, height); return '', or in a clause why memory ran out."""
    picture = _picture(sides)
    try:
        shrink(picture, ByteBudget(len(picture) // 2))
    except ResizeError:
        return ""  # still an answer: the worker runs
    except MemoryError:
        return "a worker has not enough memory for an ordinary photo"
    return ""


def _picture(sides: Sides) -> bytes:
    """Return a gray ramp as a PNG file, without keeping all its pixels in memory."""
    width, height = sides
    row = b"\0" + bytes(at * 255 // width for at in range(width))
    deflate = zlib.compressobj(1)
    pixels = b"".join(deflate.compress(row) for _ in range(height)) + deflate.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
