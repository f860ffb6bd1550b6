"""The sheet of labels: outlines stand where they should, on both halves, and it is small enough."""

from io import BytesIO

import pytest
from PIL import Image

from resize_core import (
    CannotFitError,
    Drawing,
    Shape,
    TooLargeError,
    TruncatedError,
    drawing,
    label_sheet,
)
from resize_core.compare.label_sheet import COLOURS, LARGE
from tests.resize_core.sample_files import DRONE

GAP = 16
# Left, top, right and bottom, in shares.
BOX = (0.25, 0.5, 0.5, 0.75)
SHAPE = Shape(((BOX[0], BOX[1]), (BOX[2], BOX[1]), (BOX[2], BOX[3]), (BOX[0], BOX[3])))


def plain(width: int, height: int, shape: Shape = SHAPE) -> Drawing:
    return Drawing(Image.new("RGB", (width, height), (255, 255, 255)), (shape,))


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data)).convert("RGB")


def inked(picture: Image.Image) -> tuple[float, ...]:
    """Where something is drawn, in shares of the sides: left, top, right and bottom."""
    box = picture.convert("L").point(lambda level: 255 * (level < 140)).getbbox()
    assert box is not None
    return tuple(at / side for at, side in zip(box, picture.size * 2, strict=True))


def nearest(seen: tuple[int, ...]) -> tuple[int, ...]:
    return min(COLOURS, key=lambda one: sum(abs(a - b) for a, b in zip(one, seen, strict=True)))


def test_outlines_are_at_the_same_place_on_a_rendition_and_a_larger_photo() -> None:
    sheet = opened(label_sheet([(plain(300, 200), plain(900, 600))], 100_000).large)
    assert sheet.size == (2 * 900 + GAP, 600)
    for left in (0, 900 + GAP):
        half = sheet.crop((left, 0, left + 900, 600))
        assert inked(half) == pytest.approx(BOX, abs=0.012)
        middle = half.getpixel((round(0.375 * 900), round(0.625 * 600)))
        assert middle == (255, 255, 255)


def test_a_label_has_one_colour_on_both_and_another_than_the_next() -> None:
    made = Shape(SHAPE.points, 1), Shape(tuple((x, y - 0.4) for x, y in SHAPE.points), 2)
    side = Drawing(plain(800, 600).picture, made)
    sheet = opened(label_sheet([(side, side)], 100_000).large)
    for left in (0, 800 + GAP):
        for colour, top in ((1, 0.5), (2, 0.1)):
            seen = sheet.getpixel((left + 300, round(top * 600)))
            assert isinstance(seen, tuple)
            assert nearest(seen) == COLOURS[colour]


def test_a_single_point_is_a_dot() -> None:
    dot = plain(800, 600, Shape(((0.5, 0.25),)))
    left, top, right, bottom = inked(opened(label_sheet([(dot, dot)], 100_000).large))
    assert 0.2 < left < right
    assert top < 0.25 < bottom < 0.3


def test_what_lies_beyond_the_edges_is_drawn_as_far_as_it_is_within() -> None:
    beyond = plain(400, 300, Shape(((0.9, 0.9), (3.0, 0.9), (3.0, 5.0), (0.9, 5.0))))
    assert label_sheet([(beyond, beyond)], 100_000).small_rows == 1


def test_the_small_sheet_fits_by_smaller_pictures_then_fewer_rows() -> None:
    side = drawing(DRONE, [SHAPE])
    rows = [(side, side)] * 3
    sizes = {}
    for most in (60_000, 26_000, 8_000):
        made = label_sheet(rows, most)
        assert len(made.small) <= most
        sizes[most] = made.small_rows
    assert sizes[60_000] == 3 >= sizes[26_000] >= sizes[8_000] >= 1
    with pytest.raises(CannotFitError):
        label_sheet(rows, 100)


def test_a_photo_is_drawn_as_it_is_shown_and_no_larger_than_needed() -> None:
    block = Image.Exif()
    block[0x0112] = 6
    file = BytesIO()
    photo = Image.new("RGB", (2000, 1000), (255, 255, 255))
    photo.paste((255, 0, 0), (0, 0, 500, 500))
    photo.save(file, "JPEG", exif=block.tobytes())
    made = drawing(file.getvalue(), ())
    assert made.picture.size == (LARGE // 2, LARGE)
    seen = made.picture.getpixel((LARGE // 2 - 20, 20))
    assert isinstance(seen, tuple)
    assert seen[0] > 200
    assert seen[1] < 100


def test_an_undecodable_rendition_is_reported() -> None:
    with pytest.raises(TruncatedError):
        drawing(DRONE[: len(DRONE) // 2], ())
    with pytest.raises(TooLargeError):
        drawing(DRONE, (), max_pixels=1_000)
