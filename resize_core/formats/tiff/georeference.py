"""Convert the position on the ground of a TIFF file's pixels when their number changes.

Source: OGC GeoTIFF 1.1 (19-008r4), annex B; RPC coefficients: GDAL's RPCs in GeoTIFF (tag 50844).
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import replace

from resize_core.formats.tiff.tags import Tag

SCALE, POINTS, TRANSFORM, KEYS, RPC, OLD_TRANSFORM = 33550, 33922, 34264, 34735, 50844, 33920
_ALL = {SCALE, POINTS, TRANSFORM, KEYS, RPC, OLD_TRANSFORM, 34736, 34737}
_DOUBLE, _RASTER_TYPE, _IS_POINT = 12, 1025, 2
_POINT, _MATRIX, _COEFFICIENTS = 6, 16, 92
Sides = tuple[int, int]
Numbers = list[float]


def scaled(tags: Sequence[Tag], before: Sides, after: Sides) -> list[Tag]:
    """Return the tags of a page with its position on the ground converted for other sides.

    If one of these tags cannot be converted, all are removed: see `is_lost`.
    """
    if is_lost(tags):
        return [tag for tag in tags if tag.number not in _ALL]
    times = after[0] / before[0], after[1] / before[1]
    # If pixels are points and not areas, the middle of the first pixel is at 0.
    middle = 0.5 if _is_of_points(tags) else 0.0
    changed: dict[int, Callable[[Numbers], Numbers]] = {
        SCALE: lambda numbers: _scale(numbers, times),
        POINTS: lambda numbers: _points(numbers, times, middle),
        TRANSFORM: lambda numbers: _transform(numbers, times, middle),
        RPC: lambda numbers: _coefficients(numbers, times),
    }
    return [
        _written(tag, changed[tag.number](_numbers(tag))) if tag.number in changed else tag
        for tag in tags
    ]


def without(tags: Sequence[Tag]) -> list[Tag]:
    """Return the tags without a position on the ground."""
    return [tag for tag in tags if tag.number not in _ALL]


def is_there(tags: Sequence[Tag]) -> bool:
    """Return whether a page has a position on the ground."""
    return any(tag.number in _ALL for tag in tags)


def is_lost(tags: Sequence[Tag]) -> bool:
    """Return whether a page's position on the ground cannot be converted for other sides."""
    lengths: dict[int, Callable[[int], bool]] = {
        SCALE: lambda count: count in {2, 3},
        POINTS: lambda count: count > 0 and count % _POINT == 0,
        TRANSFORM: lambda count: count == _MATRIX,
        RPC: lambda count: count == _COEFFICIENTS,
        OLD_TRANSFORM: lambda _: False,
    }
    return any(
        tag.kind != _DOUBLE or not lengths[tag.number](tag.count)
        for tag in tags
        if tag.number in lengths
    )


def _scale(numbers: Numbers, times: tuple[float, float]) -> Numbers:
    return [numbers[0] / times[0], numbers[1] / times[1], *numbers[2:]]


def _points(numbers: Numbers, times: tuple[float, float], middle: float) -> Numbers:
    made = list(numbers)
    for i in range(0, len(made), _POINT):
        for axis in (0, 1):
            made[i + axis] = (made[i + axis] + middle) * times[axis] - middle
    return made


def _transform(numbers: Numbers, times: tuple[float, float], middle: float) -> Numbers:
    made = list(numbers)
    for row in range(0, 12, 4):
        for axis in (0, 1):
            step = numbers[row + axis]
            made[row + axis] = step / times[axis]
            made[row + 3] += step * middle * (1 / times[axis] - 1)
    return made


def _coefficients(numbers: Numbers, times: tuple[float, float]) -> Numbers:
    """Lines and samples, their offsets (of middles of pixels) and their scales."""
    made = list(numbers)
    for offset, scale, share in ((2, 7, times[1]), (3, 8, times[0])):
        made[offset] = (numbers[offset] + 0.5) * share - 0.5
        made[scale] = numbers[scale] * share
    return made


def _is_of_points(tags: Sequence[Tag]) -> bool:
    keys = next((tag for tag in tags if tag.number == KEYS), None)
    values = (
        struct.unpack(f"<{len(keys.data) // 2}H", keys.data[: len(keys.data) // 2 * 2])
        if keys
        else ()
    )
    rows = [values[i : i + 4] for i in range(4, len(values) - 3, 4)]
    return any(row[0] == _RASTER_TYPE and row[3] == _IS_POINT for row in rows)


def _numbers(tag: Tag) -> Numbers:
    return list(struct.unpack(f"<{tag.count}d", tag.data))


def _written(tag: Tag, numbers: Numbers) -> Tag:
    return replace(tag, data=struct.pack(f"<{len(numbers)}d", *numbers))
