"""The small sheet by which a person sees, in the UI, what was lost."""

from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageStat

from resize_core import ByteBudget, CannotFitError, Place, compare_places, contact_sheet, shrink
from tests.resize_core.sample_files import DRONE, picture, saved

GAP = 16


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image.convert("RGB")


def place(photo: bytes, by: int = 3) -> Place:
    return compare_places(photo, shrink(photo, ByteBudget(len(photo) // by)).data).places[0]


def halves(sheet: Image.Image) -> tuple[Image.Image, Image.Image]:
    side = (sheet.width - GAP) // 2
    return sheet.crop((0, 0, side, sheet.height)), sheet.crop(
        (side + GAP, 0, sheet.width, sheet.height)
    )


def difference(one: Image.Image, other: Image.Image) -> float:
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean)


def test_both_halves_show_the_same_place() -> None:
    data, rows = contact_sheet([place(DRONE)], 100_000)
    left, right = halves(opened(data))
    assert rows == 1
    assert left.size == right.size == (256, 256)
    assert 0 < difference(left, right) < 12
    turned = right.transpose(Image.Transpose.ROTATE_180)
    assert difference(left, turned) > 2 * difference(left, right)


def test_pieces_are_shown_pixel_for_pixel() -> None:
    made = place(DRONE)
    left, _ = halves(opened(contact_sheet([made], 100_000)[0]))
    whole = opened(made.before)
    across, down = (whole.width - 256) // 2, (whole.height - 256) // 2
    assert difference(left, whole.crop((across, down, across + 256, down + 256))) < 6


def test_a_worse_rendition_looks_worse() -> None:
    pairs = (halves(opened(contact_sheet([place(DRONE, by)], 100_000)[0])) for by in (2, 8))
    better, worse = (difference(*pair) for pair in pairs)
    assert worse > 1.5 * better


def test_two_different_photos_give_two_different_sheets() -> None:
    other = saved(picture().transpose(Image.Transpose.ROTATE_180), "JPEG", quality=95)
    photos = (saved(picture(), "JPEG", quality=95), other)
    one, two = (opened(contact_sheet([place(data, 2)], 100_000)[0]) for data in photos)
    assert one.size == two.size
    assert difference(one, two) > 10


@pytest.mark.parametrize("most", [300_000, 40_000, 26_000, 12_000])
def test_a_sheet_shows_fewer_places_before_it_shows_them_too_small(most: int) -> None:
    data, rows = contact_sheet([place(DRONE)] * 3, most)
    assert len(data) <= most
    sheet = opened(data)
    side = (sheet.width - GAP) // 2
    assert 160 <= side <= 256
    assert sheet.height == rows * side + (rows - 1) * GAP


def test_one_place_that_is_all_grain_is_still_shown() -> None:
    noise = saved(Image.effect_noise((600, 400), 120).convert("RGB"), "JPEG", quality=97)
    data, rows = contact_sheet([place(noise, 2)] * 3, 4_000)
    assert (rows, len(data) <= 4_000) == (1, True)


def test_a_sheet_that_finds_no_room_is_none() -> None:
    with pytest.raises(CannotFitError):
        contact_sheet([place(DRONE)], 20)
