"""Masks are mapped as pixels are; their runs are read and written as COCO's are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from orchestration.labels.formats.coco_rle import decoded, encoded
from orchestration.labels.geometry import Size, mapping
from orchestration.labels.masks import (
    Lines,
    RunsError,
    counts_of,
    lines_of,
    mapped_columns,
    transposed,
)

SIDES = st.integers(1, 40)


@st.composite
def pictures(draw: st.DrawFn) -> Image.Image:
    width, height = draw(SIDES), draw(SIDES)
    # Bytes are drawn at once, and numbers one by one: a third of the pixels is set.
    drawn = draw(st.binary(min_size=width * height, max_size=width * height))
    return Image.frombytes("L", (width, height), bytes(byte % 3 == 1 for byte in drawn))


def columns_of(picture: Image.Image) -> Lines:
    """The long way: pixel by pixel."""
    columns: Lines = []
    for x in range(picture.width):
        line: list[tuple[int, int]] = []
        for y in range(picture.height):
            if picture.getpixel((x, y)):
                start = line.pop()[0] if line and line[-1][1] == y else y
                line.append((start, y + 1))
        columns.append(line)
    return columns


@given(pictures(), st.integers(1, 8), SIDES, SIDES)
def test_a_pixel_takes_what_its_centre_comes_from(
    picture: Image.Image, turn: int, width: int, height: int
) -> None:
    there = mapping(Size(*picture.size), turn, Size(width, height))
    expected = Image.new("L", (width, height))
    for x in range(width):
        for y in range(height):
            from_x, from_y = there.inverse.point(x + 0.5, y + 0.5)
            if min(abs(from_x - round(from_x)), abs(from_y - round(from_y))) < 1e-9:
                return  # on an edge between two pixels, either is right
            expected.putpixel((x, y), int(picture.getpixel((int(from_x), int(from_y))) or 0))  # type: ignore[arg-type]
    assert mapped_columns(columns_of(picture), there) == columns_of(expected)


@pytest.mark.parametrize("turn", range(1, 9))
@given(picture=pictures())
def test_turns_alone_are_undone(turn: int, picture: Image.Image) -> None:
    size = Size(*picture.size)
    there = mapping(size, turn, size.turned(turn))
    columns = columns_of(picture)
    assert mapped_columns(mapped_columns(columns, there), there.inverse) == columns


@given(pictures(), st.integers(1, 8), st.integers(1, 5), st.integers(0, 3), st.integers(0, 3))
def test_a_mask_comes_back_from_a_larger_picture(
    picture: Image.Image, turn: int, scale: int, wider: int, higher: int
) -> None:
    size = Size(*picture.size)
    turned = size.turned(turn)
    larger = Size(turned.width * scale + wider, turned.height * scale + higher)
    there = mapping(size, turn, larger)
    columns = columns_of(picture)
    assert mapped_columns(mapped_columns(columns, there), there.inverse) == columns


@given(pictures())
def test_counts_and_text_are_read_as_they_are_written(picture: Image.Image) -> None:
    columns = columns_of(picture)
    counts = counts_of(columns, picture.height)
    assert sum(counts) == picture.width * picture.height
    assert decoded(encoded(counts)) == counts
    assert lines_of(counts, picture.width, picture.height) == columns
    flipped = transposed(columns, picture.height)
    assert flipped == columns_of(picture.transpose(Image.Transpose.TRANSPOSE))


@given(st.lists(st.integers(0, 10**9), max_size=20))
def test_any_counts_are_read_as_they_are_written(counts: list[int]) -> None:
    assert decoded(encoded(counts)) == counts


@pytest.mark.parametrize("counts", [[5], [2, -1, 3], [1, 2], [3, 2]])
def test_counts_of_another_size_are_refused(counts: list[int]) -> None:
    with pytest.raises(RunsError, match="not a mask of 2x2"):
        lines_of(counts, 2, 2)


@pytest.mark.parametrize("text", ["ä", "\x00", "P", "1\n"])
def test_text_that_is_no_run_lengths_is_refused(text: str) -> None:
    with pytest.raises(RunsError):
        decoded(text)
