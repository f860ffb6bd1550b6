"""Chooses a few photos whose labels a person can check before and after mapping. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from orchestration.labels.geometry import Mapping, Size, mapping
from orchestration.labels.pairs import Pair, Way

Point = tuple[float, float]

MOST_PHOTOS = 3
# More outlines on one photo would cover each other.
MOST_OUTLINES = 40
_SHARES = Size(1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Outline:
    """One shape, in shares of the sides of a picture as shown.

    `label` is the number of its label on the photo: the same before and after.
    """

    label: int
    points: tuple[Point, ...]


@dataclass(slots=True)
class Trace:
    """Collects the outlines of one photo's labels while they are mapped.

    The turns are those by which a viewer shows the frames that labels are in: 1 for as shown.
    """

    source_turn: int
    target_turn: int
    before: list[Outline] = field(default_factory=list)
    after: list[Outline] = field(default_factory=list)

    def add(self, label: int, points: Sequence[Point], there: Mapping) -> None:
        """Add the points of a shape, in the units of the mapping's source."""
        if len(self.before) == MOST_OUTLINES:
            return
        mapped = [there.point(x, y) for x, y in points]
        self.before.append(Outline(label, _shown(points, there.source, self.source_turn)))
        self.after.append(Outline(label, _shown(mapped, there.target, self.target_turn)))


@dataclass(frozen=True, slots=True)
class Example:
    """A photo and its rendition, by their names, and the outlines on each."""

    photo: str
    rendition: str
    on_photo: tuple[Outline, ...]
    on_rendition: tuple[Outline, ...]


class Examples:
    """Chooses examples among all mapped photos, in bounded memory.

    Photos that are turned and scaled come first: on those, mistakes show.
    """

    def __init__(self, most: int = MOST_PHOTOS) -> None:
        self._most = most
        self._found: dict[tuple[bool, bool], list[Example]] = {}

    def trace(self, pair: Pair, source_turn: int, target_turn: int) -> Trace | None:
        """Return a collector for a photo's outlines; None if enough similar ones were found."""
        enough = pair.is_gone or len(self._found.get(_kind(pair), ())) == self._most
        return None if enough else Trace(source_turn, target_turn)

    def add(self, pair: Pair, way: Way, trace: Trace) -> None:
        """Add a mapped photo; one without outlines is not an example."""
        if not trace.before:
            return
        sides = tuple(trace.before), tuple(trace.after)
        on_rendition, on_photo = sides if way is Way.TO_RAW else sides[::-1]
        example = Example(pair.photo, pair.rendition, on_photo, on_rendition)
        self._found.setdefault(_kind(pair), []).append(example)

    def chosen(self) -> list[Example]:
        """Return the examples: one of each kind first, then more of them."""
        kinds = [self._found[kind] for kind in sorted(self._found, reverse=True)]
        rounds = ([kind[at] for kind in kinds if at < len(kind)] for at in range(self._most))
        return [one for found in rounds for one in found][: self._most]


def _kind(pair: Pair) -> tuple[bool, bool]:
    """Return whether a photo or its rendition is turned, and whether the rendition is scaled."""
    of = pair.geometry
    is_turned = (of.photo_turn, of.rendition_turn) != (1, 1)
    return is_turned, sorted(of.photo) != sorted(of.rendition)


def _shown(points: Sequence[Point], sides: Size, turn: int) -> tuple[Point, ...]:
    """Return points of a frame in shares of the sides of the picture as shown."""
    there = mapping(_SHARES, turn, _SHARES)
    return tuple(there.point(x / sides.width, y / sides.height) for x, y in points)
