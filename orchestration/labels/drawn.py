"""What can be drawn of a photo's labels: outlines, lines and points, on the photo as shown. Pure.

A document is read by mapping it to shares of the sides. It must not be saved afterwards.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from orchestration.labels.document import Document, Labelled, Move
from orchestration.labels.examples import Point, Trace
from orchestration.labels.geometry import Mapping, Size, mapping
from orchestration.labels.mapping import CannotMapError, Mapper

# More labels, or more points, make a page slow; they are counted and not drawn.
MOST_LABELS = 1_000
MOST_POINTS = 20_000
_POINTS = frozenset({"point", "points", "skeleton", "cuboid", "keypoints"})
_LINES = frozenset({"line", "linestrip", "polyline"})
_RECTANGLE = 2


@dataclass(slots=True)
class DrawnLabel:
    """A label of a class, in shares of the sides of the photo as shown.

    `areas` are closed outlines, and `lines` open ones.
    """

    name: str
    areas: list[list[Point]] = field(default_factory=list)
    lines: list[list[Point]] = field(default_factory=list)
    dots: list[Point] = field(default_factory=list)

    @property
    def points(self) -> int:
        """The number of points; 0 for a label that cannot be drawn."""
        return sum(map(len, (*self.areas, *self.lines, self.dots)))


@dataclass(frozen=True, slots=True)
class DrawnLabels:
    """The labels of a photo that are drawn, and the number of those that are not.

    `undrawn` are masks and labels of the whole photo; `beyond` are those beyond the limits.
    `reason` is why none can be drawn, if none can.
    """

    labels: tuple[DrawnLabel, ...] = ()
    undrawn: int = 0
    beyond: int = 0
    reason: str = ""

    @property
    def points(self) -> int:
        """The number of points that are drawn."""
        return sum(one.points for one in self.labels)


def drawn_labels(document: Document, photo: Labelled, stated: Size, turn: int) -> DrawnLabels:
    """Return what can be drawn of a photo's labels.

    `stated` are the sides that the coordinates refer to, and `turn` shows them as a viewer does.

    Raises CannotMapError, LabelFileError.
    """
    notes = _Notes(1, 1)
    to_shares = mapping(stated, turn, Size(1.0, 1.0))
    document.map(photo, Move(to_shares, stated, str, trace=notes, mapper=_Drawer))
    return _within_limits(notes.drawn())


@dataclass(slots=True)
class _Notes(Trace):
    """Collects what is drawn, while a document is mapped."""

    labels: list[DrawnLabel] = field(default_factory=list)
    boxes: dict[int, list[Point]] = field(default_factory=dict)

    def drawn(self) -> list[DrawnLabel]:
        """Return the labels; the box around a polygon is not drawn."""
        for at, box in self.boxes.items():
            areas = self.labels[at].areas
            if not areas:
                areas.append(box)
        return self.labels


@dataclass(slots=True)
class _Drawer(Mapper):
    """Notes the shapes that it maps, if it has a trace: mappers of copies have none."""

    shape: str = ""

    def label(self, name: str, shape: str = "") -> None:
        Mapper.label(self, name, shape)
        self.shape = shape
        if isinstance(self.trace, _Notes):
            self.trace.labels.append(DrawnLabel(name))

    def look(self, left: float, top: float, right: float, bottom: float) -> None:
        Mapper.look(self, left, top, right, bottom)
        if isinstance(self.trace, _Notes):
            at = len(self.trace.labels) - 1
            self.trace.boxes[at] = _shares(_corners(left, top, right, bottom), self.mapping)

    def points(self, flat: Sequence[float]) -> list[float]:
        made = Mapper.points(self, flat)
        if isinstance(self.trace, _Notes) and flat:
            self._note(self.trace.labels[-1], [*zip(flat[::2], flat[1::2], strict=True)])
        return made

    def keypoints(self, flat: Sequence[float]) -> list[float]:
        made = Mapper.keypoints(self, flat)
        if isinstance(self.trace, _Notes):
            triples = zip(flat[::3], flat[1::3], flat[2::3], strict=True)
            there = [(x, y) for x, y, seen in triples if x or y or seen]
            self.trace.labels[-1].dots += _shares(there, self.mapping)
        return made

    def _note(self, label: DrawnLabel, points: list[Point]) -> None:
        if len(points) == 1 or self.shape in _POINTS:
            label.dots += _shares(points, self.mapping)
        elif self.shape == "circle":
            (x, y), (at_x, at_y) = points[:2]
            radius = math.hypot(at_x - x, at_y - y)
            around = _corners(x - radius, y - radius, x + radius, y + radius)
            label.areas.append(_shares(around, self.mapping))
        elif len(points) == _RECTANGLE and self.shape == "rectangle":
            label.areas.append(_shares(_corners(*points[0], *points[1]), self.mapping))
        elif len(points) == _RECTANGLE or self.shape in _LINES:
            label.lines.append(_shares(points, self.mapping))
        else:
            label.areas.append(_shares(points, self.mapping))


def _corners(left: float, top: float, right: float, bottom: float) -> list[Point]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _shares(points: Iterable[Point], there: Mapping) -> list[Point]:
    """Map points, and return them in shares of the target's sides. Raises CannotMapError."""
    width, height = there.target
    mapped = [there.point(x, y) for x, y in points]
    # Tiny sides in a label file make finite coordinates infinite.
    if not all(math.isfinite(x) and math.isfinite(y) for x, y in mapped):
        raise CannotMapError("it has a coordinate that is too large for its width and height")
    return [(x / width, y / height) for x, y in mapped]


def _within_limits(labels: list[DrawnLabel]) -> DrawnLabels:
    kept, points, undrawn, beyond = list[DrawnLabel](), 0, 0, 0
    for one in labels:
        if not one.points:
            undrawn += 1
        elif len(kept) == MOST_LABELS or points + one.points > MOST_POINTS:
            beyond += 1
        else:
            points += one.points
            kept.append(one)
    return DrawnLabels(tuple(kept), undrawn, beyond)
