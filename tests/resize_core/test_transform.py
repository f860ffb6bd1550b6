"""Metadata is kept when pixels change, or named as lost."""

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from resize_core import ByteBudget, Options, Rendition, shrink
from resize_core.metadata import icc
from resize_core.model import Effort
from tests.resize_core.formats.png.test_codec import chunk
from tests.resize_core.sample_files import WIDTH, picture, sample, saved

_TURNED = 6
_EFFORTS: tuple[Effort, ...] = ("balanced", "best")
_ROOMY = ByteBudget(500_000)


def wide_rgb() -> bytes:
    return icc.rgb_profile(icc.ADOBE, icc.ADOBE_GAMMA)


def exif_block() -> bytes:
    tags = Image.Exif()
    tags[0x0112], tags[0x010F] = _TURNED, "Maker"
    return tags.tobytes().removeprefix(b"Exif\0\0")


def with_chunk(data: bytes, more: bytes, *, at_the_end: bool) -> bytes:
    at = len(data) - 12 if at_the_end else 33
    return data[:at] + more + data[at:]


def raw_profile(block: bytes) -> bytes:
    digits = block.hex()
    lines = "\n".join(digits[i : i + 72] for i in range(0, len(digits), 72))
    return f"\nexif\n{len(block):8}\n{lines}\n".encode()


def photos_turned_by_chunks() -> dict[str, bytes]:
    plain, block = saved(picture(), "PNG"), exif_block()
    text, prefixed = b"Raw profile type exif\0", b"Exif\0\0" + block
    return {
        "eXIf first": with_chunk(plain, chunk(b"eXIf", block), at_the_end=False),
        "eXIf with the prefix of JPEG": with_chunk(
            plain, chunk(b"eXIf", prefixed), at_the_end=False
        ),
        "tEXt with the prefix of JPEG": with_chunk(
            plain, chunk(b"tEXt", text + raw_profile(prefixed)), at_the_end=False
        ),
        "tEXt of ImageMagick": with_chunk(
            plain,
            chunk(b"tEXt", b"Raw profile type APP1\0" + raw_profile(prefixed)),
            at_the_end=False,
        ),
        "eXIf last": with_chunk(plain, chunk(b"eXIf", block), at_the_end=True),
        "tEXt": with_chunk(plain, chunk(b"tEXt", text + raw_profile(block)), at_the_end=False),
        "zTXt": with_chunk(
            plain, chunk(b"zTXt", text + b"\0" + zlib.compress(raw_profile(block))), at_the_end=True
        ),
    }


def made_of(data: bytes, **choices: Any) -> tuple[Rendition, Image.Image]:
    made = shrink(data, _ROOMY, Options(**choices))
    return made, Image.open(BytesIO(made.data))


@pytest.mark.parametrize("name", photos_turned_by_chunks())
def test_exif_of_a_png_goes_along_wherever_it_stands(name: str) -> None:
    data = photos_turned_by_chunks()[name]
    _, image = made_of(data, accepts=("jpeg",))
    tags = image.getexif()
    assert (tags[0x0112], tags[0x010F]) == (_TURNED, "Maker")
    made, image = made_of(data, orientation="upright")
    assert (made.width, image.getexif().get(0x0112, 1)) == (image.width, 1)
    assert image.height == WIDTH
    assert image.getexif()[0x010F] == "Maker"
    for choices in ({"max_side": WIDTH // 2}, {"location": "strip"}):
        made, image = made_of(data, **choices)
        image.load()
        assert (made.turn, image.getexif()[0x0112]) == (_TURNED, _TURNED)
        assert made.data.count(b"eXIf") == 1


def png_with_texts() -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "somebody")
    text.add_itxt("Title", "a title", zip=True)
    text.add(b"tIME", b"\x07\xe8\1\2\3\4\5")
    text.add(b"saFe", b"may be copied")
    text.add(b"unSA", b"may not")
    tags = Image.Exif()
    tags[0x0112] = _TURNED
    return saved(picture(), "PNG", pnginfo=text, dpi=(300, 150), exif=tags, icc_profile=wide_rgb())


@pytest.mark.parametrize(
    "choices",
    [{"orientation": "upright"}, {"colour": "srgb"}, {"max_side": 80},
     {"orientation": "upright", "colour": "srgb", "max_side": 80}],
    ids=str,
)  # fmt: skip
def test_texts_time_and_density_of_a_png_go_along(choices: dict[str, Any]) -> None:
    made, image = made_of(png_with_texts(), **choices)
    image.load()
    assert (image.info["Author"], image.info["Title"]) == ("somebody", "a title")
    assert b"tIME" in made.data
    assert b"may be copied" in made.data
    assert b"may not" not in made.data
    assert made.dropped == ("other chunks",)
    turned = "orientation" in choices
    assert np.allclose(image.info["dpi"], (150, 300) if turned else (300, 150), atol=0.1)
    assert ("icc_profile" in image.info) == ("colour" not in choices)


def jfif(data: bytes) -> tuple[int, ...]:
    at = data.index(b"JFIF\0") + 7
    return struct.unpack_from(">BHH", data, at)


def with_density(told: tuple[int, int, int]) -> bytes:
    data = sample("jpeg turned, with profile")
    at = data.index(b"JFIF\0") + 7
    return data[:at] + struct.pack(">BHH", *told) + data[at + 5 :]


@pytest.mark.parametrize("effort", _EFFORTS)
@pytest.mark.parametrize("told", [(0, 2, 1), (1, 300, 300), (1, 300, 150), (2, 118, 118)])
def test_the_density_of_a_jpeg_stays(told: tuple[int, int, int], effort: Effort) -> None:
    data = with_density(told)
    assert jfif(shrink(data, ByteBudget(len(data) // 2), Options(effort=effort)).data) == told
    assert jfif(made_of(data, effort=effort, max_side=90)[0].data) == told
    assert jfif(made_of(data, effort=effort, colour="srgb")[0].data) == told
    turned = told[0], told[2], told[1]
    assert jfif(made_of(data, effort=effort, orientation="upright")[0].data) == turned


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_the_density_of_other_kinds_of_jpeg_stays(mode: str) -> None:
    data = saved(picture(mode), "JPEG", quality=92, dpi=(300, 300))
    assert Image.open(BytesIO(data)).info["dpi"] == (300, 300)
    made = shrink(data, ByteBudget(len(data) // 2))
    assert Image.open(BytesIO(made.data)).info["dpi"] == (300, 300)


def test_without_a_density_none_is_stated() -> None:
    tags = Image.Exif()
    tags[0x011A] = tags[0x011B] = 240.0
    tags[0x0128] = 2
    data = saved(picture(), "JPEG", quality=92, exif=tags.tobytes())
    made = shrink(data, ByteBudget(len(data) // 2))
    assert jfif(made.data) == jfif(data) == (0, 1, 1)


@pytest.mark.parametrize("name", ["PNG", "BMP"])
def test_the_density_of_another_format_goes_into_jpeg(name: str) -> None:
    _, image = made_of(saved(picture(), name, dpi=(300, 300)), accepts=("jpeg",))
    assert image.info["dpi"] == (300, 300)


def deep(kind: int, channels: int) -> bytes:
    values = np.arange(80 * 60 * channels).reshape(60, -1) * 7 % 65_536
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", 80, 60, 16, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (chunk(b"IHDR", header), chunk(b"eXIf", exif_block()), chunk(b"IDAT", zlib.compress(rows)),
         chunk(b"IEND", b""))
    )  # fmt: skip


@pytest.mark.parametrize(("kind", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
@pytest.mark.parametrize("choices", [{"accepts": ("jpeg",)}, {"orientation": "upright"}])
def test_lost_depth_is_named(kind: int, channels: int, choices: dict[str, str]) -> None:
    made, image = made_of(deep(kind, channels), **choices)
    stays = image.mode.startswith("I")
    assert any("depth" in name for name in made.dropped) is not stays
    assert stays is (kind == 0 and "accepts" not in choices)


def test_the_clear_value_of_a_deep_grey_becomes_white() -> None:
    values = np.full((60, 80), 9_000)
    values[:, :40] = 1_234
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", 80, 60, 16, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        (chunk(b"IHDR", header), chunk(b"tRNS", struct.pack(">H", 1_234)),
         chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    )  # fmt: skip
    made, image = made_of(data, accepts=("jpeg",))
    shown = np.asarray(image).astype(int)
    assert abs(shown[:, :32] - 255).max() < 4
    assert abs(shown[:, 48:] - 9_000 // 257).max() < 4
    assert {"transparency", "depth"} <= set(made.dropped)


@pytest.mark.parametrize("choices", [{"orientation": "upright"}, {"colour": "srgb"}])
def test_comments_and_iptc_of_a_jpeg_go_along(choices: dict[str, str]) -> None:
    body = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x0a\x1c\x02\x78\0\x05Hello"
    segment = b"\xff\xed" + struct.pack(">H", len(body) + 2) + body
    data = saved(picture(), "JPEG", quality=92, exif=b"Exif\0\0" + exif_block(), comment=b"a pier",
                 icc_profile=sample_profile())  # fmt: skip
    data = data[:2] + segment + data[2:]
    made, image = made_of(data, **choices)
    assert made.done == "re-encoded"
    assert segment in made.data
    assert image.info["comment"] == b"a pier"
    assert not {"IPTC", "comment"} & set(made.dropped)
    made, _ = made_of(data, location="strip", **choices)
    assert segment not in made.data
    assert "location" in made.dropped or "IPTC" in made.dropped


def sample_profile() -> bytes:
    return bytes(Image.open(BytesIO(sample("png"))).info["icc_profile"])


def test_iptc_in_several_segments_stays_or_goes_as_a_whole() -> None:
    parts = [b"Photoshop 3.0\0" + bytes([i]) * 9_000 for i in (1, 2)]
    segments = [b"\xff\xed" + struct.pack(">H", len(part) + 2) + part for part in parts]
    plain = saved(picture(), "JPEG", quality=92)
    data = plain[:2] + b"".join(segments) + plain[2:]
    for share in (0.9, 0.75, 0.6, 0.5, 0.4):
        made = shrink(data, ByteBudget(int(len(data) * share)))
        there = [segment in made.data for segment in segments]
        assert there in ([True, True], [False, False])
        assert ("IPTC" in made.dropped) is not there[0]
