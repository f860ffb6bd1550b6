"""The pictures by which a person sees what was lost."""

from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageStat

from resize_core import (
    ByteBudget,
    CannotFitError,
    ResizeError,
    contact_sheet,
    shrink,
    side_by_side,
)
from tests.resize_core.sample_files import (
    DRONE,
    HEIGHT,
    NAMES,
    WIDTH,
    picture,
    sample,
    saved,
    turned_exif,
)

GAP = 8


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def halves(strip: Image.Image) -> tuple[Image.Image, Image.Image]:
    side = (strip.width - GAP) // 2
    return strip.crop((0, 0, side, strip.height)), strip.crop(
        (side + GAP, 0, strip.width, strip.height)
    )


def difference(one: Image.Image, other: Image.Image) -> float:
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean)


def test_both_halves_show_the_same_place_of_the_photo() -> None:
    small = shrink(DRONE, ByteBudget(len(DRONE) // 3))
    left, right = halves(opened(side_by_side(DRONE, small.data)))
    assert left.size == right.size == (256, 256)
    assert 0 < difference(left, right) < 12
    turned = right.transpose(Image.Transpose.ROTATE_180)
    assert difference(left, turned) > 2 * difference(left, right)


def test_a_rendition_of_fewer_pixels_is_shown_at_the_same_place_and_size() -> None:
    small = shrink(DRONE, ByteBudget(len(DRONE) // 3), max_side=opened(DRONE).width // 2)
    left, right = halves(opened(side_by_side(DRONE, small.data)))
    assert left.size == right.size
    assert difference(left, right) < 20


def test_a_worse_rendition_looks_worse() -> None:
    pairs = (
        halves(opened(side_by_side(DRONE, shrink(DRONE, ByteBudget(len(DRONE) // by)).data)))
        for by in (2, 20)
    )
    better, worse = (difference(*pair) for pair in pairs)
    assert worse > 2 * better


def test_a_photo_with_a_tag_that_turns_it_is_shown_upright() -> None:
    data = saved(picture(), "JPEG", quality=95, exif=turned_exif())
    strip = opened(side_by_side(data, data))
    assert strip.size == (2 * HEIGHT + GAP, WIDTH)
    left, right = halves(strip)
    assert difference(left, right) == 0
    upright = picture().transpose(Image.Transpose.ROTATE_270)
    assert difference(left, upright) < 6


@pytest.mark.parametrize("name", NAMES)
def test_photos_of_every_format_and_mode_can_be_shown(name: str) -> None:
    data = sample(name)
    try:
        strip = opened(side_by_side(data, data))
    except ResizeError:
        assert getattr(opened(data), "n_frames", 1) > 1, name
        return
    assert strip.mode == "RGB"
    assert difference(*halves(strip)) == 0


def test_two_different_photos_give_two_different_sheets() -> None:
    other = saved(picture().transpose(Image.Transpose.ROTATE_180), "JPEG", quality=95)
    sheets = [
        contact_sheet([side_by_side(data, shrink(data, ByteBudget(len(data) // 2)).data)], 100_000)
        for data in (saved(picture(), "JPEG", quality=95), other)
    ]
    one, two = (opened(sheet) for sheet in sheets)
    assert one.size == two.size == (2 * WIDTH + GAP, HEIGHT)
    assert difference(one, two) > 10


@pytest.mark.parametrize("most", [300_000, 15_000, 4_000])
def test_a_sheet_of_several_photos_keeps_to_its_bytes(most: int) -> None:
    strip = side_by_side(DRONE, shrink(DRONE, ByteBudget(len(DRONE) // 3)).data)
    sheet = contact_sheet([strip, strip, strip], most)
    assert len(sheet) <= most
    assert opened(sheet).format == "WEBP"
    assert opened(sheet).height == 3 * ((opened(sheet).width - GAP) // 2) + 2 * GAP


def test_a_sheet_that_finds_no_room_is_none() -> None:
    strip = side_by_side(DRONE, DRONE)
    with pytest.raises(CannotFitError):
        contact_sheet([strip], 20)
