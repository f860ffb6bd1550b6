"""Pixels as judge: spots drawn on photos are where the mapping says they are on the rendition."""

from dataclasses import replace
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from orchestration.labels.geometry import Frame, Geometry, Mapping, Size, mapping
from resize_core import ByteBudget, Options, Rendition, shrink
from tests.resize_core.test_geometry import (
    BOXES,
    FORMATS,
    TURNABLE,
    TURNS,
    in_format,
    stored,
    turned_exif,
    where,
)

pillow_heif = pytest.importorskip("pillow_heif")

LARGE = ByteBudget(50_000_000)
# Odd sides, so that both are rounded, and each by another share.
SIDES = Size(811, 543)
SPOTS = [(90.25, 80.5), (700.0, 95.75), (430.5, 280.0), (120.0, 460.25), (650.75, 440.0)]
# In pixels: spots stay round and wide enough at a third of the sides for any encoder.
SPREAD, REACH = 14.0, 56.0


@cache
def spotted() -> Image.Image:
    """Gray spots on dark gray, whose middles are known to a hundredth of a pixel."""
    down, across = np.mgrid[: int(SIDES.height), : int(SIDES.width)] + 0.5
    light = np.full(across.shape, 60.0)
    for x, y in SPOTS:
        light += 150 * np.exp(-((across - x) ** 2 + (down - y) ** 2) / (2 * SPREAD**2))
    return Image.fromarray(np.round(light).astype("u1")).convert("RGB")


def geometry_of(made: Rendition) -> Geometry:
    """The geometry as a stamp has it, read again."""
    assert made.source_turn
    assert made.turn
    text = f"{made.source_width}x{made.source_height} {made.source_turn} {made.turn}"
    return Geometry.parse(text, (made.width, made.height))


def shown(image: Image.Image, turn: int) -> Image.Image:
    return image.transpose(TURNS[turn]) if turn > 1 else image


def in_frame(data: bytes, name: str, turn: int, frame: Frame) -> Image.Image:
    """A file's pixels, as stored or as a viewer shows them."""
    pixels = stored(data, name)
    return shown(pixels, turn) if frame is Frame.SHOWN else pixels


def off(photo: Image.Image, rendition: Image.Image, there: Mapping) -> float:
    """How far spots are from where the mapping has them, at most, in pixels of the rendition."""
    assert photo.size == there.source
    assert rendition.size == there.target
    worst = 0.0
    reach = REACH * abs(there.x_ratio)
    for x, y in spots_of(photo):
        to_x, to_y = there.point(x, y)
        found = where(rendition, to_x, to_y, reach)
        worst = max(worst, abs(found[0] - to_x), abs(found[1] - to_y))
    return worst


def spots_of(photo: Image.Image) -> list[tuple[float, float]]:
    """The middles of a photo's spots, found without any mapping."""
    light = np.asarray(photo.convert("L"), "f8")
    found = []
    for _ in SPOTS:
        y, x = np.unravel_index(np.argmax(light), light.shape)
        middle = where(photo, float(x) + 0.5, float(y) + 0.5, REACH)
        found.append(where(photo, *middle, REACH))
        rows, columns = (slice(max(0, round(at - REACH)), round(at + REACH)) for at in (y, x))
        light[rows, columns] = 0
    return found


def misplaced(data: bytes, made: Rendition) -> float:
    geometry = geometry_of(made)
    worst = 0.0
    for source in Frame:
        photo = in_frame(data, made.source_format.name, geometry.photo_turn, source)
        for target in Frame:
            turn = geometry.rendition_turn
            rendition = in_frame(made.data, made.format.name, turn, target)
            worst = max(worst, off(photo, rendition, geometry.to_rendition(source, target)))
    return worst


def choices_of(name: str, **choices: Any) -> dict[str, Any]:
    """HEIC is never written: its renditions are JPEG."""
    return {**choices, "accepts": ("jpeg",)} if name == "HEIF" else choices


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("orientation", ["tag", "upright"])
@pytest.mark.parametrize("name", TURNABLE)
def test_every_turn_maps_as_pixels_do(name: str, orientation: Any, turn: int) -> None:
    data = heic(turn) if name == "HEIF" else in_format(spotted(), name, turn)
    made = shrink(data, LARGE, Options(max_side=311, **choices_of(name, orientation=orientation)))
    assert made.source_turn == turn
    assert made.turn == (1 if orientation == "upright" or name == "HEIF" else turn)
    assert misplaced(data, made) < 0.05


@pytest.mark.parametrize("strategy", ["best", "keep-pixels"])
@pytest.mark.parametrize("effort", ["balanced", "best"])
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_strategy_and_effort_maps_as_pixels_do(
    name: str, effort: Any, strategy: Any
) -> None:
    data = heic(1) if name == "HEIF" else in_format(spotted(), name, 1)
    more = choices_of(name, effort=effort, strategy=strategy)
    made = shrink(data, LARGE, Options(max_side=397, **more))
    assert made.done == "scaled"
    assert misplaced(data, made) < 0.05


@pytest.mark.parametrize("strategy", ["best", "keep-pixels"])
def test_it_holds_where_the_budget_decides(strategy: Any) -> None:
    data = in_format(spotted(), "JPEG", 6)
    made = shrink(data, ByteBudget(len(data) // 3), Options(strategy=strategy))
    assert misplaced(data, made) < 0.05


def test_wrong_mappings_are_noticed() -> None:
    data = in_format(spotted(), "JPEG", 6)
    made = shrink(data, LARGE, Options(max_side=101))
    right = geometry_of(made)
    photo, rendition = stored(data, "JPEG"), stored(made.data, "JPEG")
    there = right.to_rendition(Frame.STORED, Frame.STORED)
    assert off(photo, rendition, there) < 0.05
    one_ratio = replace(there, y_ratio=there.x_ratio)
    centres = replace(there, x_offset=0.5 * (there.x_ratio - 1), y_offset=0.5 * (there.y_ratio - 1))
    for wrong in (one_ratio, centres, mapping(there.source, 3, there.target)):
        assert off(photo, rendition, wrong) > 0.05


@cache
def _heic(turn: int) -> bytes:
    file = BytesIO()
    pillow_heif.from_pillow(spotted()).save(file, quality=92, exif=turned_exif(turn))
    return file.getvalue()


def heic(turn: int) -> bytes:
    """A file whose boxes turn it: encoded with a turn and, for some, a mirror, and then changed."""
    quarters, mirror = BOXES[turn]
    data = bytearray(_heic(6 if mirror is None else 7))
    data[data.index(b"irot") + 4] = quarters
    if mirror is not None:
        data[data.index(b"imir") + 4] = mirror
    return bytes(data)
