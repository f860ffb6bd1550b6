"""Colours are right for every way in which a photo defines its colour space."""

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from resize_core import ByteBudget, Options, UnsupportedError, shrink
from resize_core.metadata import icc
from tests.resize_core.sample_files import picture, saved

LARGE = ByteBudget(20_000_000)
SIDES = (96, 64)
CHOICES: list[dict[str, Any]] = [{}, {"accepts": ("jpeg",)}, {"orientation": "upright"}]
GAMMAS = [1.0, 1.8, 2.2, 2.6]
DISPLAY_P3, BT2020 = 12, 9


def linear_of(value: int, gamma: float) -> int:
    """What sRGB writes for a grey that a gamma means: its brightness stays."""
    light = float((value / 255) ** gamma)
    coded = 12.92 * light if light <= 0.0031308 else 1.055 * float(light ** (1 / 2.4)) - 0.055
    return round(255 * coded)


def grey_of(data: bytes) -> int:
    image = Image.open(BytesIO(data))
    assert "icc_profile" not in image.info
    return int(np.asarray(image.convert("L"))[5, 5])


def chunk(kind: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)


def with_chunks(image: Image.Image, *chunks: bytes) -> bytes:
    plain = saved(image, "PNG")
    return plain[:33] + b"".join(chunks) + plain[33:]


@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("value", [20, 128, 250])
@pytest.mark.parametrize(("mode", "name"), [
    ("L", "JPEG"), ("L", "PNG"), ("LA", "PNG"), ("L", "TIFF"), ("L", "AVIF"),
])  # fmt: skip
@pytest.mark.parametrize("choices", CHOICES[:2], ids=str)
def test_grey_with_a_profile_becomes_the_grey_it_means(
    gamma: float, value: int, mode: str, name: str, choices: dict[str, Any]
) -> None:
    image = Image.new("L", SIDES, value).convert(mode)
    data = saved(image, name, icc_profile=icc.grey_profile(gamma), quality=95)
    made = shrink(data, LARGE, Options(colour="srgb", effort="balanced", **choices))
    assert abs(grey_of(made.data) - linear_of(value, gamma)) <= 3


def test_half_grey_with_a_linear_profile_becomes_188() -> None:
    data = saved(Image.new("L", SIDES, 128), "JPEG", icc_profile=icc.grey_profile(1.0))
    assert abs(grey_of(shrink(data, LARGE, Options(colour="srgb")).data) - 188) <= 1


@pytest.mark.parametrize("name", ["JPEG", "PNG"])
def test_grey_with_a_profile_of_rgb_takes_its_curve(name: str) -> None:
    profile = icc.rgb_profile(icc.SRGB, 1.0)
    data = saved(Image.new("L", SIDES, 128), name, icc_profile=profile)
    assert abs(grey_of(shrink(data, LARGE, Options(colour="srgb")).data) - 188) <= 3


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("profile", [b"no profile at all", icc.grey_profile(1.0)[:200], bytes(128)])
def test_an_unreadable_profile_is_dropped_and_named(name: str, profile: bytes) -> None:
    data = saved(picture(), name, icc_profile=profile)
    made = shrink(data, LARGE, Options(colour="srgb", effort="balanced"))
    assert "ICC profile" in made.dropped
    assert "icc_profile" not in Image.open(BytesIO(made.data)).info


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
@pytest.mark.parametrize("primaries", [DISPLAY_P3, BT2020])
def test_a_profile_of_more_colours_is_converted(mode: str, primaries: int) -> None:
    profile = icc.of_cicp(primaries, 13)
    assert profile is not None
    image = Image.new("RGB", SIDES, (200, 100, 50))
    stored = image.quantize(16) if mode == "P" else image.convert(mode)
    data = saved(stored, "PNG", icc_profile=profile)
    made = Image.open(BytesIO(shrink(data, LARGE, Options(colour="srgb")).data)).convert("RGB")
    want = ImageCms.profileToProfile(
        image, ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
    )
    assert want is not None
    assert np.abs(np.asarray(made, "i4") - np.asarray(want, "i4")).max() <= 3
    assert np.abs(np.asarray(made, "i4") - np.asarray(image, "i4")).max() > 5


def test_deep_grey_keeps_the_profile_that_it_needs() -> None:
    data = saved(picture("I;16"), "PNG", icc_profile=icc.grey_profile(1.0))
    made = shrink(data, LARGE, Options(colour="srgb"))
    assert "icc_profile" in Image.open(BytesIO(made.data)).info


@pytest.mark.parametrize("gamma", [1.0, 1.8])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_gamma_in_a_png_counts(gamma: float, mode: str) -> None:
    image = Image.new(mode, SIDES, 128 if mode == "L" else (128, 128, 128))
    data = with_chunks(image, chunk(b"gAMA", struct.pack(">I", round(100_000 / gamma))))
    for choices in CHOICES[:2]:
        made = shrink(data, LARGE, Options(colour="srgb", **choices))
        assert abs(grey_of(made.data) - linear_of(128, gamma)) <= 3
    kept = Image.open(BytesIO(shrink(data, LARGE, Options(accepts=("jpeg",))).data))
    assert kept.info["icc_profile"]


def test_srgb_in_a_png_counts_before_gamma() -> None:
    image = Image.new("RGB", SIDES, (128, 128, 128))
    gamma = chunk(b"gAMA", struct.pack(">I", 100_000))
    for order in ((chunk(b"sRGB", b"\0"), gamma), (gamma, chunk(b"sRGB", b"\0"))):
        made = shrink(with_chunks(image, *order), LARGE, Options(colour="srgb"))
        assert int(np.asarray(Image.open(BytesIO(made.data)).convert("L"))[5, 5]) == 128


@pytest.mark.parametrize("name", ["PNG", "AVIF"])
@pytest.mark.parametrize("primaries", [DISPLAY_P3, BT2020])
@pytest.mark.parametrize(
    "choices",
    [{"colour": "srgb"}, {"accepts": ("jpeg",)}, {"accepts": ("jpeg",), "colour": "srgb"}],
    ids=str,
)
def test_numbers_for_colours_count(name: str, primaries: int, choices: dict[str, Any]) -> None:
    image = Image.new("RGB", SIDES, (200, 100, 50))
    if name == "PNG":
        data = with_chunks(image, chunk(b"cICP", bytes([primaries, 13, 0, 1])))
    else:
        data = saved(image, "AVIF", quality=95, subsampling="4:4:4").replace(
            b"colrnclx\0\1\0\x0d", b"colrnclx\0" + bytes([primaries]) + b"\0\x0d"
        )
    made = Image.open(BytesIO(shrink(data, LARGE, Options(effort="balanced", **choices)).data))
    profile = icc.of_cicp(primaries, 13)
    assert profile is not None
    want = image
    if "colour" in choices:
        want = (
            ImageCms.profileToProfile(
                image, ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
            )
            or image
        )
    else:
        assert made.info["icc_profile"] == profile
    assert np.abs(np.asarray(made.convert("RGB"), "i4") - np.asarray(want, "i4")).mean() <= 4


@pytest.mark.parametrize("transfer", [16, 18])
@pytest.mark.parametrize("name", ["PNG", "AVIF"])
def test_hdr_is_refused_where_it_would_have_to_be_mapped(transfer: int, name: str) -> None:
    image = picture()
    if name == "PNG":
        data = with_chunks(image, chunk(b"cICP", bytes([9, transfer, 0, 1])))
    else:
        data = saved(image, "AVIF", quality=90).replace(
            b"colrnclx\0\1\0\x0d", b"colrnclx\0\x09\0" + bytes([transfer])
        )
    for choices in CHOICES[1:2]:
        with pytest.raises(UnsupportedError, match="HDR"):
            shrink(data, LARGE, Options(**choices))
    if name == "PNG":
        made = shrink(data, ByteBudget(len(data) // 2), Options(effort="balanced"))
        assert b"cICP" in made.data


def test_adobe_rgb_by_exif_alone_counts() -> None:
    exif = Image.Exif()
    below = exif.get_ifd(0x8769)
    below[0xA001] = 65_535
    below[0xA005] = {1: "R03"}
    exif[0x8769] = below
    image = Image.new("RGB", SIDES, (60, 180, 60))
    block = exif.tobytes()
    assert b"R03\0" in block
    data = saved(image, "JPEG", quality=95, exif=block)
    made = shrink(data, LARGE, Options(colour="srgb"))
    assert b"R03\0" not in made.data
    pixel = Image.open(BytesIO(made.data)).convert("RGB").getpixel((5, 5))
    assert isinstance(pixel, tuple)
    assert pixel[0] < 40
    assert Image.open(BytesIO(made.data)).getexif().get_ifd(0x8769)[0xA001] == 1


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_a_profile_in_parts_counts_in_any_order(order: tuple[int, ...]) -> None:
    profile = icc.rgb_profile(icc.SRGB, 1.0)
    size = len(profile) // 3 + 1
    parts = [profile[i * size : (i + 1) * size] for i in range(3)]
    segments = [b"ICC_PROFILE\0" + bytes([i + 1, 3]) + parts[i] for i in order]
    plain = saved(Image.new("RGB", SIDES, (128, 128, 128)), "JPEG", quality=95)
    body = b"".join(struct.pack(">BBH", 255, 0xE2, len(s) + 2) + s for s in segments)
    made = shrink(plain[:2] + body + plain[2:], LARGE, Options(colour="srgb"))
    assert abs(grey_of(made.data) - 188) <= 2


@pytest.mark.parametrize("values", [(1, 0, 0, 0, 0, 0, 0, 0), (0,) * 8, (2**31,) * 8])
def test_nonsense_about_colours_costs_nothing(values: tuple[int, ...]) -> None:
    data = with_chunks(picture(), chunk(b"gAMA", struct.pack(">I", 1)),
                       chunk(b"cHRM", struct.pack(">8I", *values)))  # fmt: skip
    assert shrink(data, LARGE, Options(colour="srgb", effort="balanced")).data
