"""Damage that every viewer ignores is repaired and named; damage to pixels is refused."""

import struct
from io import BytesIO
from itertools import pairwise

import numpy as np
import pytest
import simplejpeg  # type: ignore[import-untyped] # it ships no types
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from resize_core import (
    BrokenError,
    ByteBudget,
    Options,
    Rendition,
    ResizeError,
    TruncatedError,
    UnsupportedError,
    alike,
    compare_places,
    decode,
    shrink,
)
from resize_core.formats.jpeg import segments as jpeg
from tests.resize_core.sample_files import picture, sample, saved

KINDS = ["jpeg", "jpeg 4:4:4", "jpeg 4:2:2 progressive", "jpeg grayscale", "jpeg cmyk", "jpeg rgb"]
RESTARTS = saved(picture(), "JPEG", quality=90, restart_marker_blocks=3)


def segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def shown(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image.convert("RGB")


def looks_like(made: Rendition, source: bytes) -> None:
    """The rendition shows the same as the photo before it was damaged, and is whole itself."""
    before, after = shown(source), shown(made.data)
    if after.size != before.size:
        after = after.resize(before.size)
    differs = np.abs(np.asarray(before, "i2") - np.asarray(after, "i2")).mean()
    assert differs < 12
    if Image.open(BytesIO(made.data)).mode != "CMYK":
        simplejpeg.decode_jpeg(made.data, strict=True)
    assert made.data.endswith(jpeg.EOI)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("share", [0.6, 1.5])
@given(stray=st.binary(min_size=1, max_size=40).map(lambda b: b.replace(b"\xff", b"\xfe")),
       where=st.integers(0, 30))  # fmt: skip
@settings(deadline=None, max_examples=6)
def test_bytes_between_segments_are_passed_over_wherever_they_are(
    name: str, share: float, stray: bytes, where: int
) -> None:
    data = jpeg.SOI + segment(0xFE, b"a note") + sample(name)[2:]
    # What no segment follows at once is no JPEG to any viewer.
    starts = [s.start for s in jpeg.segments(data)][1:]
    at = starts[where % len(starts)]
    damaged = data[:at] + stray + data[at:]
    made = shrink(damaged, ByteBudget(int(len(damaged) * share)), Options(effort="balanced"))
    if share > 1:
        assert made.data == damaged
    else:
        assert any("stray bytes" in name for name in made.dropped)
        looks_like(made, sample(name))
    assert alike(damaged, made.data) > 0.95
    assert compare_places(damaged, made.data).overview


@pytest.mark.parametrize("name", [*KINDS, "jpeg turned, with profile"])
@pytest.mark.parametrize("share", [0.6, 1.5])
@pytest.mark.parametrize("left", [b"", b"\xff", bytes(40)])
def test_a_missing_end_marker_is_added_where_all_pixels_are_there(
    name: str, share: float, left: bytes
) -> None:
    damaged = sample(name)[:-2] + left
    made = shrink(damaged, ByteBudget(int(len(damaged) * share)))
    assert any("end marker" in name for name in made.dropped)
    looks_like(made, sample(name))
    assert decode(damaged).width == made.source_width


def test_restarts_do_not_hide_a_missing_end() -> None:
    looks_like(shrink(RESTARTS[:-2], ByteBudget(len(RESTARTS) // 2)), RESTARTS)
    with pytest.raises(TruncatedError):
        shrink(RESTARTS[: len(RESTARTS) // 2], ByteBudget(len(RESTARTS)))


@pytest.mark.parametrize("name", KINDS)
@given(share=st.floats(0.02, 0.985), budget=st.sampled_from([0.5, 2.0]))
@settings(deadline=None, max_examples=25)
def test_a_photo_cut_in_its_pixels_stays_refused(name: str, share: float, budget: float) -> None:
    data = sample(name)
    part = data[: int(len(data) * share)]
    with pytest.raises(ResizeError) as refused:
        shrink(part, ByteBudget(int(len(data) * budget)))
    assert isinstance(refused.value, TruncatedError)


def test_a_progressive_photo_cut_between_two_scans_stays_refused() -> None:
    data = sample("jpeg 4:2:2 progressive")
    scans = [s.start for s in jpeg.JpegFile(data).later_segments if s.marker == 0xDA]
    assert len(scans) > 5
    for at in scans:
        with pytest.raises(TruncatedError):
            shrink(data[:at], ByteBudget(len(data)))


@pytest.mark.parametrize("name", KINDS)
def test_zeros_after_the_last_pixel_are_padding_other_bytes_damage(name: str) -> None:
    data = sample(name)
    padded = data[:-2] + bytes(9) + data[-2:]
    made = shrink(padded, ByteBudget(len(data) * 7 // 10))
    assert any("padding" in name for name in made.dropped)
    looks_like(made, padded)
    if name != "jpeg cmyk":  # decoded leniently
        with pytest.raises(BrokenError):
            shrink(data[:-2] + b"\x55\x12\x34\x77" * 4 + data[-2:], ByteBudget(len(data) // 2))


def test_pixels_that_end_in_zeros_are_not_taken_for_padding() -> None:
    flat = saved(Image.new("L", (640, 480), 0), "JPEG")
    for cut in range(4):
        data = flat[: -2 - cut] + flat[-2:]
        oracle: type[Exception] | None = None
        try:
            simplejpeg.decode_jpeg(data, "GRAY", strict=True)
        except ValueError:
            oracle = ValueError
        if oracle is None:
            assert shrink(data, ByteBudget(len(data) - 1), Options(min_side=1)).data


@pytest.mark.parametrize("fill", [1, 2, 70_000])
def test_fill_bytes_before_markers_are_no_damage(fill: int) -> None:
    data = sample("jpeg")
    parts = [data[s.start : s.end] for s in jpeg.segments(data)]
    *_, last = jpeg.segments(data)
    filled = jpeg.SOI + b"".join(b"\xff" * fill + part for part in parts) + data[last.end :]
    made = shrink(filled, ByteBudget(len(data) * 6 // 10))
    assert made.dropped == ()
    looks_like(made, filled)


def test_a_marker_without_a_segment_is_passed_over() -> None:
    data = sample("jpeg")
    for bare in (b"\xff\x01", b"\xff\xd3"):
        start = next(jpeg.segments(data)).end
        damaged = data[:start] + bare + data[start:]
        looks_like(shrink(damaged, ByteBudget(len(data) * 6 // 10)), data)


@pytest.mark.parametrize("length", [0, 1])
def test_a_segment_of_impossible_length_is_passed_over(length: int) -> None:
    data = sample("jpeg")
    damaged = data[:2] + struct.pack(">BBH", 0xFF, 0xE9, length) + b"abc" + data[2:]
    looks_like(shrink(damaged, ByteBudget(len(data) * 6 // 10)), damaged)


def test_an_end_marker_inside_a_comment_between_scans_ends_nothing() -> None:
    data = sample("jpeg 4:2:2 progressive")
    second = next(s for s in jpeg.JpegFile(data).later_segments if s.marker == 0xC4)
    commented = data[: second.start] + segment(0xFE, b"\xff\xd9 is the end") + data[second.start :]
    made = shrink(commented, ByteBudget(len(data) * 6 // 10))
    looks_like(made, commented)
    assert shrink(commented, ByteBudget(len(commented))).data == commented


def test_a_frame_of_motion_jpeg_has_the_standard_tables() -> None:
    data = sample("jpeg")
    assert jpeg.has_standard_huffman_tables(jpeg.JpegFile(data))
    kept = [data[s.start : s.end] for s in jpeg.segments(data) if s.marker != 0xC4]
    *_, last = jpeg.segments(data)
    bare = jpeg.SOI + b"".join(kept) + data[last.end :]
    for budget in (len(data) * 2, len(data) * 6 // 10):
        looks_like(shrink(bare, ByteBudget(budget)), data)


@pytest.mark.parametrize(
    ("marker", "words"),
    [(0xC3, "lossless"), (0xC5, "hierarchical"), (0xCB, "lossless"), (0xCD, "hierarchical"),
     (0xCF, "hierarchical"), (0xF7, "JPEG-LS")],
)  # fmt: skip
def test_an_intact_but_unsupported_jpeg_is_named_as_unsupported(marker: int, words: str) -> None:
    data = sample("jpeg")
    at = data.index(b"\xff\xc0\x00\x11")
    other = data[: at + 1] + bytes([marker]) + data[at + 2 :]
    with pytest.raises(UnsupportedError, match=words):
        shrink(other, ByteBudget(len(data) // 2))


def changed_frame(at: int, value: bytes) -> bytes:
    data = sample("jpeg")
    start = data.index(b"\xff\xc0\x00\x11") + at
    return data[:start] + value + data[start + len(value) :]


@pytest.mark.parametrize(
    ("data", "words"),
    [(changed_frame(4, b"\x0c"), "12 bits"), (changed_frame(5, b"\0\0"), "DNL"),
     (changed_frame(9, b"\x02"), "2 components")],
)  # fmt: skip
def test_unsupported_depth_height_and_components_are_named(data: bytes, words: str) -> None:
    with pytest.raises(UnsupportedError, match=words):
        shrink(data, ByteBudget(len(data) // 2))


def test_several_starts_of_a_picture_are_what_libjpeg_refuses_too() -> None:
    data = sample("jpeg")
    twice = data[:2] + data
    with pytest.raises(OSError, match="broken"):
        shown(twice)
    with pytest.raises(BrokenError):
        shrink(twice, ByteBudget(len(data) // 2))


def test_sixteen_bit_tables_are_kept_in_a_recoding() -> None:
    coarse = [[min(1 + 9 * i, 400) for i in range(64)]] * 2
    data = saved(picture(), "JPEG", qtables=coarse)
    assert data[data.index(b"\xff\xdb") + 4] >> 4 == 1
    for share in (1, 0.95, 0.6):
        made = shrink(data, ByteBudget(int(len(data) * share)))
        looks_like(made, data)


def test_segments_follow_each_other_in_what_is_made() -> None:
    damaged = sample("jpeg turned, with profile")
    start = next(jpeg.segments(damaged)).end
    damaged = damaged[:start] + bytes(7) + damaged[start:]
    made = shrink(damaged, ByteBudget(len(damaged) * 6 // 10))
    found = list(jpeg.segments(made.data))
    assert all(one.end == other.start for one, other in pairwise(found))
