"""Data that is right in one file only is not copied into another: signatures, announcements."""

import io
import struct
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from resize_core import ByteBudget, Options, shrink
from resize_core.formats.jpeg import segments as jpeg
from tests.resize_core.formats.png.test_codec import chunk
from tests.resize_core.sample_files import picture, saved, turned_exif

_LABEL = struct.pack(">I4s", 30, b"jumd") + b"c2pa" + bytes(12) + b"\x03c2pa\0"
_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_WAYS: list[tuple[float, dict[str, Any]]] = [
    (4.0, {"max_side": 80}), (4.0, {"orientation": "upright"}), (0.7, {}),
    (4.0, {"accepts": ("jpeg",), "colour": "srgb", "orientation": "upright"}),
]  # fmt: skip
ROOMY = 300_000


def boxes(kind: bytes, count: int, *, number: int = 1) -> bytes:
    """One box of APP11 in several segments, as ISO/IEC 19566-5 parts it."""
    head = struct.pack(">I4s", 200 * count, kind)
    return b"".join(
        jpeg.segment_of(0xEB, b"JP" + struct.pack(">HI", number, i + 1) + head + body)
        for i, body in enumerate([_LABEL + b"signature", *[b"signature"] * (count - 1)])
    )


def photo(*segments: bytes) -> bytes:
    plain = saved(picture(), "JPEG", quality=95, exif=turned_exif())
    return plain[:2] + b"".join(segments) + plain[2:]


def webp() -> bytes:
    plain = saved(picture(), "WEBP", quality=95, exif=turned_exif())
    return plain[:4] + struct.pack("<I", len(plain) - 8 + 20) + plain[8:] + (
        b"C2PA" + struct.pack("<I", 12) + b"signature..."
    )  # fmt: skip


def png() -> bytes:
    plain = saved(picture(), "PNG", exif=turned_exif())
    return plain[:33] + chunk(b"caBX", b"signature") + plain[33:]


SIGNED: dict[str, Callable[[], bytes]] = {
    "JPEG": lambda: photo(boxes(b"jumb", 1)),
    "JPEG in parts": lambda: photo(boxes(b"jumb", 3)),
    "PNG": png,
    "WebP": webp,
    "TIFF": lambda: saved(picture(), "TIFF", tiffinfo={0xCD41: b"signature", 0x0112: 6}),
    "AVIF": lambda: (
        saved(picture(), "AVIF", quality=90)
        + struct.pack(">I4s", 8 + 16 + 9, b"uuid") + _UUID + b"signature"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("share", "choices"), _WAYS)
@pytest.mark.parametrize("name", SIGNED)
def test_a_signature_of_other_bytes_is_dropped_and_named(
    name: str, share: float, choices: dict[str, Any]
) -> None:
    data = SIGNED[name]()
    if name == "AVIF" and choices == {"orientation": "upright"}:
        return  # it is upright as it is
    made = shrink(data, ByteBudget(int(len(data) * share)), Options(**choices))
    assert made.data != data
    assert b"signature" not in made.data
    assert "content credentials" in made.dropped
    Image.open(io.BytesIO(made.data)).load()


@pytest.mark.parametrize("name", SIGNED)
def test_a_signature_of_the_same_bytes_stays(name: str) -> None:
    data = SIGNED[name]()
    assert shrink(data, ByteBudget(len(data))).data == data


def test_a_trimmed_file_has_no_signature_of_more_bytes() -> None:
    data = photo(boxes(b"jumb", 2))
    made = shrink(data + bytes(1_000), ByteBudget(len(data) + 10))
    assert (made.done, b"signature" in made.data) == ("trimmed", False)
    assert set(made.dropped) == {"what follows the picture", "content credentials"}


def test_additions_of_jpeg_xt_are_dropped_with_the_pixels_they_refine() -> None:
    data = photo(boxes(b"RESI", 2), boxes(b"jumb", 1, number=2).replace(b"c2pa", b"else"))
    made = shrink(data, ByteBudget(ROOMY), Options(max_side=80))
    assert "what JPEG XT adds" in made.dropped
    assert b"RESI" not in made.data
    assert b"else" in made.data


_ISO_GAIN_MAP = jpeg.segment_of(0xE2, b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0")


@pytest.mark.parametrize("share", [4.0, 0.7])
def test_a_dropped_gain_map_is_no_longer_announced(share: float) -> None:
    main = photo(_ISO_GAIN_MAP)
    data = main + saved(picture("L"), "JPEG")
    made = shrink(data, ByteBudget(int(len(main) * share)), Options(max_side=150))
    assert "what follows the picture" in made.dropped
    assert b"21496" not in made.data
    trimmed = shrink(data, ByteBudget(len(main)))
    assert (trimmed.done, b"21496" in trimmed.data) == ("trimmed", False)


@pytest.mark.parametrize("marker", [0xE3, 0xE1, 0xE2])
def test_makers_data_in_several_segments_stays_or_goes_as_a_whole(marker: int) -> None:
    parts = [b"MAKER" + bytes([i]) * 9_000 for i in range(1, 6)]
    data = photo(*(jpeg.segment_of(marker, part) for part in parts))
    for budget in (ROOMY, 70_000, 40_000, 20_000):
        made = shrink(data, ByteBudget(budget), Options(max_side=150))
        there = [part in made.data for part in parts]
        assert len(set(there)) == 1
        assert there[0] != ("makers' data" in made.dropped)
