"""Where the pixels of a photo come to lie in its rendition, seen in the pixels themselves."""

import struct
from contextlib import suppress
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from resize_core import (
    ByteBudget,
    NeedsMoreBytesError,
    Options,
    Rendition,
    ResizeError,
    probe,
    shrink,
)
from resize_core.model import Shown
from tests.resize_core.formats.avif.test_codec import with_property
from tests.resize_core.sample_files import picture, saved

pillow_heif = pytest.importorskip("pillow_heif")

LARGE = ByteBudget(10_000_000)
SIDES = 643, 427  # no multiples of what encoders take at a time
DOTS = [(60.0, 50.0), (583.0, 44.0), (321.0, 213.0), (52.0, 377.0), (590.0, 380.0)]
FORMATS = ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "AVIF", "HEIF"]
TURNABLE = ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"]
# What a viewer does to stored pixels, by EXIF orientation, as Pillow's exif_transpose does.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


# Quarters anticlockwise, and the mirror after them, that show a picture as an orientation does.
BOXES = {
    1: (0, None), 2: (0, 1), 3: (2, None), 4: (0, 0),
    5: (1, 0), 6: (3, None), 7: (1, 1), 8: (1, None),
}  # fmt: skip


@cache
def scene() -> Image.Image:
    """Small bright spots on something dark, the same at both ends of no axis."""
    down, across = np.mgrid[: SIDES[1], : SIDES[0]] + 0.5
    light = 30 + 12 * np.sin(across / 37) * np.cos(down / 23)
    for x, y in DOTS:
        light += 170 * np.exp(-((across - x) ** 2 + (down - y) ** 2) / 90)
    grain = np.random.default_rng(5).normal(0, 3, light.shape)
    return Image.fromarray(np.clip(light + grain, 0, 255).astype("u1")).convert("RGB")


def turned_exif(turn: int) -> bytes:
    made = Image.Exif()
    made[0x010F] = "A camera"
    made[0x0112] = turn
    return made.tobytes()


@cache
def heif(turn: int) -> bytes:
    """The scene with a box that turns it, and one that mirrors it where the turn takes one."""
    file, quick = BytesIO(), {"preset": "ultrafast"}
    pillow_heif.from_pillow(scene()).save(
        file, quality=92, exif=turned_exif(turn), enc_params=quick
    )
    return file.getvalue()


def in_format(image: Image.Image, name: str, turn: int = 1) -> bytes:
    match name:
        case "HEIF":
            quarters, mirror = BOXES[turn]
            data = bytearray(heif(6 if mirror is None else 7))
            data[data.index(b"irot") + 4] = quarters
            if mirror is not None:
                data[data.index(b"imir") + 4] = mirror
            return bytes(data)
        case "GIF" | "BMP":
            return saved(image, name)
        case "AVIF":
            return saved(image, name, quality=92, speed=10, exif=turned_exif(turn))
        case "TIFF":
            return saved(image, name, tiffinfo={0x0112: turn})
    return saved(image, name, quality=95, exif=turned_exif(turn))


def stored(data: bytes, name: str) -> Image.Image:
    """The pixels of a file as they are stored, where its reader turns them, too."""
    if name not in {"HEIC", "TIFF"}:
        return Image.open(BytesIO(data))
    if name == "HEIC":
        opened: Image.Image = pillow_heif.open_heif(BytesIO(data)).to_pillow()
    else:
        opened = Image.open(BytesIO(data))
        opened.load()
    undone = {6: 8, 8: 6}.get(turn := probe(data).shown.turn or 1, turn)
    return opened.transpose(TURNS[undone]) if undone > 1 else opened


def where(image: Image.Image, x: float, y: float, reach: float) -> tuple[float, float]:
    """The middle of the brightest part of what is around a place."""
    light = np.asarray(image.convert("L"), "f8")
    left, top = max(0, round(x - reach)), max(0, round(y - reach))
    part = light[top : round(y + reach), left : round(x + reach)]
    part = np.clip(part - 90, 0, None)
    down, across = np.mgrid[: part.shape[0], : part.shape[1]] + 0.5
    return left + (part * across).sum() / part.sum(), top + (part * down).sum() / part.sum()


def turned(place: tuple[float, float], sides: tuple[int, int], turn: int) -> tuple[float, float]:
    """Where a place in stored pixels is shown."""
    (x, y), (w, h) = place, sides
    return {
        1: (x, y), 2: (w - x, y), 3: (w - x, h - y), 4: (x, h - y),
        5: (y, x), 6: (h - y, x), 7: (h - y, w - x), 8: (y, w - x),
    }[turn]  # fmt: skip


def misplaced(data: bytes, made: Rendition) -> float:
    """How far from where the rendition's facts say they would be its spots are, at most, in px."""
    assert made.turn is not None
    assert made.source_turn is not None
    photo, image = stored(data, made.source_format.name), stored(made.data, made.format.name)
    assert photo.size == (made.source_width, made.source_height)
    assert image.size == (made.width, made.height)
    image = image.transpose(TURNS[made.turn]) if made.turn > 1 else image
    shown = photo.size if made.source_turn < 5 else photo.size[::-1]
    across, down = image.width / shown[0], image.height / shown[1]
    worst = 0.0
    for dot in DOTS:
        x, y = turned(where(photo, *dot, 24), photo.size, made.source_turn)
        found = where(image, x * across, y * down, 24 * across)
        worst = max(worst, abs(found[0] - x * across), abs(found[1] - y * down))
    return worst


@pytest.mark.parametrize("choices", [
    {},
    {"orientation": "upright"},
    {"accepts": ("jpeg",)},
    {"accepts": ("jpeg",), "orientation": "upright", "location": "strip"},
], ids=str)  # fmt: skip
@pytest.mark.parametrize("name", TURNABLE)
def test_every_turn_is_known_and_holds(name: str, choices: dict[str, Any]) -> None:
    if name == "HEIF" and "accepts" not in choices:
        choices = {**choices, "accepts": ("jpeg",)}
    for turn in range(1, 9) if len(choices) == 1 else (2, 6):
        made = shrink(
            data := in_format(scene(), name, turn), LARGE, Options(max_side=320, **choices)
        )
        assert (made.done, made.source_turn) == ("scaled", turn)
        if choices.get("orientation") == "upright":
            assert made.turn == 1
        assert misplaced(data, made) < 0.05


@pytest.mark.parametrize("name", TURNABLE)
def test_a_photo_that_passes_through_keeps_its_turn(name: str) -> None:
    for turn in range(1, 9):
        made = shrink(in_format(scene(), name, turn), LARGE)
        assert (made.source_turn, made.turn, made.done) == (turn, turn, "passed through")
        assert (made.source_width, made.source_height) == (made.width, made.height) == SIDES


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("effort", ["balanced", "best"])
def test_one_ratio_for_each_axis_holds_to_a_twentieth_of_a_pixel(name: str, effort: Any) -> None:
    data = in_format(scene(), name)
    more: dict[str, Any] = {"accepts": ("jpeg",)} if name == "HEIF" else {}
    for side in (389, 402) if effort == "balanced" else (563,):
        made = shrink(data, LARGE, Options(effort=effort, max_side=side, **more))
        assert misplaced(data, made) < 0.05, (made.done, made.setting)


@pytest.mark.parametrize("name", ["JPEG", "WEBP"])
@pytest.mark.parametrize("strategy", ["best", "keep-pixels"])
def test_it_holds_where_the_budget_decides(name: str, strategy: Any) -> None:
    data = in_format(scene(), name)
    for share in (0.6, 0.3):
        made = shrink(data, ByteBudget(int(len(data) * share)), Options(strategy=strategy))
        assert misplaced(data, made) < 0.05, (made.done, made.setting)


@pytest.mark.parametrize("name", TURNABLE)
def test_a_head_has_the_turn_or_nothing(name: str) -> None:
    data = in_format(scene(), name, 6)
    told = set[int | None]()
    for size in range(600, len(data), 997):
        with suppress(NeedsMoreBytesError):
            told.add(probe(data[:size]).shown.turn)
    assert told <= {6, None}
    assert (6 in told) is (name != "WEBP")
    assert probe(data).shown.turn == 6


def test_exif_behind_the_pixels_of_a_png_counts() -> None:
    plain, turned_so = (in_format(scene(), "PNG", turn) for turn in (1, 6))
    start = turned_so.index(b"eXIf") - 4
    end = start + 12 + int.from_bytes(turned_so[start : start + 4])
    chunk, at = turned_so[start:end], plain.index(b"IEND") - 4
    bare = plain[:start] + plain[end:at]
    data = bare + chunk + plain[at:]
    assert probe(data).shown == Shown(6)
    assert probe(data[: len(bare)]).shown == Shown(None)


@pytest.mark.parametrize("turn", [0, 9, 40_000])
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_turn_that_no_standard_knows_is_none(name: str, turn: int) -> None:
    assert probe(in_format(scene(), name, turn)).shown == Shown(1)


def test_a_crop_that_is_no_whole_pixels_leaves_the_geometry_unknown() -> None:
    plain = saved(picture(), "AVIF", quality=90)
    odd = with_property(plain, b"clap", struct.pack(">IIIIiIiI", 201, 2, 80, 1, 0, 1, 0, 1))
    whole = with_property(plain, b"clap", struct.pack(">IIIIiIiI", 208, 1, 152, 1, 0, 1, 0, 1))
    part = with_property(plain, b"clap", struct.pack(">IIIIiIiI", 100, 1, 80, 1, 10, 1, -6, 1))
    assert probe(odd).shown == Shown(None)
    assert probe(whole).shown == Shown(1)
    assert probe(part).shown == Shown(1, (100, 80))
    made = shrink(part, ByteBudget(len(part) // 2))
    assert (made.source_width, made.source_height) == (100, 80)


def test_hostile_boxes_raise_nothing() -> None:
    data = in_format(scene().resize((96, 64)), "AVIF", 6)
    end = data.index(b"mdat")
    random = np.random.default_rng(8)
    for _ in range(300):
        broken = bytearray(data)
        for at in random.integers(0, end, 4):
            broken[at] = random.integers(0, 256)
        with suppress(ResizeError, NeedsMoreBytesError):
            probe(bytes(broken))
