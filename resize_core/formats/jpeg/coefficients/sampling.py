"""A sample of a photo's coefficients: tiles of whole MCUs from all over it, one below another."""

from dataclasses import dataclass, replace

import numpy as np

from resize_core.formats.jpeg.coefficients.model import Coefficients, Component

_SIDE = 8
_SHARE, _FEWEST, _MOST = 1 / 14, 40, 100


@dataclass(frozen=True, slots=True)
class Sample:
    """Tiles as a photo of their own, and how many times as many blocks each component has."""

    photo: Coefficients
    times: tuple[float, ...]


def sample_of(photo: Coefficients, share: float = 1.0) -> Sample:
    """Return squares of eight MCUs a side, all or a share of them; a small photo as it is.

    Blocks keep their neighbours, so that runs between them and halved colours are like the photo's.
    Nothing is shared: the sample may be changed.
    """
    first = photo.components[0]
    rows = first.blocks.shape[0] // first.vertical // _SIDE
    columns = first.blocks.shape[1] // first.horizontal // _SIDE
    wanted = round(share * min(max(rows * columns * _SHARE, _FEWEST), _MOST))
    if rows * columns <= wanted:
        copied = replace(photo, components=tuple(_copied(c) for c in photo.components))
        return Sample(copied, (1.0,) * len(photo.components))
    at = ((np.arange(wanted) + 0.5) * rows * columns / wanted).astype(int)
    # Seven and three keep tiles of neighbouring rows from standing below each other.
    tiles = [(place // columns, (place * 7 + place // columns * 3) % columns) for place in at]
    components = tuple(_stacked(component, tiles) for component in photo.components)
    sample = Coefficients(
        _SIDE * 8 * max(c.horizontal for c in components),
        _SIDE * 8 * max(c.vertical for c in components) * wanted,
        components,
    )
    return Sample(sample, times_of(photo, sample))


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
