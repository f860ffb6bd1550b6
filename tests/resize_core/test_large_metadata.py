"""Metadata that is too large for segments of a JPEG file: the rest stays, and the loss is named."""

import io
import struct
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from resize_core import ByteBudget, Options, shrink
from resize_core.formats.jpeg import carried
from resize_core.formats.jpeg import segments as jpeg
from resize_core.metadata import xmp
from tests.resize_core.metadata.test_turned import described
from tests.resize_core.sample_files import HEIGHT, WIDTH, picture, saved

_SEGMENT = 65_533


def exif_of(size: int) -> bytes:
    tags = Image.Exif()
    tags[0x0112], tags[0x010F] = 6, "Maker"
    tags.get_ifd(0x8769)[0x927C] = b"M" * size
    return tags.tobytes()


def packet_of(size: int, *, padding: int = 0) -> bytes:
    box = described((3, 5, 8, 9), (WIDTH, HEIGHT), "{text}")
    end = b" " * padding + b"<?xpacket end='w'?>"
    return box.replace(b"{text}", b"x" * (size - len(box) - len(end) + 6)) + end


def png(body: bytes) -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", body.decode())
    return saved(picture(), "PNG", pnginfo=text)


CASES: dict[str, tuple[bytes, str]] = {
    "EXIF in PNG": (saved(picture(), "PNG", exif=exif_of(90_000)), "EXIF"),
    "EXIF in WebP": (saved(picture(), "WEBP", exif=exif_of(90_000)), "EXIF"),
    "EXIF in AVIF": (saved(picture(), "AVIF", exif=exif_of(90_000)), "EXIF"),
    "XMP in PNG": (png(packet_of(90_000)), "XMP"),
    "XMP in WebP": (saved(picture(), "WEBP", xmp=packet_of(90_000)), "XMP"),
    "XMP in TIFF": (saved(picture(), "TIFF", tiffinfo={700: packet_of(90_000)}), "XMP"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_a_jpeg_has_no_room_for_is_named_and_the_orientation_stays(name: str) -> None:
    data, lost = CASES[name]
    made = shrink(data, ByteBudget(10**6), Options(accepts=("jpeg",)))
    assert lost in made.dropped
    assert made.turn == made.source_turn == (6 if lost == "EXIF" else 1)


def test_a_thumbnail_goes_before_the_rest_of_exif() -> None:
    row = struct.Struct("<HHII").pack
    main = b"II*\0" + struct.pack("<IH", 8, 1) + row(0x010F, 2, 4, 0x6D6143)
    whole = main + struct.pack("<IH", 26, 2)
    whole += row(0x0201, 4, 1, 56) + row(0x0202, 4, 1, 70_000) + bytes(4) + b"\xff" * 70_000
    items, lost = carried.items_of(whole, b"", b"")
    assert lost == ("thumbnail",)
    assert b"Cam" in items[0].data


def test_a_profile_of_more_parts_than_can_be_numbered_is_named() -> None:
    assert carried.items_of(b"", bytes(256 * 65_000), b"") == ([], ("ICC profile",))


@pytest.mark.parametrize("size", [65_504, 65_503, 65_490, 64_000])
@pytest.mark.parametrize("choices", [{"max_side": 61}, {"orientation": "upright"}], ids=str)
def test_a_packet_that_becomes_longer_breaks_nothing(size: int, choices: dict[str, Any]) -> None:
    body = packet_of(size)
    plain = saved(picture(), "JPEG", quality=90, exif=exif_of(9))
    data = plain[:2] + jpeg.segment_of(0xE1, jpeg.XMP[0] + body) + plain[2:]
    made = shrink(data, ByteBudget(10**6), Options(**choices))
    assert all(len(s.payload) <= _SEGMENT for s in jpeg.segments(made.data))
    image = Image.open(io.BytesIO(made.data))
    image.load()
    assert ("xmp" in image.info) != ("XMP" in made.dropped)


def test_padding_makes_room_for_longer_numbers() -> None:
    body = packet_of(5_000, padding=300)
    made = xmp.resized(body, (WIDTH, HEIGHT), (61, 45))
    assert len(made) == len(body)
    assert made.endswith(b"   <?xpacket end='w'?>")
    assert len(xmp.resized(packet_of(5_000), (WIDTH, HEIGHT), (61, 45))) > 5_000
