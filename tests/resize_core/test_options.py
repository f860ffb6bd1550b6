"""What may be asked for beside a budget."""

import math
import struct
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageCms, ImageOps, ImageStat

from resize_core import (
    FORMATS,
    ByteBudget,
    ChoiceError,
    Header,
    Options,
    UnsupportedError,
    fits,
    name_for,
    parse_accepts,
    probe,
    shrink,
)
from resize_core.pixels.resize import scaled_sides
from resize_core.probe import top_scale
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

LARGE = ByteBudget(20_000_000)


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def difference(one: Image.Image, other: Image.Image) -> float:
    small = [image.convert("RGB").resize((52, 38)) for image in (one, other)]
    return max(ImageStat.Stat(ImageChops.difference(*small)).mean)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [1.0, 0.5])
def test_an_upright_photo_is_turned_and_says_that_it_is_not(name: str, share: float) -> None:
    data = saved(picture(), name, exif=turned_exif())
    made = shrink(data, ByteBudget(int(len(data) * share)), Options(orientation="upright"))
    after = opened(made.data)
    assert (made.source_width, made.source_height) == (WIDTH, HEIGHT)
    assert made.width < made.height
    assert after.getexif().get(0x0112, 1) == 1
    assert difference(after, ImageOps.exif_transpose(opened(data))) < 8


def test_a_photo_that_stands_already_keeps_its_bytes() -> None:
    data = sample("jpeg")
    assert shrink(data, LARGE, Options(orientation="upright", colour="srgb")).data == data


@pytest.mark.parametrize("name", ["JPEG", "TIFF"])
def test_cmyk_becomes_srgb_by_its_plain_colours_where_it_has_no_profile(name: str) -> None:
    data = saved(picture("CMYK"), name)
    made = opened(shrink(data, LARGE, Options(colour="srgb")).data)
    assert made.mode in {"RGB", "YCbCr"}
    assert difference(made, picture()) < 6


def test_a_profile_is_applied_and_gone() -> None:
    swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # The red and the blue primary change places: their tags' names do.
    swapped = swapped.replace(b"rXYZ", b"tmpX", 1).replace(b"bXYZ", b"rXYZ", 1)
    swapped = swapped.replace(b"tmpX", b"bXYZ", 1)
    data = saved(picture(), "JPEG", quality=95, icc_profile=swapped)
    made = opened(shrink(data, LARGE, Options(colour="srgb")).data)
    assert "icc_profile" not in made.info
    red, green, blue = picture().split()
    assert difference(made, Image.merge("RGB", (blue, green, red))) < 25


@pytest.mark.parametrize("share", [1.0, 0.5, 0.2])
def test_no_place_is_left_anywhere_in_a_stripped_photo(share: float) -> None:
    before = opened(DRONE)
    assert before.getexif().get_ifd(0x8825)
    made = shrink(DRONE, ByteBudget(int(len(DRONE) * share)), Options(location="strip"))
    exif = opened(made.data).getexif()
    assert not exif.get_ifd(0x8825)
    assert 0x927C not in exif.get_ifd(0x8769)
    assert exif[0x010F] == before.getexif()[0x010F]
    assert "location" in made.dropped
    for telling in (b"Gps", b"GPS", b"atitude", b"ongitude", b"xmp"):
        assert telling not in made.data


@pytest.mark.parametrize("name", NAMES)
def test_stripping_leaves_the_pixels_of_a_photo_within_budget_alone(name: str) -> None:
    data = sample(name)
    made = shrink(data, LARGE, Options(location="strip"))
    assert made.done in {"trimmed", "re-encoded"}
    if made.done == "trimmed":
        assert opened(made.data).convert("RGB").tobytes() == opened(data).convert("RGB").tobytes()


@pytest.mark.parametrize("name", ["webp", "webp rgba", "tiff", "tiff cmyk", "tiff 16-bit", "avif"])
def test_a_format_that_is_not_accepted_becomes_jpeg(name: str) -> None:
    data = sample(name)
    made = shrink(data, LARGE, Options(accepts=("jpeg", "png", "bmp", "gif")))
    assert (made.format.name, made.source_format) == ("JPEG", probe(data).format)
    if "rgba" not in name:
        assert difference(opened(made.data), opened(sample("jpeg"))) < (
            9 if "16" not in name else 90
        )


def test_an_accepted_format_stays() -> None:
    assert shrink(sample("png"), LARGE, Options(accepts=("jpeg", "png"))).done == "passed through"


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("a/photo.webp", "a/photo.webp.jpg"),
        ("a/photo.HEIC", "a/photo.HEIC.jpg"),
        ("a/photo.tif", "a/photo.tif.jpg"),
        ("a/photo.heic.jpg", "a/photo.heic.jpg"),
        ("a/photo.JPG", "a/photo.JPG"),
        ("a/photo.png", "a/photo.png"),
        ("a.heic/photo", "a.heic/photo"),
        ("a/heic", "a/heic"),
        (".heif", ".heif.jpg"),
    ],
)
def test_only_names_of_formats_not_accepted_change(name: str, called: str) -> None:
    assert name_for(name, ("jpeg", "png")) == called
    assert name_for(name, None) == name


def test_an_animation_does_not_become_a_jpeg() -> None:
    with pytest.raises(UnsupportedError, match="4 pictures"):
        shrink(sample("webp animated"), LARGE, Options(accepts=("jpeg",)))


def test_heic_is_read_and_becomes_jpeg_but_is_not_written() -> None:
    heif = pytest.importorskip("pillow_heif")
    file = BytesIO()
    heif.from_pillow(picture()).save(file, quality=90)
    data = file.getvalue()
    assert probe(data).format.name == "HEIC"
    assert (probe(data).width, probe(data).height) == (WIDTH, HEIGHT)
    made = shrink(data, LARGE, Options(accepts=("jpeg",)))
    assert difference(opened(made.data), picture()) < 6
    with pytest.raises(UnsupportedError, match="accepts"):
        shrink(data, ByteBudget(len(data) // 2))


def test_whatever_may_change_a_photo_keeps_it_from_passing_through() -> None:
    header = Header(FORMATS[0], 100, 100)
    assert fits(header, 10, LARGE)
    assert not fits(header, 10, LARGE, Options(orientation="upright"))
    assert not fits(header, 10, LARGE, Options(colour="srgb"))
    assert not fits(header, 10, LARGE, Options(location="strip"))
    assert not fits(Header(FORMATS[3], 100, 100), 10, LARGE, Options(accepts=("jpeg", "png")))


def test_what_others_become_must_be_accepted() -> None:
    with pytest.raises(ChoiceError, match="jpeg"):
        shrink(sample("png"), LARGE, Options(accepts=("png",)))


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("share", [1.0, 0.5])
def test_a_location_stated_twice_is_stripped_from_every_format(name: str, share: float) -> None:
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    exif[0x8825] = {1: "N", 2: (48.0, 51.0, 30.0), 3: "E", 4: (2.0, 17.0, 40.0)}
    xmp = {} if name == "TIFF" else {"xmp": b"<x:xmpmeta GPSLatitude='48,51.5N'/>"}
    data = saved(picture().copy(), name, exif=exif.tobytes(), **xmp)
    assert opened(data).getexif().get_ifd(0x8825)
    made = shrink(data, ByteBudget(int(len(data) * share)), Options(location="strip")).data
    assert not opened(made).getexif().get_ifd(0x8825)
    assert b"Latitude" not in made
    assert struct.pack("<II", 51, 1) not in made
    assert struct.pack(">II", 51, 1) not in made


@given(st.integers(1, 3000), st.integers(1, 3000), st.integers(1, 4_000_000))
def test_no_rendition_has_more_pixels_than_are_allowed(width: int, height: int, most: int) -> None:
    header = Header(FORMATS[0], width, height)
    scale = top_scale(header, Options(max_pixels=most))
    sides = scaled_sides((width, height), scale)
    assert math.prod(sides) <= most
    if scale < 1 and min(sides) > 2:
        assert math.prod(sides) > 0.5 * most


@pytest.mark.parametrize(
    ("choice", "instead"), [({"effort": "fast"}, "balanced"), ({"strategy": "seed"}, "best")]
)
def test_a_removed_value_is_refused_with_the_one_to_set_instead(
    choice: dict[str, Any], instead: str
) -> None:
    with pytest.raises(ChoiceError, match=f"removed, .*: set {instead}$"):
        shrink(DRONE, ByteBudget(10_000), Options(**choice))


@pytest.mark.parametrize(
    "named",
    [
        {"max_side": 100},
        {"orientation": "upright", "accepts": "png, JPEG"},
        {"accepts": ("jpeg", "png"), "effort": "best"},
    ],
)
def test_an_option_given_by_name_is_that_option(named: dict[str, Any]) -> None:
    photo = sample("jpeg turned, with profile")
    fields: dict[str, Any] = {
        key: parse_accepts(value) if key == "accepts" and isinstance(value, str) else value
        for key, value in named.items()
    }
    budget = ByteBudget(len(photo))
    assert shrink(photo, budget, **named) == shrink(photo, budget, Options(**fields))
    header = probe(photo)
    assert fits(header, len(photo), budget, **named) == fits(
        header, len(photo), budget, Options(**fields)
    )


def test_a_name_that_is_no_option_gets_the_nearest_one() -> None:
    with pytest.raises(ChoiceError, match=r"max_sides is not an option.*max_side"):
        shrink(sample("jpeg"), ByteBudget(1_000), max_sides=100)
