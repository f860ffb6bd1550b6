"""Spots drawn on photos are at the mapped positions in the pixels of the rendition."""

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


@cache
def dotted() -> tuple[Image.Image, list[tuple[float, float]]]:
    """Many spots in grain: a hundred of them tell a mapping from the noise of coding."""
    random = np.random.default_rng(3)
    columns, rows = np.linspace(40, SIDES.width - 40, 12), np.linspace(40, SIDES.height - 40, 8)
    spots = [(x + random.uniform(-6, 6), y + random.uniform(-6, 6)) for x in columns for y in rows]
    down, across = np.mgrid[: int(SIDES.height), : int(SIDES.width)] + 0.5
    light = 50 + 10 * np.sin(across / 37) * np.cos(down / 23)
    for x, y in spots:
        light += 160 * np.exp(-((across - x) ** 2 + (down - y) ** 2) / 98)
    light += random.normal(0, 2, light.shape)
    return Image.fromarray(np.clip(light, 0, 255).astype("u1")).convert("RGB"), spots


def shift_at_corners(photo: Image.Image, rendition: Image.Image, there: Mapping) -> float:
    """How far a picture is shifted or stretched against the mapping, at most, at its corners.

    That is what a wrong mapping does to all spots alike: offset and slopes, fitted to all of them.
    """
    places, shifts = [], []
    for spot in dotted()[1]:
        x, y = there.point(*where(photo, *spot, 24))
        found = where(rendition, x, y, 24 * abs(there.x_ratio))
        places.append((1, x, y))
        shifts.append((found[0] - x, found[1] - y))
    fitted, *_ = np.linalg.lstsq(np.array(places), np.array(shifts), rcond=None)
    corners = [(1, x, y) for x in (0, rendition.width) for y in (0, rendition.height)]
    return float(np.abs(corners @ fitted).max())


@pytest.mark.parametrize("share", [0.2, 0.08])
@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("JPEG", {"strategy": "best"}),
        ("JPEG", {"strategy": "keep-pixels"}),
        ("JPEG", {"effort": "best"}),
        ("PNG", {"strategy": "best"}),
        ("WEBP", {"strategy": "best"}),
        ("WEBP", {"strategy": "keep-pixels"}),
        ("AVIF", {"strategy": "best"}),
    ],
    ids=str,
)
def test_it_holds_where_the_budget_decides(
    name: str, choices: dict[str, Any], share: float
) -> None:
    """Coding moves single spots of a heavily compressed picture, also where no pixel is scaled."""
    data = in_format(dotted()[0], name)
    made = shrink(data, ByteBudget(int(len(data) * share)), Options(**choices))
    there = geometry_of(made).to_rendition(Frame.STORED, Frame.STORED)
    photo, rendition = stored(data, name), stored(made.data, made.format.name)
    assert shift_at_corners(photo, rendition, there) < 0.05


@pytest.mark.parametrize("shift", [-0.5, 0.5])
def test_a_shift_by_half_a_pixel_is_detected(shift: float) -> None:
    """As by taking centres of pixels for edges; seen in a strongly compressed picture, too."""
    data = in_format(dotted()[0], "WEBP")
    made = shrink(data, ByteBudget(int(len(data) * 0.08)))
    image = stored(made.data, made.format.name).convert("RGB")
    moved = image.transform(
        image.size, Image.Transform.AFFINE, (1, 0, shift, 0, 1, 0), Image.Resampling.BICUBIC
    )
    there = geometry_of(made).to_rendition(Frame.STORED, Frame.STORED)
    assert shift_at_corners(stored(data, "WEBP"), moved, there) > 0.4


def test_wrong_mappings_are_detected() -> None:
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
