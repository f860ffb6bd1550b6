"""AVIF: turned as its boxes say, by whatever choice; and what it cannot keep is named."""

import struct
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from resize_core import ByteBudget, Options, Rendition, UnsupportedError, shrink
from resize_core.formats import heif as isobmff
from resize_core.formats.isobmff import boxes
from tests.resize_core.sample_files import animated, frames, picture, saved

TURNS = range(1, 9)
CHOICES: list[dict[str, Any]] = [
    {}, {"accepts": ("jpeg",)}, {"orientation": "upright"}, {"location": "strip"},
    {"accepts": ("jpeg",), "orientation": "upright"},
    {"accepts": ("jpeg",), "location": "strip"}, {"location": "strip", "orientation": "upright"},
    {"colour": "srgb"},
]  # fmt: skip


def exif(turn: int) -> bytes:
    made = Image.Exif()
    made[0x010F] = "A camera"
    made[0x0112] = turn
    return made.tobytes()


def corners() -> Image.Image:
    image = picture().copy()
    for box, colour in (((0, 0, 60, 50), "red"), ((148, 0, 208, 50), "lime"),
                        ((0, 102, 60, 152), "blue"), ((148, 102, 208, 152), "yellow")):  # fmt: skip
        image.paste(colour, box)
    return image


@cache
def turned(turn: int, *, left_in_exif: int = 0) -> bytes:
    """A file that its boxes turn, and whose EXIF has the same orientation or another one."""
    made = saved(corners(), "AVIF", quality=90, exif=exif(turn))
    if left_in_exif:
        # The encoder takes the tag out of the block; a block of the same length contains it again.
        at = made.index(b"A camera")
        start = (
            made.rindex(b"MM\0*", 0, at) if b"MM\0*" in made[:at] else made.rindex(b"II*\0", 0, at)
        )
        size = at + 9 - start
        row = struct.pack(">HHIHH", 0x0112, 3, 1, left_in_exif, 0)
        block = b"MM\0*\0\0\0\x08\0\1" + row + bytes(4)
        made = made[:start] + block.ljust(size, b"\0")[:size] + made[start + size :]
    return made


def shown(made: Rendition) -> np.ndarray:
    image = ImageOps.exif_transpose(Image.open(BytesIO(made.data)))
    return np.asarray(image.convert("RGB").resize((24, 24), Image.Resampling.BOX), "i4")


def expected(turn: int) -> np.ndarray:
    image = corners()
    image.getexif()[0x0112] = turn
    image = ImageOps.exif_transpose(image)
    return np.asarray(image.resize((24, 24), Image.Resampling.BOX), "i4")


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("choices", CHOICES, ids=str)
def test_each_turn_comes_out_upright_by_every_choice(turn: int, choices: dict[str, Any]) -> None:
    data = turned(turn)
    made = shrink(data, ByteBudget(len(data) * 2 // 3), Options(effort="balanced", **choices))
    assert np.abs(shown(made) - expected(turn)).mean() < 12
    if choices.get("orientation") == "upright":
        assert Image.open(BytesIO(made.data)).getexif().get(0x0112, 1) == 1


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("told", [3, 6])
def test_boxes_override_the_orientation_of_exif(turn: int, told: int) -> None:
    data = turned(turn, left_in_exif=told)
    for choices in CHOICES[:3]:
        made = shrink(data, ByteBudget(len(data) * 2 // 3), Options(effort="balanced", **choices))
        assert np.abs(shown(made) - expected(turn)).mean() < 12


@pytest.mark.parametrize("turn", [1, 3, 6, 8])
def test_a_turn_is_kept_where_the_rest_of_exif_has_no_room(turn: int) -> None:
    block = Image.Exif()
    block[0x0112] = turn
    block[0x010E] = "x" * 60_000
    data = saved(corners(), "AVIF", quality=90, exif=block.tobytes())
    made = shrink(data, ByteBudget(20_000))
    assert "EXIF" in made.dropped
    assert np.abs(shown(made) - expected(turn)).mean() < 20


def test_an_animation_keeps_its_exif_and_is_not_changed_otherwise() -> None:
    first, *rest = frames()
    data = saved(first, "AVIF", save_all=True, append_images=rest, duration=100, exif=exif(1))
    made = shrink(data, ByteBudget(len(data) * 2 // 3), Options(effort="balanced"))
    assert Image.open(BytesIO(made.data)).getexif().get(0x010F) == "A camera"
    with pytest.raises(UnsupportedError):
        shrink(data, ByteBudget(len(data)), Options(accepts=("jpeg",)))


def with_property(data: bytes, kind: bytes, body: bytes) -> bytes:
    """The file with one more property of its first item, and all offsets moved along."""
    meta = next(b for b in boxes(data) if b.kind == b"meta")
    head = bytearray(data[: meta.end])
    box = struct.pack(">I4s", 8 + len(body), kind) + body
    ipco, ipma = head.index(b"ipco") - 4, head.index(b"ipma") - 4
    size = int.from_bytes(head[ipco : ipco + 4])
    count = len(list(boxes(bytes(head[ipco + 8 : ipco + size]))))
    # One property more for the first item: its number of links, then the link itself.
    links = ipma + 8 + 4 + 4 + 2
    ends = links + 1 + head[links]
    more = bytes([count + 1 | (0x80 if kind == b"clap" else 0)])  # those must be understood
    made = head[:ends] + more + head[ends:]
    made[links] += 1
    made = made[: ipco + size] + box + made[ipco + size :]
    for at, grown in ((ipco, len(box)), (head.index(b"iprp") - 4, len(box) + 1),
                      (ipma + len(box), 1), (meta.start, len(box) + 1)):  # fmt: skip
        struct.pack_into(">I", made, at, int.from_bytes(made[at : at + 4]) + grown)
    moved = bytes(made)
    iloc = moved.index(b"iloc") + 4
    count = int.from_bytes(moved[iloc + 6 : iloc + 8])
    patched = bytearray(moved)
    at = iloc + 8
    for _ in range(count):  # version 0, four bytes for offset and length, as Pillow writes
        at += 4
        extents = int.from_bytes(patched[at : at + 2])
        at += 2
        for _ in range(extents):
            offset = int.from_bytes(patched[at : at + 4])
            struct.pack_into(">I", patched, at, offset + len(box) + 1)
            at += 8
    return bytes(patched) + data[meta.end :]


def test_a_crop_box_is_obeyed() -> None:
    plain = saved(corners(), "AVIF", quality=90)
    # 100 x 80 px whose centre is that of the picture, moved by 10 and -6.
    body = struct.pack(">IIIIiIiI", 100, 1, 80, 1, 10, 1, -6, 1)
    data = with_property(plain, b"clap", body)
    want = np.asarray(corners().crop((64, 30, 164, 110)).resize((24, 24)), "i4")
    for choices in CHOICES[:4]:
        made = shrink(data, ByteBudget(len(data) * 2 // 3), Options(effort="balanced", **choices))
        assert abs(made.width / made.height - 100 / 80) < 0.02
        assert np.abs(shown(made) - want).mean() < 14


@pytest.mark.parametrize(("kind", "body", "words"), [
    (b"clli", struct.pack(">HH", 1000, 400), "HDR light levels"),
    (b"pixi", b"\0\0\0\0\x03\x0a\x0a\x0a", "10-bit depth"),
])  # fmt: skip
def test_what_a_rendition_cannot_hold_is_named(kind: bytes, body: bytes, words: str) -> None:
    data = with_property(saved(corners(), "AVIF", quality=90), kind, body)
    assert words in shrink(data, ByteBudget(len(data) * 2 // 3), Options(effort="balanced")).dropped
    assert words in shrink(data, ByteBudget(len(data)), Options(accepts=("jpeg",))).dropped


@pytest.mark.parametrize("primaries", [9, 12])
def test_other_colours_than_those_of_srgb_stay(primaries: int) -> None:
    data = saved(corners(), "AVIF", quality=90)
    data = data.replace(b"colrnclx\0\1\0\x0d", b"colrnclx\0" + bytes([primaries]) + b"\0\x0d")
    made = shrink(data, ByteBudget(len(data) * 2 // 3), Options(effort="balanced"))
    assert b"colrnclx\0" + bytes([primaries]) + b"\0\x0d" in made.data
    Image.open(BytesIO(made.data)).load()


def test_hostile_boxes_cost_nothing() -> None:
    data = bytearray(saved(picture(), "AVIF", quality=50))
    end = data.index(b"mdat")
    random = np.random.default_rng(3)
    for _ in range(400):
        broken = bytearray(data)
        for at in random.integers(0, end, 4):
            broken[at] = random.integers(0, 256)
        meta = isobmff.read_meta(bytes(broken))
        isobmff.beside(bytes(broken), meta)
        isobmff.crop_of(meta)
        isobmff.cicp_of(meta)


def test_frames_stay_as_long() -> None:
    data = animated("AVIF", quality=90)
    made = shrink(data, ByteBudget(len(data) * 2 // 3), Options(effort="balanced"))
    before, after = Image.open(BytesIO(data)), Image.open(BytesIO(made.data))
    for i in range(4):
        before.seek(i)
        after.seek(i)
        before.load()
        after.load()
        assert before.info["duration"] == after.info["duration"]
