"""Turns are a group, mappings have inverses, and both are what Pillow does to pixels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from orchestration.labels.geometry import (
    Frame,
    Geometry,
    GeometryError,
    Size,
    composed,
    inverse,
    mapping,
    swaps,
)

TURNS = st.integers(1, 8)
SIDES = st.integers(1, 100_000)
SIZES = st.builds(Size, SIDES, SIDES)
SHARES = st.floats(-0.5, 1.5)
GEOMETRIES = st.builds(Geometry, SIZES, TURNS, SIZES, TURNS)
FRAMES = st.sampled_from(Frame)


@given(GEOMETRIES, FRAMES, FRAMES, SHARES, SHARES)
def test_there_and_back_is_where_it_was(
    geometry: Geometry, source: Frame, target: Frame, x: float, y: float
) -> None:
    there = geometry.to_rendition(source, target)
    sides = geometry.photo_sides(source)
    point = x * sides.width, y * sides.height
    for back in (there.inverse, geometry.to_photo(target, source)):
        found = back.point(*there.point(*point))
        assert abs(found[0] - point[0]) <= 1e-9 * sides.width
        assert abs(found[1] - point[1]) <= 1e-9 * sides.height


@given(GEOMETRIES, FRAMES, FRAMES)
def test_the_frame_lies_on_the_frame(geometry: Geometry, source: Frame, target: Frame) -> None:
    there = geometry.to_rendition(source, target)
    whole = geometry.rendition_sides(target)
    assert there.box(0, 0, *geometry.photo_sides(source)) == pytest.approx(
        (0, 0, *whole), abs=1e-9 * max(whole)
    )


@given(GEOMETRIES, SHARES, SHARES)
def test_both_ways_over_the_frames_agree(geometry: Geometry, x: float, y: float) -> None:
    """Stored to stored is stored to shown, scaled, and shown to stored."""
    sides = geometry.photo
    point = x * sides.width, y * sides.height
    shown = geometry.to_rendition(Frame.STORED, Frame.SHOWN).point(*point)
    back = mapping(
        geometry.rendition_sides(Frame.SHOWN),
        inverse(geometry.rendition_turn),
        geometry.rendition,
    ).point(*shown)
    direct = geometry.to_rendition(Frame.STORED, Frame.STORED).point(*point)
    assert direct == pytest.approx(back, rel=1e-9, abs=1e-9 * max(geometry.rendition))


@pytest.mark.parametrize("first", range(1, 9))
@pytest.mark.parametrize("second", range(1, 9))
def test_turns_compose_as_their_mappings_do(first: int, second: int) -> None:
    size = Size(7, 5)
    middle = size.turned(first)
    both = composed(first, second)
    end = middle.turned(second)
    one, two = mapping(size, first, middle), mapping(middle, second, end)
    assert mapping(size, both, end).point(1, 2) == two.point(*one.point(1, 2))
    assert size.turned(both) == end
    assert composed(first, inverse(first)) == 1
    assert swaps(both) == (swaps(first) != swaps(second))


@pytest.mark.parametrize("turn", range(1, 9))
def test_turns_are_those_of_pillow(turn: int) -> None:
    stored = Image.new("L", (5, 3))
    stored.putpixel((1, 0), 255)
    stored.getexif()[0x0112] = turn
    shown = ImageOps.exif_transpose(stored)
    there = mapping(Size(*stored.size), turn, Size(*shown.size))
    left, top, right, bottom = there.box(1, 0, 2, 1)
    assert (right - left, bottom - top) == (1, 1)
    assert shown.getpixel((int(left), int(top))) == 255
    assert shown.getbbox() == (left, top, right, bottom)


@given(GEOMETRIES)
def test_a_geometry_is_read_as_it_is_written(geometry: Geometry) -> None:
    width, height = map(int, geometry.rendition)
    assert Geometry.parse(geometry.text, (width, height)) == geometry


def test_a_geometry_is_spelt_in_one_way() -> None:
    geometry = Geometry(Size(4032, 3024), 6, Size(1200, 1600), 1)
    assert geometry.text == "4032x3024 6 1"


@pytest.mark.parametrize("text", ["", "4032x3024", "4032x3024 9 1", "0x3024 6 1", "1x1 6 1 ", "a"])
def test_what_states_no_geometry_is_refused(text: str) -> None:
    with pytest.raises(GeometryError, match="is not a geometry"):
        Geometry.parse(text, (1, 1))
