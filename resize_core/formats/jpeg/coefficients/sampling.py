"""Samples of a photo's coefficients: squares from all over it, or rows of blocks."""

from dataclasses import dataclass, replace

import numpy as np

from resize_core.formats.jpeg.coefficients.model import Coefficients, Component

# The blocks of luma per side of a square, in whole MCUs; the share of squares; its limits.
_SIDE = 16
_SHARE, _FEWEST, _MOST = 1 / 28, 20, 40
# Columns of squares by the golden ratio, so that no two neighbours are below each other.
_GOLDEN = 0.6180339887498949
_STRIPS, _EVERY = 32, 6


@dataclass(frozen=True, slots=True)
class Sample:
    """A part as a photo of its own, and the ratio of all blocks to its blocks, per component.

    `edge` is counted once in addition: the last row of each component, or nothing.
    """

    photo: Coefficients
    times: tuple[float, ...]
    edge: tuple[Component, ...]

    @property
    def is_all(self) -> bool:
        """Whether it is the whole photo."""
        return all(times == 1 for times in self.times)


@dataclass(frozen=True, slots=True)
class Squares(Sample):
    """A sample of squares, one below another: how many, and so many samples of luma each."""

    count: int
    width: int
    height: int


def squares_of(photo: Coefficients) -> Squares:
    """Return squares from all over a photo, one below another; a small photo completely.

    Blocks keep their neighbours, so that halved chroma and smaller sizes are like the photo's. The
    sample is a copy and may be changed.
    """
    luma = photo.components[0]
    high, wide = (max(1, _SIDE // each) for each in (luma.vertical, luma.horizontal))
    rows = luma.coded_rows // luma.vertical // high
    columns = luma.coded_columns // luma.horizontal // wide
    count = round(min(max(rows * columns * _SHARE, _FEWEST), _MOST))
    if rows * columns <= count:
        copied = replace(photo, components=tuple(_copied(c) for c in photo.components))
        times = (1.0,) * len(photo.components)
        return Squares(copied, times, (), 1, photo.width, photo.height)
    at = np.arange(count) + 0.5
    places = [
        (int(row) * high, int(column) * wide)
        for row, column in zip(at / count * rows, at * _GOLDEN % 1 * columns, strict=True)
    ]
    components = tuple(_stacked(c, places, (high, wide)) for c in photo.components)
    width, height = 8 * wide * luma.horizontal, 8 * high * luma.vertical
    sample = Coefficients(width, height * count, components)
    times = tuple(
        blocks_of(whole) / blocks_of(part)
        for whole, part in zip(photo.components, components, strict=True)
    )
    return Squares(sample, times, (), count, width, height)


def strips_of(photo: Coefficients) -> Sample:
    """Return every sixth row of blocks, more of a photo that has few. Its blocks are the photo's.

    Their size differs from the share of all rows by a quarter of a percent, in most photos. The
    last row is separate: cameras fill it up with content that takes several times as much.
    """
    first = photo.components[0]
    rows = first.blocks.shape[0] // first.vertical
    every = max(1, min(_EVERY, rows // _STRIPS))
    if every == 1:
        return Sample(photo, (1.0,) * len(photo.components), ())
    parts = tuple(each.rows(every // 2, each.coded_rows - 1, every) for each in photo.components)
    edge = tuple(each.rows(each.coded_rows - 1, each.coded_rows, 1) for each in photo.components)
    times = tuple(
        (whole.coded_rows - 1) / part.coded_rows
        for whole, part in zip(photo.components, parts, strict=True)
    )
    return Sample(replace(photo, components=parts), times, edge)


def blocks_of(component: Component) -> int:
    """Return how many blocks cover the picture."""
    return component.coded_rows * component.coded_columns


def _stacked(
    component: Component, places: list[tuple[int, int]], mcus: tuple[int, int]
) -> Component:
    high, wide = mcus[0] * component.vertical, mcus[1] * component.horizontal
    parts = []
    for row, column in places:
        top, left = row * component.vertical, column * component.horizontal
        parts.append(component.blocks[top : top + high, left : left + wide])
    blocks = np.concatenate(parts)
    return replace(
        component, blocks=blocks, room=blocks, coded_rows=len(blocks), coded_columns=wide
    )


def _copied(component: Component) -> Component:
    room = component.room.copy()
    rows, columns, _ = component.blocks.shape
    return replace(component, blocks=room[:rows, :columns], room=room)
