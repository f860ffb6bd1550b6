"""What `shrink` promises, over every format."""

from io import BytesIO
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageSequence, ImageStat

from resize_core import (
    ByteBudget,
    CannotFitError,
    Options,
    probe,
    shrink,
)
from resize_core.decoding import open_photo
from resize_core.formats.jpeg.segments import JpegFile
from resize_core.model import Effort, Setting
from resize_core.pixels.codec_api import DecodeRequest
from tests.resize_core.sample_files import DRONE, NAMES, picture, profile, sample, saved

# The least a file of each format takes, by our samples: a speck of one pixel, a frame or page each.
MINIMUM = {"JPEG": 330, "PNG": 350, "WebP": 160, "TIFF": 1900, "GIF": 200, "BMP": 1100, "AVIF": 330}
STILL = [name for name in NAMES if not name.endswith(("animated", "pages"))]


def upright_rgb(data: bytes) -> Image.Image:
    image: Image.Image = Image.open(BytesIO(data))
    if image.mode == "I;16":
        image = image.convert("I").point(lambda v: v / 257).convert("L")
    if image.mode == "F":
        image = image.convert("L")
    flat = Image.new("RGBA", image.size, "white")
    flat.alpha_composite(image.convert("RGBA"))
    return flat.convert("RGB")


def difference(one: bytes, other: bytes) -> float:
    """Mean difference of two pictures at a small size, 0 to 255."""
    a, b = (picture.resize((52, 38)) for picture in (upright_rgb(one), upright_rgb(other)))
    return max(ImageStat.Stat(ImageChops.difference(a, b)).mean)


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(NAMES), size=st.floats(0, 1).map(lambda x: round(20_000_000**x)))
def test_every_photo_fits_the_budget_if_its_format_can(name: str, size: int) -> None:
    data = sample(name)
    try:
        made = shrink(data, ByteBudget(size), Options(effort="balanced"))
    except CannotFitError as error:
        assert error.smallest > size
        assert error.smallest <= MINIMUM[probe(data).format.name]
        return
    assert len(made.data) <= size
    assert made.format == probe(data).format
    # Pillow returns the sides of a turned TIFF as shown.
    assert {made.width, made.height} == {*Image.open(BytesIO(made.data)).size}
    assert (made.done == "passed through") == (len(data) <= size)


@pytest.mark.parametrize("name", NAMES)
def test_a_photo_within_budget_passes_through_byte_for_byte(name: str) -> None:
    data = sample(name)
    made = shrink(data, ByteBudget(len(data)))
    assert made.data is data
    assert (made.done, made.setting, made.encodes) == ("passed through", None, 0)


@pytest.mark.parametrize(("done", "name", "share"), [
    ("trimmed", "jpeg of a drone", 0.97), ("recoded", "jpeg", 0.97), ("re-encoded", "jpeg", 0.9),
    ("recoded", "png 16-bit colour", 0.97), ("scaled", "png", 0.97), ("recoded", "tiff", 0.97),
    ("re-encoded", "tiff", 0.5), ("scaled", "tiff rgba", 0.5), ("scaled", "bmp", 0.97),
    ("scaled", "gif", 0.97), ("re-encoded", "webp", 0.97), ("re-encoded", "avif", 0.97),
])  # fmt: skip
def test_setting_and_encodes_are_those_of_what_was_done(done: str, name: str, share: float) -> None:
    data = sample(name)
    made = shrink(data, ByteBudget(int(len(data) * share)))
    assert made.done == done
    if done == "trimmed":
        assert (made.setting, made.encodes) == (None, 0)
        return
    assert made.setting is not None
    is_smaller = (made.width, made.height) != (made.source_width, made.source_height)
    assert (made.setting.scale < 1, is_smaller) == (done == "scaled", done == "scaled")
    if done == "recoded":
        assert (made.setting.quality, made.encodes) == (None, 1)
    assert 1 <= made.encodes <= 5


@pytest.mark.parametrize("share", [0.8, 0.4])
@pytest.mark.parametrize("name", STILL)
def test_the_rendition_looks_like_its_photo(name: str, share: float) -> None:
    data = sample(name)
    made = shrink(data, ByteBudget(int(len(data) * share)))
    before, after = Image.open(BytesIO(data)), Image.open(BytesIO(made.data))
    assert difference(data, made.data) < (12 if "bilevel" in name else 6)
    assert before.format in {after.format, "MPO"}
    assert after.mode == before.mode or {after.mode, before.mode} <= {"RGB", "YCbCr"}


@pytest.mark.parametrize("effort", ["balanced", "best"])
@pytest.mark.parametrize("share", [0.75, 0.5, 0.25, 0.1])
def test_a_camera_photo_uses_the_budget_in_few_encodes(share: float, effort: str) -> None:
    photo = saved(Image.open(BytesIO(DRONE)).resize((1600, 1200)), "JPEG", quality=96)
    budget = int(len(photo) * share)
    made = shrink(photo, ByteBudget(budget), Options(effort=effort))  # type: ignore[arg-type]
    assert len(made.data) >= 0.95 * budget
    assert made.encodes <= 3


def test_quality_gives_way_before_scale() -> None:
    photo = sample("jpeg of a drone")
    assert shrink(photo, ByteBudget(len(photo) // 2)).done == "re-encoded"
    assert shrink(photo, ByteBudget(len(photo) // 20)).done == "scaled"


def test_a_soft_photo_is_made_smaller_sooner_than_a_drawing() -> None:
    soft = Image.open(BytesIO(DRONE)).resize((1600, 1200)).filter(ImageFilter.GaussianBlur(2))
    drawn = Image.new("RGB", soft.size, "white")
    for i in range(400):
        x, y, shade = i * 67 % 1500, i * 41 % 1100, (i * 97 % 256, i * 57 % 256, i * 23 % 256)
        ImageDraw.Draw(drawn).rectangle((x, y, x + 90, y + 60), fill=shade, outline="black")
    for image, done in ((soft, "scaled"), (drawn, "re-encoded")):
        photo = saved(image, "JPEG", quality=96, subsampling="4:4:4")
        made = shrink(photo, ByteBudget(len(photo) // 5), Options(effort="balanced"))
        assert made.done == done


def test_the_size_of_a_scaled_rendition_is_estimated_without_the_thumbnail() -> None:
    header = probe(DRONE, size=len(DRONE))
    request = DecodeRequest("balanced", len(DRONE), header.width * header.height)
    picture = open_photo(JpegFile(DRONE), header.format, request)
    setting = Setting(0.5, 80, "4:2:0")
    assert picture.estimate_size(setting) == pytest.approx(len(picture.encode(setting)), rel=0.02)


def test_a_photo_slightly_over_budget_loses_other_data_first() -> None:
    without_second = shrink(DRONE, ByteBudget(len(DRONE) - 1))
    assert without_second.done == "trimmed"
    assert without_second.dropped == ("what follows the picture",)
    without_thumbnail = shrink(DRONE, ByteBudget(len(without_second.data) - 1))
    assert without_thumbnail.done == "trimmed"
    assert without_thumbnail.dropped == ("what follows the picture", "thumbnail")
    pixels = [
        Image.open(BytesIO(d)).convert("RGB").tobytes() for d in (DRONE, without_thumbnail.data)
    ]
    assert pixels[0] == pixels[1]
    recoded = shrink(DRONE, ByteBudget(len(without_thumbnail.data) - 1))
    assert recoded.done == "recoded"
    assert difference(DRONE, recoded.data) < 1


def test_a_file_of_several_pictures_comes_out_as_one_without_an_index() -> None:
    assert Image.open(BytesIO(DRONE)).format == "MPO"
    made = shrink(DRONE, ByteBudget(len(DRONE) // 2))
    assert Image.open(BytesIO(made.data)).format == "JPEG"
    assert b"MPF\0" not in made.data
    assert "what follows the picture" in made.dropped


def test_what_a_camera_wrote_stays_byte_for_byte() -> None:
    before = Image.open(BytesIO(DRONE))
    written = {"exif": before.info["exif"], "xmp": before.info["xmp"]}
    photo = saved(before.resize((1600, 1200)), "JPEG", quality=96, **written)
    made = shrink(photo, ByteBudget(len(photo) * 4 // 5))
    after = Image.open(BytesIO(made.data))
    assert made.done == "re-encoded"
    assert after.info["exif"] == before.info["exif"]
    assert after.info["xmp"] == before.info["xmp"]


def test_a_scaled_photo_states_its_new_sides_and_drops_its_thumbnail() -> None:
    made = shrink(DRONE, ByteBudget(len(DRONE)), Options(max_side=320))
    exif = Image.open(BytesIO(made.data)).getexif()
    assert (made.width, made.height) == (320, 240)
    assert exif.get_ifd(0x8769)[0xA002] == 320
    assert exif.get_ifd(0x8769)[0xA003] == 240
    assert 0x0201 not in exif.get_ifd(0x0001)
    maker_notes = Image.open(BytesIO(DRONE)).getexif().get_ifd(0x8769)[0x927C]
    assert exif.get_ifd(0x8769)[0x927C] == maker_notes


@pytest.mark.parametrize("name", ["jpeg turned, with profile", "png", "webp", "tiff"])
@pytest.mark.parametrize("share", [0.9, 0.45])
def test_orientation_and_colour_profile_survive(name: str, share: float) -> None:
    data = sample(name)
    made = shrink(data, ByteBudget(int(len(data) * share)))
    before, after = Image.open(BytesIO(data)), Image.open(BytesIO(made.data))
    assert (made.width, made.height) == (probe(made.data).width, probe(made.data).height)
    assert made.width > made.height
    assert after.info["icc_profile"] == profile()
    assert after.getexif()[0x0112] == before.getexif()[0x0112] == 6
    assert after.getexif()[0x010F] == "A camera"
    assert after.getexif().get_ifd(0x8769)[0xA002] == made.width


def test_orientation_stays_when_the_budget_has_no_room_for_the_rest() -> None:
    data = sample("jpeg turned, with profile")
    made = shrink(data, ByteBudget(1000))
    assert Image.open(BytesIO(made.data)).getexif() == {0x0112: 6}
    assert {"EXIF", "XMP", "ICC profile"} <= set(made.dropped)


@pytest.mark.parametrize("name", ["png animated", "webp animated", "gif animated"])
def test_an_animation_keeps_its_frames_and_their_timing(name: str) -> None:
    data = sample(name)
    made = shrink(data, ByteBudget(len(data) // 2))
    clocks = []
    for film in (data, made.data):
        shown = ImageSequence.all_frames(Image.open(BytesIO(film)))
        clocks.append([round(frame.info["duration"]) for frame in shown])
    assert clocks[0] == clocks[1] == [40, 60, 80, 100]


def test_the_pages_of_a_document_all_stay() -> None:
    data = sample("tiff pages")
    made = shrink(data, ByteBudget(len(data) // 3)).data
    assert len(ImageSequence.all_frames(Image.open(BytesIO(made)))) == 3


@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "tiff", "gif", "bmp"])
def test_the_largest_side_and_number_of_pixels_are_honoured(name: str) -> None:
    made = shrink(sample(name), ByteBudget(20_000_000), Options(max_side=100))
    assert (made.done, made.width, made.height) == ("scaled", 100, 73)
    made = shrink(sample(name), ByteBudget(20_000_000), Options(max_pixels=5_000))
    assert made.width * made.height == pytest.approx(5_000, rel=0.03)


@pytest.mark.parametrize("format_name", ["JPEG", "PNG"])
def test_a_narrow_strip_may_become_one_pixel_high_unless_a_side_is_asked_for(
    format_name: str,
) -> None:
    noise = Image.frombytes("L", (2000, 8), Random(1).randbytes(2000 * 8)).convert("RGB")
    data = saved(noise, format_name)
    made = shrink(data, ByteBudget(400))
    assert (made.width < 2000 / 8, made.height) == (True, 1)
    with pytest.raises(CannotFitError):
        shrink(data, ByteBudget(400), Options(min_side=4))


def test_the_smallest_side_is_honoured_or_the_photo_refused() -> None:
    data = sample("jpeg")
    with pytest.raises(CannotFitError) as refused:
        shrink(data, ByteBudget(700), Options(min_side=100))
    made = shrink(data, ByteBudget(refused.value.smallest), Options(min_side=100))
    assert min(made.width, made.height) >= 100


def test_a_strategy_may_keep_every_pixel() -> None:
    data = sample("jpeg of a drone")
    made = shrink(data, ByteBudget(len(data) // 12), Options(strategy="keep-pixels"))
    assert (made.width, made.height) == (640, 480)
    with pytest.raises(CannotFitError):
        shrink(sample("bmp"), ByteBudget(50_000), Options(strategy="keep-pixels"))


@pytest.mark.parametrize("blur", [0, 3])
def test_a_soft_photo_gives_up_pixels_and_a_detailed_one_keeps_them(blur: int) -> None:
    photo = Image.open(BytesIO(DRONE)).convert("RGB")
    if blur:
        photo = photo.resize((1280, 960)).filter(ImageFilter.GaussianBlur(blur))
    file = BytesIO()
    photo.save(file, "JPEG", quality=92)
    made = shrink(file.getvalue(), ByteBudget(file.tell() * 43 // 100))
    assert made.setting is not None
    assert (made.setting.scale < 1) == bool(blur)


@pytest.mark.parametrize("effort", ["balanced", "best"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("sides", [(1030, 516), (512, 520), (767, 900)])
def test_the_smallest_photos_with_crops_fit_in_grey_and_colour(
    sides: tuple[int, int], mode: str, effort: Effort
) -> None:
    photo = saved(picture(mode).resize(sides), "JPEG", quality=90)
    made = shrink(photo, ByteBudget(len(photo) // 3), Options(effort=effort))
    shown = Image.open(BytesIO(made.data))
    assert (shown.mode, shown.size) == (mode, (made.width, made.height))
    assert len(photo) // 4 < len(made.data) <= len(photo) // 3
