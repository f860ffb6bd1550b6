"""The places at which a rendition lost most."""

from io import BytesIO

import pytest
from PIL import Image, ImageFilter

from resize_core import (
    ByteBudget,
    Comparison,
    Look,
    Options,
    ResizeError,
    TooLargeError,
    compare_places,
    shrink,
)
from tests.resize_core.sample_files import DRONE, NAMES, sample, saved

LOOK = Look(sides=(320, 240))


def scene(width: int, height: int) -> Image.Image:
    """The drone's photo at these sides, with grain of any size."""
    with Image.open(BytesIO(DRONE)) as photo:
        plain = photo.convert("RGB").resize((width, height))
    grain = Image.effect_noise((width, height), 40).convert("RGB")
    return Image.blend(plain, grain, 0.2)


LARGE = scene(1600, 1200)


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def compared(photo: Image.Image, rendition: Image.Image, look: Look = LOOK) -> Comparison:
    return compare_places(
        saved(photo, "PNG"), saved(rendition, "JPEG", quality=97, subsampling=0), look
    )


def blurred_at(photo: Image.Image, *boxes: tuple[int, int, int, int]) -> Image.Image:
    """Spoil a picture in some places, each less than the one before."""
    made = photo.copy()
    for at, box in enumerate(boxes):
        made.paste(photo.crop(box).filter(ImageFilter.GaussianBlur(6 - 2 * at)), box[:2])
    return made


def overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> int:
    """How many pixels two boxes of left, top, width, height share."""
    sides = (
        min(one[at] + one[at + 2], other[at] + other[at + 2]) - max(one[at], other[at])
        for at in (0, 1)
    )
    across, down = (max(0, side) for side in sides)
    return across * down


def test_the_places_that_lost_most_come_first_and_lie_apart() -> None:
    spoilt = [(1100, 800, 1420, 1040), (100, 120, 420, 360)]
    seen = compared(LARGE, blurred_at(LARGE, *spoilt))
    for place, (left, top, right, bottom) in zip(seen.places, spoilt, strict=False):
        # The lowest score is found to a few dozen pixels: scores are per picture.
        assert overlap(place.box, (left, top, right - left, bottom - top)) > 0.6 * 320 * 240
    scores = [place.score for place in seen.places]
    assert None not in scores
    assert scores == sorted(scores, key=lambda score: score or 0)
    assert seen.score is not None
    assert scores[0] is not None
    assert scores[0] < seen.score
    boxes = [place.box for place in seen.places]
    assert len(boxes) == 3
    assert not any(overlap(one, two) for at, one in enumerate(boxes) for two in boxes[:at])


def test_pieces_are_cut_at_one_pixel_to_one() -> None:
    spoilt = blurred_at(LARGE, (600, 400, 920, 640))
    place = compared(LARGE, spoilt).places[0]
    left, top, width, height = place.box
    for piece, whole in ((place.before, LARGE), (place.after, spoilt)):
        own = opened(piece)
        assert own.size == (width, height)
        meant = whole.crop((left, top, left + width, top + height))
        # JPEG of such quality hardly moves the mean of any corner.
        for box in ((0, 0, 40, 40), (width - 40, height - 40, width, height)):
            for mine, theirs in zip(
                own.crop(box).resize((1, 1), Image.Resampling.BOX).getpixel((0, 0)),  # type: ignore[arg-type]
                meant.crop(box).resize((1, 1), Image.Resampling.BOX).getpixel((0, 0)),  # type: ignore[arg-type]
                strict=True,
            ):
                assert abs(mine - theirs) <= 3


def test_a_scaled_rendition_is_shown_at_its_pixels_rated_at_the_photos() -> None:
    half = LARGE.resize((800, 600), Image.Resampling.LANCZOS)
    seen = compared(LARGE, half)
    assert (seen.sides_before, seen.sides_after, seen.is_scaled) == ((1600, 1200), (800, 600), True)
    assert opened(seen.places[0].before).size == (320, 240)
    assert seen.score is not None
    whole = compared(LARGE, LARGE).score
    assert whole is not None
    assert seen.score < whole - 5
    for place in seen.places:
        left, top, width, height = place.box
        assert 0 <= left <= left + width <= 800
        assert 0 <= top <= top + height <= 600


def tagged_as(turn: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = turn
    return exif.tobytes()


@pytest.mark.parametrize("turn", range(1, 9))
def test_both_are_upright_whatever_the_tag(turn: int) -> None:
    photo = saved(scene(600, 400), "JPEG", quality=95, exif=tagged_as(turn))
    tagged = shrink(photo, ByteBudget(len(photo) // 2), Options(orientation="tag"))
    turned = shrink(photo, ByteBudget(len(photo) // 2), Options(orientation="upright"))
    on_its_side = turn >= 5
    for made in (tagged, turned):
        seen = compare_places(photo, made.data)
        assert (seen.sides_before[0] < seen.sides_before[1]) is on_its_side
        assert seen.score is not None
        assert seen.score > 50


def test_the_photo_itself_has_no_place_to_show() -> None:
    seen = compare_places(DRONE, DRONE)
    assert (seen.score, seen.places) == (100.0, ())
    assert max(opened(seen.overview).size) <= 640


@pytest.mark.parametrize("sides", [(1, 1), (3, 900), (900, 3), (40, 40), (59, 61), (60, 60)])
def test_pictures_of_any_sides_are_shown(sides: tuple[int, int]) -> None:
    photo = scene(*sides)
    seen = compared(photo, photo.transpose(Image.Transpose.ROTATE_180))
    assert seen.places
    assert opened(seen.places[0].after).size == (min(320, sides[0]), min(240, sides[1]))


@pytest.mark.parametrize("name", NAMES)
def test_every_format_is_shown_or_refused_by_name(name: str) -> None:
    photo = sample(name)
    try:
        made = shrink(photo, ByteBudget(max(400, len(photo) // 2)))
        seen = compare_places(photo, made.data)
    except ResizeError:
        return
    assert opened(seen.overview).mode == "RGB"
    assert all(opened(place.before).size == opened(place.after).size for place in seen.places)


def test_pieces_stay_within_their_bytes_and_are_encoded_alike() -> None:
    noise = Image.effect_noise((1200, 900), 90).convert("RGB")
    seen = compared(
        noise, noise.filter(ImageFilter.GaussianBlur(1)), Look(most_bytes=60_000, sides=(320, 240))
    )
    for place in seen.places:
        assert max(len(place.before), len(place.after)) <= 60_000
        assert opened(place.before).quantization == opened(place.after).quantization  # type: ignore[attr-defined]


def test_a_photo_of_too_many_pixels_is_not_decoded() -> None:
    with pytest.raises(TooLargeError):
        compare_places(DRONE, saved(LARGE, "JPEG"), Look(max_pixels=1000))
