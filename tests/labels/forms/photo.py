"""The labels of one photo, whatever the form of their file, and how a form is written and read."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Box = tuple[float, float, float, float]
Polygon = list[float]
Mask = NDArray[np.bool_]


@dataclass
class Photo:
    """The labels of a photo, in pixels from the outer edges.

    Boxes are given by their corners, polygons flat; keypoints are x, y, visibility and so on, and
    masks arrays of rows.
    """

    name: str
    width: float
    height: float
    boxes: list[Box] = field(default_factory=list)
    polygons: list[Polygon] = field(default_factory=list)
    keypoints: list[list[float]] = field(default_factory=list)
    masks: list[Mask] = field(default_factory=list)


Write = Callable[[Path, Photo], None]
Read = Callable[[Path, Photo], Photo]


@dataclass(frozen=True)
class FormUnderTest:
    """How to write a file of one photo, and to read it; `Read` takes sides where a file has none.

    `kinds` are the kinds of labels that `write` writes, `visibilities` those that keypoints may
    have. `coordinates` are the keys, and with them the texts, that may differ after a file was
    mapped.
    """

    name: str
    write: Write
    read: Read
    kinds: frozenset[str]
    visibilities: tuple[int, ...] = (2,)
    is_folder: bool = False
    coordinates: frozenset[str] = frozenset()

    @property
    def has_polygons(self) -> bool:
        return "polygons" in self.kinds


def pairs(flat: Polygon) -> list[list[float]]:
    return [[flat[at], flat[at + 1]] for at in range(0, len(flat), 2)]


def flat(pairs: list[list[float]]) -> Polygon:
    return [number for pair in pairs for number in pair]


def triples(keypoints: list[float]) -> list[tuple[float, float, int]]:
    return [
        (keypoints[at], keypoints[at + 1], int(keypoints[at + 2]))
        for at in range(0, len(keypoints), 3)
    ]


def scaled(flat: Polygon, across: float, down: float) -> Polygon:
    return [one * (down if at % 2 else across) for at, one in enumerate(flat)]


def runs(pixels: NDArray[np.bool_]) -> list[int]:
    """Count alternating runs of a line of pixels, the first of what is not set."""
    edges = np.flatnonzero(np.diff(pixels.astype("i1"), prepend=0, append=0)).tolist()
    counts: list[int] = np.diff([0, *edges, pixels.size]).tolist()
    return counts[:-1] if counts[-1] == 0 else counts


def pixels(counts: list[int]) -> NDArray[np.bool_]:
    """Return the line of pixels that alternating runs make."""
    return np.repeat([at % 2 == 1 for at in range(len(counts))], counts)
