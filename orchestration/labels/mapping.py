"""Map the labels of one photo, and count those that a person should check. Pure."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from orchestration.labels.examples import Trace
from orchestration.labels.geometry import Mapping, Size
from orchestration.labels.masks import Lines, mapped_columns

Box = tuple[float, float, float, float]

TAG = "tag"
"""The shape of a label that is meant for the whole photo."""

# As a share of a side: inexact last digits that converters of other tools write.
_NOISE = 1e-6


_NOT_FINITE = "it has a coordinate that is not a finite number"


class CannotMapError(Exception):
    """A label that cannot be mapped, so that its photo is left out as a whole."""


@dataclass(slots=True)
class Mapper:
    """Maps the labels of one photo by `mapping`, in the units of its source and target.

    `floor` is the size of two pixels of the rendition in the source. It counts labels by class and
    in total, and those that extend beyond the source (they are mapped, too), that are smaller than
    `floor`, and that have no size. `trace` collects outlines, if given.
    """

    mapping: Mapping
    floor: Size
    labels: int = 0
    outside: int = 0
    small: int = 0
    empty: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    trace: Trace | None = None

    def label(self, name: str, shape: str = "") -> None:  # noqa: ARG002 -- others look at it
        """Count a label of a class, before its coordinates are mapped.

        `shape` is its name in the form, if it may be neither a box nor a polygon.
        """
        self.labels += 1
        self.classes[name] += 1

    def box(self, left: float, top: float, right: float, bottom: float) -> Box:
        """Map a box by its corners; each is less than its opposite."""
        self.look(left, top, right, bottom)
        return self.mapping.box(left, top, right, bottom)

    def points(self, flat: Sequence[float]) -> list[float]:
        """Map points given as x, y, x, y and so on."""
        if len(flat) % 2:
            raise CannotMapError(
                f"it has a list of {len(flat)} numbers, which are not pairs (x, y)"
            )
        across, down = flat[::2], flat[1::2]
        if across:
            _check(flat)
            source = self.mapping.source
            left, right, top, bottom = min(across), max(across), min(down), max(down)
            self._count_outside(left, top, right, bottom, source)
            if self.trace is not None:
                corners = [*zip(across, down, strict=True)]
                self.trace.add(self.labels, corners, self.mapping)
        point = self.mapping.point
        return [number for x, y in zip(across, down, strict=True) for number in point(x, y)]

    def keypoints(self, flat: Sequence[float]) -> list[float]:
        """Map points given as x, y, visibility and so on; 0, 0, 0 means no point and stays."""
        if len(flat) % 3:
            raise CannotMapError(
                f"it has a list of {len(flat)} numbers, which are not triples (x, y, visibility)"
            )
        _check(flat)
        mapped: list[float] = []
        for x, y, seen in zip(flat[::3], flat[1::3], flat[2::3], strict=True):
            there = (x, y) if not (x or y or seen) else self.mapping.point(x, y)
            mapped += (*there, seen)
        return mapped

    def mask(self, columns: Lines) -> Lines:
        """Map a mask: each pixel takes the source's pixel in which its centre lies."""
        return mapped_columns(columns, self.mapping)

    def look(self, left: float, top: float, right: float, bottom: float) -> None:
        """Count a box that a person should check; it need not be a label itself."""
        wide, high = right - left, bottom - top
        if not math.isfinite(wide + high):
            raise CannotMapError(_NOT_FINITE)
        least_wide, least_high = self.floor
        if not (wide > 0 and high > 0):
            self.empty += 1
        elif wide < least_wide or high < least_high:
            self.small += 1
        self._count_outside(left, top, right, bottom, self.mapping.source)
        if self.trace is not None:
            corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
            self.trace.add(self.labels, corners, self.mapping)

    def _count_outside(
        self, left: float, top: float, right: float, bottom: float, source: Size
    ) -> None:
        width, height = source
        if not (
            left >= -_NOISE * width
            and top >= -_NOISE * height
            and right <= (1 + _NOISE) * width
            and bottom <= (1 + _NOISE) * height
        ):
            self.outside += 1


def _check(flat: Sequence[float]) -> None:
    """Raise CannotMapError where one of the numbers is infinite, or none."""
    if not math.isfinite(sum(flat)):
        raise CannotMapError(_NOT_FINITE)
