"""The labels of one photo as boxes and polygons, for all forms of label files. Pure.

A document is read by mapping it with a recorder instead of a mapper. It must not be saved
afterwards.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from orchestration.labels.document import Document, Labelled, Move
from orchestration.labels.frames import frame_of, sides_in
from orchestration.labels.geometry import Frame, Geometry, Size, mapping
from orchestration.labels.mapping import TAG, Box, CannotMapError, Mapper
from orchestration.labels.masks import Lines

# The names of boxes and polygons in the forms; '' in forms without other shapes.
_SHAPES = frozenset({"", TAG, "box", "rectangle", "polygon"})
_RECTANGLE = 4
_ONLY = ", and only boxes, polygons and labels of whole photos can be joined"


@dataclass(slots=True)
class Label:
    """A class, and where it is on the photo as shown, in shares of the sides.

    A label with neither a box nor a polygon is of the whole photo; `is_tag` is true if its form
    says so.
    """

    name: str
    box: Box | None = None
    polygons: list[list[float]] = field(default_factory=list)
    is_tag: bool = False

    @property
    def around(self) -> Box | None:
        """The box, or the one around the polygons; None for a label of the whole photo."""
        if self.box is not None or not self.polygons:
            return self.box
        xs = [x for flat in self.polygons for x in flat[::2]]
        ys = [y for flat in self.polygons for y in flat[1::2]]
        return min(xs), min(ys), max(xs), max(ys)


def labels_of(
    document: Document, photo: Labelled, geometry: Geometry, frame: Frame | None = None
) -> list[Label]:
    """Return a document's labels of a rendition; `frame` is the one that a person set.

    Raises CannotMapError, FrameError, LabelFileError.
    """
    stored, turn = geometry.rendition, geometry.rendition_turn
    source = frame_of(photo.sides, stored, turn, asked=frame, profile=document.profile)
    stated = sides_in(source, photo.sides, stored, turn)
    to_shares = mapping(stated, turn if source is Frame.STORED else 1, Size(1.0, 1.0))
    labels: list[Label] = []
    document.map(photo, Move(to_shares, stated, str, mapper=partial(_Notes, noted=labels)))
    return labels


@dataclass(slots=True)
class _Notes(Mapper):
    """Records the shapes given to map, in shares of the target's sides."""

    noted: list[Label] = field(default_factory=list)

    def label(self, name: str, shape: str = "") -> None:
        Mapper.label(self, name, shape)
        if shape not in _SHAPES:
            raise CannotMapError(f"it has a label of the kind {shape!r}{_ONLY}")
        self.noted.append(Label(name, is_tag=shape == TAG))

    def box(self, left: float, top: float, right: float, bottom: float) -> Box:
        made = Mapper.box(self, left, top, right, bottom)
        self._last.box = _upright([*self._shares(made)])
        return made

    def points(self, flat: Sequence[float]) -> list[float]:
        made = Mapper.points(self, flat)
        shares = [*self._shares(made)]
        if len(shares) == _RECTANGLE:
            self._last.box = _upright(shares)
        elif len(shares) > _RECTANGLE:
            self._last.polygons.append(shares)
        else:
            raise CannotMapError(f"it has a single point{_ONLY}")
        return made

    def keypoints(self, flat: Sequence[float]) -> list[float]:
        raise CannotMapError(f"it has {len(flat) // 3} keypoints{_ONLY}")

    def mask(self, columns: Lines) -> Lines:
        raise CannotMapError(f"it has a mask {len(columns)} px wide; export it as a polygon")

    @property
    def _last(self) -> Label:
        return self.noted[-1]

    def _shares(self, flat: Sequence[float]) -> Iterator[float]:
        sides = self.mapping.target
        return (one / sides[at % 2] for at, one in enumerate(flat))


def _upright(corners: Sequence[float]) -> Box:
    x0, y0, x1, y1 = corners
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
