"""A format of our own, for tests: four bytes "TOY!", two 16-bit sides, a comment, gray pixels.

The comment has its length before it, in one byte; "END." follows the pixels.
"""

import re
import struct
from collections.abc import Iterator

from resize_core.errors import NeedsMoreBytesError, TruncatedError
from resize_core.model import Format

_HEAD = struct.Struct(">4sHHB")
END = b"END."


def written(sides: tuple[int, int], pixels: bytes, comment: bytes = b"") -> bytes:
    return _HEAD.pack(b"TOY!", *sides, len(comment)) + comment + pixels + END


def read_sides(head: bytes) -> tuple[int, int]:
    if len(head) < _HEAD.size:
        raise NeedsMoreBytesError(_HEAD.size)
    _, width, height, _ = _HEAD.unpack_from(head)
    return width, height


def comment_and_pixels(data: bytes) -> tuple[bytes, bytes]:
    width, height = read_sides(data)
    start = _HEAD.size + data[_HEAD.size - 1]
    return data[_HEAD.size : start], data[start : start + width * height]


def check_whole(data: bytes) -> None:
    width, height = read_sides(data)
    if len(comment_and_pixels(data)[1]) < width * height or not data.endswith(END):
        raise TruncatedError("Toy", "its pixels end early")


def without_location(data: bytes) -> bytes:
    return written(read_sides(data), comment_and_pixels(data)[1])


def trims(data: bytes, most: int) -> Iterator[tuple[bytes, tuple[str, ...]]]:
    bare = without_location(data)
    if len(bare) < len(data) and len(bare) <= most:
        yield bare, ("comment",)


TOY = Format(
    name="Toy",
    mime_type="image/x-toy",
    suffixes=(".toy",),
    signature=re.compile(rb"TOY!"),
    codec="tests.resize_core.formats.toy.codec",
    read_sides=read_sides,
    check_whole=check_whole,
    without_location=without_location,
    end_marker=re.compile(rb"END\.\Z"),
    trims=trims,
)
