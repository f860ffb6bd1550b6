"""An end marker is added where all pixels are there; a file that lacks pixels stays refused."""

import io
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

from resize_core import BrokenError, ByteBudget, Options, TruncatedError, decode, shrink
from resize_core.formats import heif
from resize_core.formats.isobmff import boxes
from tests.resize_core.metadata.test_exif import block
from tests.resize_core.sample_files import animated, picture, sample, saved

REPAIRED = "a missing end marker (repaired)"
PHOTOS = {
    "png": (sample("png"), 12), "png palette": (saved(picture("P"), "PNG"), 12),
    "png interlaced": (sample("png rgba"), 12), "apng": (animated("PNG"), 12),
    "apng apart": (animated("PNG", default_image=True), 12),
    "gif": (sample("gif"), 1), "gif animation": (animated("GIF"), 1),
}  # fmt: skip


def frames(data: bytes) -> Any:
    image = Image.open(io.BytesIO(data))
    return np.stack([np.array(f.convert("RGBA")) for f in ImageSequence.Iterator(image)])


@pytest.mark.parametrize("share", [2.0, 0.7])
@pytest.mark.parametrize("name", PHOTOS)
def test_a_missing_end_marker_is_added_and_named(name: str, share: float) -> None:
    whole, end = PHOTOS[name]
    for lacks in range(1, end + 1):
        cut = whole[:-lacks]
        made = shrink(cut, ByteBudget(int(len(whole) * share)))
        assert REPAIRED in made.dropped
        assert decode(cut).width == made.source_width
        if share > 1:
            assert made.data == whole
        if lacks in {1, end}:
            assert len(frames(made.data)) == len(frames(whole))


@pytest.mark.parametrize("lacks", [2, 20, 200])
@pytest.mark.parametrize("name", PHOTOS)
def test_a_file_that_lacks_pixels_stays_refused(name: str, lacks: int) -> None:
    whole, end = PHOTOS[name]
    with pytest.raises(TruncatedError):
        shrink(whole[: -end - lacks], ByteBudget(10**7))
    with pytest.raises(TruncatedError):
        shrink(whole[: -end - lacks], ByteBudget(10**7), Options(max_side=50))


@pytest.mark.parametrize("name", ["apng", "apng apart", "gif animation"])
def test_an_animation_cut_between_two_frames_is_not_taken_for_a_shorter_one(name: str) -> None:
    whole, _ = PHOTOS[name]
    if name.startswith("apng"):
        with pytest.raises(TruncatedError):
            shrink(whole[: whole.rindex(b"fcTL") - 4], ByteBudget(10**7))
    else:
        # A GIF file does not state how many frames it has.
        assert len(frames(whole)) == 4


def test_a_file_without_a_picture_is_not_repaired() -> None:
    for name, end in (("gif", 13 + 3), ("png", 33)):
        with pytest.raises(TruncatedError):
            shrink(sample(name)[:end], ByteBudget(10**6))


def heic() -> bytes:
    pillow_heif = pytest.importorskip("pillow_heif")
    file = io.BytesIO()
    pillow_heif.from_pillow(picture()).save(file, quality=90)
    return file.getvalue()


@pytest.mark.parametrize(
    "made",
    [heic, lambda: sample("avif"), lambda: animated("AVIF"), lambda: saved(picture(), "AVIF",
     exif=b"Exif\0\0" + block(), xmp=b"<x:xmpmeta/>")],
    ids=["heic", "avif", "avif animation", "avif with metadata"],
)  # fmt: skip
def test_an_avif_or_heic_file_is_refused_wherever_it_was_cut(made: Callable[[], bytes]) -> None:
    whole = made()
    ends = [box.start + shift for box in boxes(whole) for shift in range(-8, 9)]
    lengths = {*ends, *range(16, len(whole), 97)} - {len(whole)}
    for length in lengths:
        if 12 <= length < len(whole):
            with pytest.raises((TruncatedError, BrokenError)):
                shrink(whole[:length], ByteBudget(10**7))
    assert shrink(whole, ByteBudget(10**7)).data == whole


def test_extents_that_take_no_bytes_are_not_counted_for_ever() -> None:
    def box(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I4s", 8 + len(body), kind) + body

    items = b"\0\1\0\0\0\0\xff\xff" * 65_535
    iloc = box(b"iloc", b"\1\0\0\0" + b"\0\0" + b"\xff\xff" + items)
    heif.check_whole(box(b"ftyp", b"avif\0\0\0\0") + box(b"meta", bytes(4) + iloc))
