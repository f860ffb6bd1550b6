"""EXIF blocks whose pointers point anywhere keep what they tell, in every format that carries one.

And what counts pixels is restated when their number changes.
"""

import io
import struct
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from resize_core import ByteBudget, Options, shrink
from resize_core.metadata import exif
from tests.resize_core.formats.tiff.written_tiffs import Directory, File, Row
from tests.resize_core.sample_files import HEIGHT, WIDTH, picture, saved

ORDERS = ["<", ">"]
CARRIERS = ["JPEG", "PNG", "WEBP", "AVIF"]
TIME = "2024:05:06 07:08:09"
PLACE = b"48.858370N"
HALF = WIDTH // 2


def small(*, tells: bool = False) -> bytes:
    """A thumbnail, which may have its own EXIF with a location."""
    own = Image.Exif()
    own[0x010E] = PLACE.decode()
    more = {"exif": own.tobytes(), "comment": PLACE} if tells else {}
    return saved(picture().resize((48, 36)), "JPEG", **more)


def block(  # noqa: PLR0913 - each as it may be
    mark: str = "<", *, thumbnail: bytes | None = None, links: dict[int, int] | None = None,
    below: dict[int, int] | None = None, more: tuple[Row, ...] = (), turned: bool = True,
) -> bytes:  # fmt: skip
    """An EXIF block; `links` and `below` give pointers other places than right ones."""
    file = File(mark)
    camera: list[Row] = [
        (0x0100, 4, [WIDTH]), (0x0101, 3, [HEIGHT]), (0x010F, 2, b"A camera\0"),
        (0x0112, 3, [6]), (0x0132, 2, TIME.encode() + b"\0"),
    ]  # fmt: skip
    camera = [row for row in camera if turned or row[0] != 0x0112]
    interop = Directory([(1, 2, b"R98\0")])
    inner = Directory([
        (0x9003, 2, TIME.encode() + b"\0"), (0x927C, 7, b"MAKERNOTE " * 5),
        (0xA002, 4, [WIDTH]), (0xA003, 3, [HEIGHT]), *more,
    ], pointers={0xA005: interop})  # fmt: skip
    gps = Directory([(1, 2, b"N\0"), (2, 5, [48, 1, 51, 1, 30, 1])])
    main = Directory(camera, pointers={0x8769: inner, 0x8825: gps})
    for tag, place in (below or {}).items():
        owner = inner if tag == 0xA005 else main
        owner.pointers.pop(tag, None)
        owner.rows.append((tag, 4, [place]))
    pages = [main]
    if thumbnail is not None:
        right = {0x0201: file.put(thumbnail), 0x0202: len(thumbnail)}
        given = right | (links or {})
        rows: list[Row] = [(0x0103, 3, [6])]
        rows += [(tag, 4, [place]) for tag, place in given.items() if place >= 0]
        pages.append(Directory(rows))
    return file(pages)


# Pillow rewrites an AVIF's EXIF without its thumbnail, if it has an orientation.
def carried(name: str, exif_block: bytes) -> bytes:
    if name == "JPEG":
        data = saved(picture(), "JPEG", quality=92)
        payload = b"Exif\0\0" + exif_block
        return data[:2] + struct.pack(">BBH", 0xFF, 0xE1, len(payload) + 2) + payload + data[2:]
    return saved(picture(), name, exif=b"Exif\0\0" + exif_block, quality=90)


def told(data: bytes) -> Any:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image.getexif()


def assert_all_told(data: bytes, *, turned: bool = True) -> None:
    found = told(data)
    assert found[0x010F] == "A camera"
    assert found[0x0132] == TIME
    if turned:
        assert found[0x0112] == 6


# -1: the tag is missing.
DANGLING = [
    {0x0201: -1}, {0x0202: -1}, {0x0201: -1, 0x0202: -1}, {0x0201: 0}, {0x0201: 8}, {0x0201: 10},
    {0x0201: 40}, {0x0201: 2**32 - 1}, {0x0201: 60_000}, {0x0202: 2**32 - 1}, {0x0202: 0},
    {0x0201: 8, 0x0202: 2**31},
]  # fmt: skip


@pytest.mark.parametrize("mark", ORDERS)
@pytest.mark.parametrize("name", CARRIERS)
@pytest.mark.parametrize("links", DANGLING)
def test_a_thumbnail_with_a_wrong_position_affects_nothing_else(
    links: dict[int, int], name: str, mark: str
) -> None:
    data = carried(name, block(mark, thumbnail=small(), links=links, turned=name != "AVIF"))
    for choices in ({"max_side": HALF}, {"location": "strip"}, {"accepts": ("jpeg",)}):
        made = shrink(data, ByteBudget(len(data)), Options(**choices))
        assert_all_told(made.data, turned=name != "AVIF")
        if "max_side" in choices:
            assert "thumbnail" in made.dropped
            assert told(made.data).get_ifd(ExifTags.IFD.GPSInfo)[2] == (48, 51, 30)
            assert told(made.data).get_ifd(ExifTags.IFD.Exif)[0x9003] == TIME


@settings(max_examples=300, deadline=None)
@given(
    links=st.dictionaries(st.sampled_from([0x0201, 0x0202]), st.integers(0, 2**32 - 1)),
    near=st.dictionaries(st.sampled_from([0x0201, 0x0202]), st.integers(-1, 2_000)),
    below=st.dictionaries(st.sampled_from([0xA005, 0x8825, 0x8769]), st.integers(0, 2**32 - 1)),
    close=st.dictionaries(st.sampled_from([0xA005, 0x8825, 0x8769]), st.integers(0, 2_000)),
    mark=st.sampled_from(ORDERS),
)
def test_pointers_that_point_anywhere_cost_nothing_else(
    links: dict[int, int], near: dict[int, int], below: dict[int, int], close: dict[int, int],
    mark: str,
) -> None:  # fmt: skip
    whole = block(mark, thumbnail=small(), links=links | near, below=below | close)
    bare = exif.without_thumbnail(whole)
    assert exif.orientation(bare) == 6
    assert exif.orientation(exif.resized(bare, 10, 8)) == 6
    assert exif.orientation(exif.upright(bare, 6, (10, 8))) == 1
    assert len(bare) <= len(whole)
    assert exif.thumbnail_directory(bare) is None
    start = struct.unpack_from(mark + "I", whole, 4)[0]
    rows = 2 + 12 * struct.unpack_from(mark + "H", whole, start)[0]
    assert bare[start : start + rows] == whole[start : start + rows]


@settings(max_examples=200, deadline=None)
@given(data=st.data(), mark=st.sampled_from(ORDERS))
def test_a_block_of_any_bytes_is_passed_over(data: st.DataObject, mark: str) -> None:
    whole = block(mark, thumbnail=small())
    cut = whole[: data.draw(st.integers(0, 400))]
    changed = bytearray(whole)
    for place in data.draw(st.lists(st.integers(8, 400), max_size=12)):
        changed[place] = data.draw(st.integers(0, 255))
    for one in (cut, bytes(changed)):
        assert 1 <= exif.orientation(one) <= 8
        assert len(exif.without_thumbnail(one)) <= len(one)
        assert len(exif.resized(one, 5, 7)) == len(exif.upright(one, 6, (5, 7))) == len(one)


@pytest.mark.parametrize("mark", ORDERS)
def test_a_directory_that_comes_round_to_itself_is_read_once(mark: str) -> None:
    whole = bytearray(block(mark))
    start = struct.unpack_from(mark + "I", whole, 4)[0]
    link = start + 2 + 12 * struct.unpack_from(mark + "H", whole, start)[0]
    struct.pack_into(mark + "I", whole, link, start)
    bare = exif.without_thumbnail(bytes(whole))
    assert exif.orientation(bare) == 6
    assert bare[link : link + 4] == bytes(4)
    assert len(exif.without_thumbnail(bare)) == len(bare)


@pytest.mark.parametrize("mark", ORDERS)
@pytest.mark.parametrize("name", CARRIERS)
def test_a_scaled_photo_has_its_own_sides_and_names_its_thumbnail(name: str, mark: str) -> None:
    more: tuple[Row, ...] = (
        (0x9214, 3, [100, 60, 20, 10]), (0xA214, 3, [100, 60]),
        (0xA20E, 5, [3000, 7]), (0xA20F, 5, [2999, 7]),
    )  # fmt: skip
    data = carried(name, block(mark, thumbnail=small(), more=more, turned=name != "AVIF"))
    made = shrink(data, ByteBudget(len(data)), Options(max_side=HALF))
    found, inner = told(made.data), told(made.data).get_ifd(ExifTags.IFD.Exif)
    assert (found[0x0100], found[0x0101]) == (made.width, made.height) == (HALF, HEIGHT // 2)
    assert (inner[0xA002], inner[0xA003]) == (made.width, made.height)
    assert inner[0x9214] == (50, 30, 10, 5)
    assert inner[0xA214] == (50, 30)
    assert Fraction(inner[0xA20E]) == Fraction(3000, 14)
    assert Fraction(inner[0xA20F]) == Fraction(2999, 14)
    assert "thumbnail" in made.dropped
    assert b"MAKERNOTE" in made.data
    same = shrink(data, ByteBudget(len(data)))
    assert "thumbnail" not in same.dropped


@pytest.mark.parametrize("mark", ORDERS)
def test_a_side_too_long_for_its_room_is_given_more(mark: str) -> None:
    made = exif.resized(block(mark), 70_000, 65_536)
    found = Image.Exif()
    found.load(made)
    assert (found[0x0100], found[0x0101]) == (70_000, 65_536)
    assert found[0x010F] == "A camera"


@pytest.mark.parametrize("mark", ORDERS)
@pytest.mark.parametrize("name", CARRIERS)
@pytest.mark.parametrize("links", [{}, *DANGLING])
def test_stripping_also_removes_the_location_in_the_thumbnail(
    name: str, links: dict[int, int], mark: str
) -> None:
    whole = block(mark, thumbnail=small(tells=True), links=links, turned=name != "AVIF")
    data = carried(name, whole)
    assert data.count(PLACE)
    several: tuple[dict[str, Any], ...] = ({}, {"max_side": HALF})
    for choices in several:
        made = shrink(data, ByteBudget(len(data)), Options(location="strip", **choices))
        assert PLACE not in made.data
        assert b"MAKERNOTE" not in made.data
        found = told(made.data)
        assert not found.get_ifd(ExifTags.IFD.GPSInfo)
        assert found[0x0132] == TIME
        assert "location" in made.dropped or name == "AVIF"


def test_a_thumbnail_without_metadata_stays_when_stripped() -> None:
    data = carried("JPEG", block(thumbnail=small(tells=True)))
    made = shrink(data, ByteBudget(len(data)), Options(location="strip"))
    second = exif.thumbnail_directory(made.data[made.data.index(b"Exif\0\0") + 6 :])
    assert second
    spans = exif.picture_spans(made.data[made.data.index(b"Exif\0\0") + 6 :], second)
    start, end = spans[0]
    inside = made.data[made.data.index(b"Exif\0\0") + 6 :][start:end]
    assert Image.open(io.BytesIO(inside)).size == (48, 36)
    assert "thumbnail" not in made.dropped
    bare = carried("JPEG", block(thumbnail=b"no JPEG " * 20))
    assert "thumbnail" in shrink(bare, ByteBudget(len(bare)), Options(location="strip")).dropped
