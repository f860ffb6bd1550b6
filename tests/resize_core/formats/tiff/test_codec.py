"""TIFF files of every structure come out right, or are refused by what they are."""

import io
import itertools
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from resize_core import (
    ByteBudget,
    Options,
    Rendition,
    ResizeError,
    UnsupportedError,
    decode,
    shrink,
)
from tests.resize_core.formats.tiff.written_tiffs import (
    HEIGHT,
    WIDTH,
    Directory,
    Row,
    gradient,
    page,
    rows_of,
    tiff,
    value_of,
)
from tests.resize_core.sample_files import profile

ORDERS = ["<", ">"]
HALF: dict[str, Any] = {"max_side": WIDTH // 2}


def recoded(data: bytes) -> Rendition:
    return shrink(data, ByteBudget(len(data) - 1), Options(strategy="keep-pixels"))


def halved(data: bytes) -> Rendition:
    return shrink(data, ByteBudget(10**6), Options(max_side=WIDTH // 2))


def opened(data: bytes) -> Any:
    image = Image.open(io.BytesIO(data))
    image.load()
    return np.asarray(image).astype(float)


def scaled(pixels: Any) -> Any:
    channels = pixels[..., None] if pixels.ndim == 2 else pixels
    made = [
        Image.fromarray(np.ascontiguousarray(channels[..., i]).astype(np.float32))
        for i in range(channels.shape[2])
    ]
    made = [image.resize((WIDTH // 2, HEIGHT // 2), Image.Resampling.LANCZOS) for image in made]
    return np.stack([np.asarray(image) for image in made], -1).squeeze()


def as_depth(pixels: Any, kind: str) -> Any:
    dtype = np.dtype(kind)
    if dtype.kind == "f":
        return (pixels / 255).astype(dtype)
    if dtype.kind == "i":
        return ((pixels.astype(np.int64) - 128) << (8 * dtype.itemsize - 9)).astype(dtype)
    return (pixels.astype(np.uint64) * (np.iinfo(dtype).max // 255)).astype(dtype)


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("mark", ORDERS)
@pytest.mark.parametrize("kind", ["u1", "u2", "i2", "i4", "f4"])
def test_gray_keeps_its_numbers_whatever_their_depth_and_byte_order(
    kind: str, mark: str, *, big: bool
) -> None:
    pixels = as_depth(gradient(1), kind)
    data = tiff(page(pixels, photometric=1, mark=mark), mark=mark, big=big)
    for whole, made in ((pixels, recoded(data)), (scaled(pixels), halved(data))):
        got = opened(made.data)
        if kind == "i2":
            assert value_of(made.data, 339) == (2,)
        assert np.abs(got - whole).mean() <= abs(pixels).max() / 100
        assert made.dropped == ()


@pytest.mark.parametrize("mark", ORDERS)
@pytest.mark.parametrize("separate", [False, True])
@pytest.mark.parametrize("kind", ["u1", "u2"])
@pytest.mark.parametrize(
    ("photometric", "samples", "extras", "mode"),
    [(2, 3, [], "RGB"), (2, 4, [2], "RGBA"), (2, 4, [0], "RGB"), (2, 5, [2, 0], "RGBA"),
     (5, 4, [], "CMYK"), (1, 2, [2], "LA"), (8, 3, [], "LAB")],
)  # fmt: skip
def test_colours_are_right_or_refused(  # noqa: PLR0913, PLR0917 - all of them together
    photometric: int, samples: int, extras: list[int], mode: str, kind: str, mark: str,
    *, separate: bool,
) -> None:  # fmt: skip
    pixels = gradient(samples)
    more: list[Row] = [(338, 3, extras)] if extras else []
    deep = as_depth(pixels, kind)
    data = tiff(page(deep, *more, photometric=photometric, mark=mark, separate=separate), mark=mark)
    try:
        made = recoded(data)
    except UnsupportedError:
        assert kind == "u2"
        assert photometric in {1, 8} or samples == 5
        return
    image = Image.open(io.BytesIO(made.data))
    assert image.mode == mode
    shown = np.asarray(image).astype(int)
    assert np.abs(shown - pixels[..., : shown.shape[2]]).max() <= 1
    assert ("16-bit depth" in made.dropped) == (kind == "u2")
    assert ("further channels" in made.dropped) == (0 in extras)


@pytest.mark.parametrize("mark", ORDERS)
@pytest.mark.parametrize("kind", ["u1", "u2"])
def test_what_is_stored_as_a_negative_is_not_shown_as_one(kind: str, mark: str) -> None:
    white_is_0 = as_depth(255 - gradient(1), kind)
    data = tiff(page(white_is_0, photometric=0, mark=mark), mark=mark)
    share = 1 if kind == "u1" else 257
    for whole, made in ((gradient(1), recoded(data)), (scaled(gradient(1)), halved(data))):
        assert np.abs(opened(made.data) / share - whole).max() <= 2


@pytest.mark.parametrize("mark", ORDERS)
@pytest.mark.parametrize("kind", ["u2", "i2", "i4", "f4"])
def test_compressed_numbers_are_turned_round_once(kind: str, mark: str) -> None:
    pixels = as_depth(gradient(1), kind)
    stored = pixels.astype(pixels.dtype.newbyteorder(mark))
    one = page(pixels, (259, 3, [8]), photometric=1, mark=mark)
    one.strips = [zlib.compress(stored.tobytes(), 0)]
    made = recoded(tiff(one, mark=mark))
    assert np.abs(opened(made.data) - pixels).max() < 1e-6


UNREAD: list[tuple[str, Any, list[Row], int]] = [
    ("five", gradient(5), [(338, 3, [0, 0, 0, 0])], 1),
    ("signed samples of 8", as_depth(gradient(1), "i1"), [], 1),
    ("floating-point samples of 16", as_depth(gradient(1), "f2"), [], 1),
    ("floating-point samples of 64", as_depth(gradient(1), "f8"), [], 1),
    ("floating-point samples of 32", as_depth(gradient(3), "f4"), [], 2),
    ("unsigned samples of 64", as_depth(gradient(1), "u8"), [], 1),
    ("complex samples", gradient(1).astype("c8"), [], 1),
    ("2,147,483,648", as_depth(gradient(1), "u4"), [], 1),
    ("signed samples", as_depth(gradient(3), "i2"), [], 2),
    ("ICC L*a*b*", gradient(3), [], 9),
    ("ITU L*a*b*", gradient(3), [], 10),
    ("YCbCr", gradient(3), [(530, 3, [2, 2])], 6),
    ("raw file", as_depth(gradient(1), "u2"), [], 32803),
    ("raw file", as_depth(gradient(3), "u2"), [], 34892),
    ("LogL", as_depth(gradient(1), "u2"), [], 32844),
    ("depth map", as_depth(gradient(1), "u2"), [], 51177),
    ("samples of different depths", gradient(3), [(258, 3, [8, 8, 16])], 2),
    ("samples of 12 bits", as_depth(gradient(1), "u2"), [(258, 3, [12])], 1),
    ("samples of 24 bits", as_depth(gradient(1), "u4"), [(258, 3, [24]), (339, 3, [3])], 1),
    ("samples of 16 bits", as_depth(gradient(1), "u2"), [(320, 3, [0] * 768)], 3),
    ("bits in reverse order", as_depth(gradient(1), "u2"), [(266, 3, [2])], 1),
    ("inks", gradient(4), [(332, 3, [2])], 5),
]  # fmt: skip


COMPRESSIONS = [
    ("old-style JPEG", 6), ("JPEG 2000", 33005), ("JPEG 2000", 34712), ("LERC", 34887),
    ("WebP", 50001), ("JBIG", 34661), ("JPEG XL", 50002), ("JPEG XR", 34934),
    ("SGI LogL", 34676), ("ThunderScan", 32809), ("number 12345", 12345),
]  # fmt: skip
for said, number in COMPRESSIONS:
    UNREAD.append((said, gradient(3), [(259, 3, [number])], 2))


@pytest.mark.parametrize("mark", ORDERS)
@pytest.mark.parametrize(("name", "pixels", "more", "photometric"), UNREAD)
def test_a_sound_file_of_a_kind_not_read_is_refused_by_what_it_is(
    name: str, pixels: Any, more: list[Row], photometric: int, mark: str
) -> None:
    data = tiff(page(pixels, *more, photometric=photometric, mark=mark), mark=mark)
    expected = "5 samples per pixel" if name == "five" else name
    several: tuple[dict[str, Any], ...] = ({}, {"accepts": ("jpeg",)}, HALF)
    for choices in several:
        with pytest.raises(UnsupportedError) as refused:
            shrink(data, ByteBudget(len(data) // 2), Options(**choices))
        assert expected in str(refused.value)
    with pytest.raises(UnsupportedError):
        decode(data)


@pytest.mark.parametrize("mark", ORDERS)
@pytest.mark.parametrize("count", [2, 3, 5])
def test_a_tag_that_stands_more_than_once_stays_so(count: int, mark: str) -> None:
    texts: list[Row] = [(270, 2, f"description {i}\0".encode()) for i in range(count)]
    more: list[Row] = [*texts, (33432, 2, b"(c)\0"), (34675, 7, profile()), (271, 2, b"DJI\0")]
    data = tiff(page(gradient(), *more, photometric=2, mark=mark), mark=mark)
    for made in (recoded(data), halved(data), shrink(data, ByteBudget(len(data) // 3))):
        tags = [row[0] for row in rows_of(made.data)]
        assert tags == sorted(tags)
        assert tags.count(270) == count
        assert 0 not in tags
        assert Image.open(io.BytesIO(made.data)).info["icc_profile"] == profile()


def raw_file(mark: str, *, make: bytes, dng: bool, first: int, where: str) -> bytes:
    """A thumbnail, and what a sensor measured below it, behind it or instead of it."""
    sensor = page(as_depth(gradient(1), "u2"), (254, 4, [0]), photometric=32803, mark=mark)
    more: list[Row] = [(254, 4, [first]), (271, 2, make)]
    more += [(50706, 1, [1, 4, 0, 0])] if dng else []
    preview = page(gradient()[:40, :60], (254, 4, [1]), photometric=2, mark=mark)
    below = [preview, sensor] if where == "below" else []
    small = page(gradient()[:40, :60], *more, photometric=2, mark=mark, below=below)
    if where == "only":
        return tiff(
            page(as_depth(gradient(1), "u2"), *more, photometric=32803, mark=mark), mark=mark
        )
    return tiff(small, mark=mark)


@pytest.mark.parametrize("mark", ORDERS)
@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("where", ["below", "only"])
@pytest.mark.parametrize(
    ("make", "dng"), [(b"DJI\0", True), (b"NIKON CORPORATION\0", False), (b"SONY\0", False)]
)
def test_a_cameras_raw_file_is_refused_by_its_name(
    make: bytes, where: str, first: int, mark: str, *, dng: bool
) -> None:
    data = raw_file(mark, make=make, dng=dng, first=first, where=where)
    for budget in (10, 10**7):
        with pytest.raises(UnsupportedError, match="raw file") as refused:
            shrink(data, ByteBudget(budget))
        assert ("DNG" if dng else make[:-1].decode()) in str(refused.value)


def test_canons_raw_file_is_refused() -> None:
    data = tiff(page(gradient(), photometric=2))
    at = struct.unpack_from("<I", data, 4)[0] + 8
    moved = bytearray(tiff(page(gradient(), photometric=2)))
    moved[8:10] = b"CR"
    with pytest.raises(UnsupportedError, match="CR2"):
        shrink(bytes(moved), ByteBudget(at))


@pytest.mark.parametrize("mark", ORDERS)
def test_a_picture_below_a_smaller_one_is_not_taken_for_it(mark: str) -> None:
    below = [page(gradient(), (254, 4, [0]), photometric=2, mark=mark)]
    small = page(gradient()[::2, ::2], (254, 4, [1]), photometric=2, mark=mark, below=below)
    with pytest.raises(UnsupportedError, match="subdirectory"):
        shrink(tiff(small, mark=mark), ByteBudget(10**6))


@pytest.mark.parametrize("kinds", [*itertools.product([1, 4, 5], [1, 4, 5])])
@pytest.mark.parametrize("first", [False, True])
def test_overviews_and_masks_are_named_and_are_no_pages(
    kinds: tuple[int, int], *, first: bool
) -> None:
    others = [page(gradient(1)[::2, ::2], (254, 4, [kind]), photometric=1) for kind in kinds]
    whole = page(gradient(), photometric=2)
    data = tiff(*([*others, whole] if first else [whole, *others]))
    for made in (recoded(data), halved(data)):
        assert (made.source_width, made.source_height) == (WIDTH, HEIGHT)
        image: Any = Image.open(io.BytesIO(made.data))
        assert image.n_frames == 1
        names = {"overview pages" if kind == 1 else "mask pages" for kind in kinds}
        assert names == {*made.dropped} & {"overview pages", "mask pages"}


def test_subdirectories_are_named() -> None:
    below = [page(gradient()[::2, ::2], (254, 4, [1]), photometric=2)]
    made = recoded(tiff(page(gradient(), photometric=2, below=below)))
    assert "pages in subdirectories" in made.dropped


def test_pages_of_a_document_stay_pages() -> None:
    data = tiff(*(page(gradient(), (254, 4, [2]), photometric=2) for _ in range(3)))
    made = recoded(data)
    image: Any = Image.open(io.BytesIO(made.data))
    assert image.n_frames == 3
    assert value_of(made.data, 254) == (2,)
    assert made.dropped == ()


GROUND: list[list[Row]] = [
    [(33550, 12, [0.05, 0.04, 0.0]), (33922, 12, [0, 0, 0, 576647.5, 5188220.1, 0])],
    [(33550, 12, [0.05, 0.04, 0.0]), (33922, 12, [40, 30, 0, 576647.5, 5188220.1, 0])],
    [(34264, 12, [0.05, 0.01, 0, 500.0, 0.02, -0.04, 0, 900.0, *[0.0] * 7, 1.0])],
    [(33922, 12, [0, 0, 0, 10, 20, 0, 100, 0, 0, 15, 20, 0, 0, 80, 0, 10, 16, 0])],
]


def on_the_ground(data: bytes, x: float, y: float) -> tuple[float, float]:
    """Where a place of the picture lies, counted from its upper left corner as an area."""
    keys = value_of(data, 34735)
    shift = 0.5 if len(keys) > 7 and keys[7] == 2 else 0.0
    x, y = x - shift, y - shift
    if matrix := value_of(data, 34264):
        return (
            matrix[0] * x + matrix[1] * y + matrix[3],
            matrix[4] * x + matrix[5] * y + matrix[7],
        )
    points = value_of(data, 33922)
    if scale := value_of(data, 33550):
        return points[3] + (x - points[0]) * scale[0], points[4] - (y - points[1]) * scale[1]
    fit = np.array(points).reshape(-1, 6)
    sides = np.column_stack([fit[:, 0], fit[:, 1], np.ones(len(fit))])
    east, north = (np.linalg.lstsq(sides, fit[:, i], rcond=None)[0] for i in (3, 4))
    place = np.array([x, y, 1])
    return float(place @ east), float(place @ north)


@pytest.mark.parametrize("raster", [0, 1, 2])
@pytest.mark.parametrize("ground", GROUND)
@pytest.mark.parametrize("side", [WIDTH // 2, 37, 1, WIDTH - 1])
def test_a_scaled_photo_covers_the_ground_it_covered(
    side: int, ground: list[Row], raster: int
) -> None:
    keys: list[Row] = [(34735, 3, [1, 1, 0, 1, 1025, 0, 1, raster])] if raster else []
    data = tiff(page(gradient(), *ground, *keys, photometric=2))
    made = shrink(data, ByteBudget(10**6), Options(max_side=side))
    for x, y in ((0, 0), (1, 0), (0, 1), (1, 1), (0.3, 0.7)):
        before = on_the_ground(data, x * WIDTH, y * HEIGHT)
        after = on_the_ground(made.data, x * made.width, y * made.height)
        assert after == pytest.approx(before, abs=1e-6)
    assert made.dropped == ()


@pytest.mark.parametrize(
    "bad",
    [(33922, 12, [0.0] * 5), (33550, 12, [1.0]), (34264, 12, [1.0] * 9), (33920, 12, [1.0] * 16)],
)  # fmt: skip
def test_a_georeference_that_cannot_be_scaled_is_dropped_and_named(bad: Row) -> None:
    data = (
        tiff(page(gradient(), (33550, 12, [1, 1, 0]), bad, photometric=2))
        if bad[0] != 33550
        else tiff(page(gradient(), bad, photometric=2))
    )
    made = halved(data)
    assert "georeference" in made.dropped
    assert not value_of(made.data, 33550)
    assert not value_of(made.data, bad[0])
    assert "georeference" not in recoded(data).dropped


@pytest.mark.parametrize("kind", ["i2", "f4", "u1"])
def test_pixels_without_data_are_not_mixed_with_others(kind: str) -> None:
    pixels = as_depth(gradient(1), kind)
    absent = {"i2": -32768, "f4": -9999, "u1": 0}[kind]
    pixels[20:50, 30:70] = absent
    data = tiff(page(pixels, (42113, 2, f"{absent}\0".encode()), photometric=1))
    made = opened(halved(data).data)
    assert (made[10:25, 15:35] == absent).all()
    low, high = float(pixels[pixels != absent].min()), float(pixels.max())
    room = (high - low) / 10
    measured = made[made != absent]
    assert low - room <= measured.min()
    assert measured.max() <= high + room
    assert value_of(halved(data).data, 42113)


@pytest.mark.parametrize("mark", ORDERS)
def test_turned_upright_it_keeps_its_tags(mark: str) -> None:
    more: list[Row] = [(271, 2, b"DJI\0"), (274, 3, [6]), (33432, 2, b"(c) somebody\0"),
                       (34675, 7, profile()), (33723, 7, b"\x1c\2\0\0\2iptc")]  # fmt: skip
    exif = Directory(
        [(36867, 2, b"2024:05:06 07:08:09\0"), (40962, 4, [WIDTH]), (40963, 4, [HEIGHT])]
    )
    gps = Directory([(1, 2, b"N\0"), (2, 5, [1, 1, 2, 1, 3, 1])])
    one = page(gradient(), *more, photometric=2, mark=mark, pointers={0x8769: exif, 0x8825: gps})
    made = shrink(tiff(one, mark=mark), ByteBudget(10**6), Options(orientation="upright"))
    assert (made.width, made.height) == (HEIGHT, WIDTH)
    tags = [row[0] for row in rows_of(made.data)]
    assert {271, 33432, 34675, 33723, 0x8769, 0x8825} <= {*tags}
    image = Image.open(io.BytesIO(made.data))
    below = image.getexif().get_ifd(0x8769)
    assert (below[40962], below[40963]) == (HEIGHT, WIDTH)
    assert image.getexif().get(274, 1) == 1
    turned = np.rot90(gradient(), -1)
    assert np.abs(np.asarray(image).astype(int) - turned).mean() < 3
    assert made.dropped == ()


POINTERS = [0x8769, 0x8825, 0xA005]


@settings(max_examples=120, deadline=None)
@given(
    which=st.sampled_from(POINTERS), place=st.integers(0, 2**32 - 1), near=st.booleans(),
    mark=st.sampled_from(ORDERS), choice=st.sampled_from([
        {}, {"location": "strip"}, {"accepts": ("jpeg",)}, {"orientation": "upright"}, HALF,
        {"location": "strip", **HALF}])
)  # fmt: skip
@example(which=0x8825, place=2, near=True, mark="<", choice={"location": "strip"})
@example(which=0x8825, place=0, near=True, mark=">", choice={"location": "strip"})
@example(which=0x8825, place=8, near=True, mark="<", choice={"location": "strip"})
def test_a_pointer_that_points_anywhere_costs_nothing_else(
    which: int, place: int, mark: str, choice: dict[str, Any], *, near: bool
) -> None:
    more: list[Row] = [(271, 2, b"DJI\0"), (306, 2, b"2024:05:06 07:08:09\0"), (which, 4, [place])]
    whole = tiff(page(gradient(), *more, photometric=2, mark=mark), mark=mark)
    if near:
        more[-1] = (which, 4, [place % len(whole)])
        whole = tiff(page(gradient(), *more, photometric=2, mark=mark), mark=mark)
    made = shrink(whole, ByteBudget(len(whole) - 1), Options(**choice))
    image = Image.open(io.BytesIO(made.data))
    assert image.getexif()[306] == "2024:05:06 07:08:09"
    if made.width == WIDTH:
        shown = np.asarray(image.convert("RGB")).astype(int)
        assert np.abs(shown - gradient()).mean() < 4


@pytest.mark.parametrize("link", ["itself", "first", "each other"])
def test_pages_that_follow_each_other_in_a_circle_are_each_read_once(link: str) -> None:
    data = bytearray(tiff(page(gradient(), photometric=2), page(gradient(), photometric=2)))
    (first,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, first)
    (second,) = struct.unpack_from("<I", data, first + 2 + 12 * count)
    (others,) = struct.unpack_from("<H", data, second)
    if link == "itself":
        struct.pack_into("<I", data, first + 2 + 12 * count, first)
    else:
        struct.pack_into("<I", data, second + 2 + 12 * others, first if link == "first" else second)
    made = recoded(bytes(data))
    image: Any = Image.open(io.BytesIO(made.data))
    assert image.n_frames == (1 if link == "itself" else 2)


@pytest.mark.parametrize("mark", ORDERS)
def test_a_palette_of_eight_bits_is_not_black(mark: str) -> None:
    table = [*range(256), *range(255, -1, -1), *([128] * 256)]
    data = tiff(page(gradient(1), (320, 3, table), photometric=3, mark=mark), mark=mark)
    image = Image.open(io.BytesIO(recoded(data).data)).convert("RGB")
    index = int(gradient(1)[5, 7])
    assert image.getpixel((7, 5)) == (index, 255 - index, 128)


def test_layers_are_dropped_when_scaled_and_named() -> None:
    data = tiff(
        page(gradient(), (37724, 7, b"Adobe Photoshop Document Data Block\0"), photometric=2)
    )
    assert "layers" in halved(data).dropped
    assert not value_of(halved(data).data, 37724)
    assert value_of(recoded(data).data, 37724)


def test_numbers_of_eight_bytes_are_written_as_files_have_them() -> None:
    data = tiff(page(gradient(), (50000, 16, [7, 8]), photometric=2), big=True)
    made = recoded(data)
    assert value_of(made.data, 50000) == (7, 8)


def test_losses_of_transcoding_are_named() -> None:
    more: list[Row] = [
        (33723, 7, b"\x1c\2\0\0\2iptc"),
        (33550, 12, [1, 1, 0]),
        (65000, 7, b"mine!"),
    ]
    made = shrink(
        tiff(page(gradient(), *more, photometric=2)), ByteBudget(10**6), Options(accepts=("jpeg",))
    )
    assert {"IPTC", "georeference", "other tags"} <= {*made.dropped}


@pytest.mark.parametrize("number", [256, 257, 258, 259, 262, 277])
def test_the_first_of_two_tags_about_pixels_counts(number: int) -> None:
    one = page(gradient(), photometric=2)
    data = bytearray(tiff(one))
    assert np.abs(opened(recoded(bytes(data)).data) - gradient()).max() == 0
    again: Row = (number, 4, [3])
    first = page(gradient(), photometric=2)
    first.rows.append(again)
    try:
        made = recoded(tiff(first))
    except ResizeError:
        pytest.fail("the second tag was taken")
    assert np.abs(opened(made.data) - gradient()).max() == 0
