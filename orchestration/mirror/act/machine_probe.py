"""A picture of our own for a worker to shrink: it shows whether the machine is well."""

import struct
import zlib

from resize_core import ByteBudget, ResizeError, shrink

Sides = tuple[int, int]

# Enough to see that a worker starts, imports what it needs and answers.
SMALL: Sides = (320, 240)
# As large as an ordinary photo: a machine with no memory for this has none for photos.
ORDINARY: Sides = (4000, 3000)


def answer(sides: Sides) -> str:
    """Shrink a picture of these sides; return '', or why there is no memory for that."""
    picture = _picture(sides)
    try:
        shrink(picture, ByteBudget(len(picture) // 2))
    except ResizeError:
        return ""  # an answer all the same: the worker lives
    except MemoryError:
        return "a worker has no memory for an ordinary picture"
    return ""


def _picture(sides: Sides) -> bytes:
    """A grey ramp as a PNG file, made without holding its pixels."""
    width, height = sides
    row = b"\0" + bytes(at * 255 // width for at in range(width))
    deflate = zlib.compressobj(1)
    pixels = b"".join(deflate.compress(row) for _ in range(height)) + deflate.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
