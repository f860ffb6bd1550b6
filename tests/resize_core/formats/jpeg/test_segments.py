"""The frame header of a JPEG file, and the errors of an invalid one."""

import struct

import pytest

from resize_core.errors import BrokenError, NeedsMoreBytesError, UnsupportedError
from resize_core.formats.jpeg.segments import SOI, read_sides, segment_of

SCAN = segment_of(0xDA, bytes(10))
BASELINE, PROGRESSIVE = 0xC0, 0xC2


def frame(width: int, height: int, marker: int = BASELINE) -> bytes:
    return segment_of(marker, struct.pack(">BHHB", 8, height, width, 1) + bytes(3))


@pytest.mark.parametrize("marker", [BASELINE, PROGRESSIVE])
def test_the_frame_has_width_and_height(marker: int) -> None:
    assert read_sides(SOI + frame(640, 480, marker) + SCAN) == (640, 480)


@pytest.mark.parametrize(
    ("body", "error", "reason"),
    [
        (SCAN + frame(640, 480), BrokenError, "its scan comes before its frame"),
        (segment_of(BASELINE, bytes(4)) + SCAN, BrokenError, "its frame header is too short"),
        (frame(640, 0) + SCAN, UnsupportedError, "its height is stated only after its pixels"),
    ],
)
def test_a_wrong_frame_is_named(body: bytes, error: type[Exception], reason: str) -> None:
    with pytest.raises(error, match=reason):
        read_sides(SOI + body)


def test_a_frame_that_the_head_cuts_asks_for_the_rest_of_it() -> None:
    head = SOI + frame(640, 480)
    with pytest.raises(NeedsMoreBytesError) as asked:
        read_sides(head[:8])
    assert asked.value.needed <= len(head)
    assert read_sides(head[: asked.value.needed]) == (640, 480)
