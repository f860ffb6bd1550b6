"""Samples of a photo's coefficients: squares from all over it, or rows of blocks."""

from dataclasses import dataclass, replace

import numpy as np

from resize_core.formats.jpeg.coefficients.model import Coefficients, Component

_SIDE = 8
_SHARE, _FEWEST, _MOST = 1 / 28, 20, 50
# Columns of squares by the golden ratio: no two neighbours stand below each other.
_GOLDEN = 0.6180339887498949
_STRIPS, _EVERY = 32, 6


@dataclass(frozen=True, slots=True)
class Sample:
    """A part as a photo of its own, and how many times as many blocks each component has."""

    photo: Coefficients
    times: tuple[float, ...]

    @property
    def is_all(self) -> bool:
        """Whether it is the whole photo."""
        return all(times == 1 for times in self.times)


def squares_of(photo: Coefficients) -> Sample:
    """Return squares of eight MCUs a side, one below another; a small photo as it is.

    Blocks keep their neighbours, so that halved colours and smaller sides are like the photo's.
    Nothing is shared: the sample may be changed.
    """
    first = photo.components[0]
    rows = first.blocks.shape[0] // first.vertical // _SIDE
    columns = first.blocks.shape[1] // first.horizontal // _SIDE
    wanted = round(min(max(rows * columns * _SHARE, _FEWEST), _MOST))
    if rows * columns <= wanted:
        copied = replace(photo, components=tuple(_copied(c) for c in photo.components))
        return Sample(copied, (1.0,) * len(photo.components))
    at = np.arange(wanted) + 0.5
    tiles = [
        (int(row), int(column))
        for row, column in zip(at / wanted * rows, at * _GOLDEN % 1 * columns, strict=True)
    ]
    components = tuple(_stacked(component, tiles) for component in photo.components)
    sample = Coefficients(
        _SIDE * 8 * max(c.horizontal for c in components),
        _SIDE * 8 * max(c.vertical for c in components) * wanted,
        components,
    )
    return Sample(sample, times_of(photo, sample))


def strips_of(photo: Coefficients) -> Sample:
    """Return every sixth row of MCUs, more of a photo that has few.

    What these take differs from what all take by half a percent, in most photos.
    """
    first = photo.components[0]
    rows = first.blocks.shape[0] // first.vertical
    every = max(1, min(_EVERY, rows // _STRIPS))
    components = []
    for component in photo.components:
        high = component.vertical
        ends = range(every // 2 * high, component.coded_rows, every * high)
        blocks = np.concatenate([component.blocks[at : at + high] for at in ends])
        components.append(replace(component, blocks=blocks, room=blocks, coded_rows=len(blocks)))
    part = replace(photo, components=tuple(components))
    return Sample(part, times_of(photo, part))


def times_of(photo: Coefficients, sample: Coefficients) -> tuple[float, ...]:
    """Return how many times as many blocks a photo has, component by component."""
    pairs = zip(photo.components, sample.components, strict=True)
    return tuple(blocks_of(whole) / blocks_of(part) for whole, part in pairs)


def blocks_of(component: Component) -> int:
    """Return how many blocks cover the picture."""
    return component.coded_rows * component.coded_columns


def _stacked(component: Component, tiles: list[tuple[int, int]]) -> Component:
    high, wide = _SIDE * component.vertical, _SIDE * component.horizontal
    blocks = np.concatenate(
        [
            component.blocks[row * high : (row + 1) * high, column * wide : (column + 1) * wide]
            for row, column in tiles
        ]
    )
    return replace(
        component, blocks=blocks, room=blocks, coded_rows=len(blocks), coded_columns=wide
    )


def _copied(component: Component) -> Component:
    room = component.room.copy()
    rows, columns, _ = component.blocks.shape
    return replace(component, blocks=room[:rows, :columns], room=room)
