"""Map every photo of a label file to the other container. Pure, but changes the document."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Literal

from orchestration.labels.document import Document, LabelFileError, Labelled, Move
from orchestration.labels.examples import Examples, Trace
from orchestration.labels.frames import FrameError, frame_of, sides_in
from orchestration.labels.geometry import Frame, Size, mapping
from orchestration.labels.mapping import CannotMapError, Mapper
from orchestration.labels.names import renamed
from orchestration.labels.pairs import Pair, Unknown, Way


@dataclass(frozen=True, slots=True)
class Frames:
    """The frames of the file and of the result; None: detect it, or keep it."""

    source: Frame | None = None
    target: Frame | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A message about a photo: it is left out, or its labels should be checked."""

    name: str
    kind: Literal["not mapped", "note"]
    reason: str


@dataclass(slots=True)
class Summary:
    """The counts of a file. `turned` counts mapped photos whose target has an EXIF rotation.

    Of the photos that were not mapped, `without_photo` have no photo or no rendition, the photos of
    `changed` changed after their rendition was made, and the position of labels is unknown in
    `unplaced`. Of those that were mapped, `gone` no longer have a photo, and `other_sides` have
    another width or height than in the file. `labelled` are the names of the mapped photos that
    exist and have labels. `examples` collects some of them, if given.
    """

    photos: int = 0
    mapped: int = 0
    not_mapped: int = 0
    without_photo: int = 0
    changed: int = 0
    gone: int = 0
    other_sides: int = 0
    labels: int = 0
    outside: int = 0
    small: int = 0
    empty: int = 0
    turned: int = 0
    frames: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    labelled: set[str] = field(default_factory=set)
    examples: Examples | None = None

    @property
    def unplaced(self) -> int:
        """The number of photos left out because of their labels or their frame."""
        return self.not_mapped - self.without_photo - self.changed

    @property
    def counts(self) -> dict[str, int | dict[str, int]]:
        """All counts, by name."""
        several = {"frames": dict(self.frames), "classes": dict(self.classes)}
        numbers = {
            one.name: value
            for one in fields(self)
            if isinstance(value := getattr(self, one.name), int)
        }
        return {**numbers, **several, "labelled": len(self.labelled)}

    def add(self, pair: Pair, mapper: Mapper) -> None:
        """Count the labels of a photo."""
        self.gone += pair.is_gone
        if mapper.labels and not pair.is_gone:
            self.labelled.add(pair.photo)
        self.labels += mapper.labels
        self.outside += mapper.outside
        self.small += mapper.small
        self.empty += mapper.empty
        self.classes.update(mapper.classes)


def convert(
    document: Document,
    pairs: Mapping[str, Pair | Unknown],
    way: Way,
    frames: Frames,
    summary: Summary,
) -> Iterator[Finding]:
    """Map a document in place, and yield findings photo by photo.

    Photos that cannot be mapped are left out of the document. `pairs` has an entry for every name
    in it.

    Raises LabelFileError.
    """
    for photo in [*document.photos()]:
        summary.photos += 1
        pair = pairs[photo.name]
        try:
            if isinstance(pair, Unknown):
                summary.changed += pair.has_changed
                summary.without_photo += not pair.has_changed
                raise CannotMapError(pair.reason)  # noqa: TRY301 -- one way out for all that is left out
            made = _move(photo, pair, way, frames, document.profile)
            trace = _trace(pair, made, summary.examples)
            move = made.move if trace is None else replace(made.move, trace=trace)
            mapper = _mapped(document, photo, move)
        except (CannotMapError, FrameError) as error:
            document.drop(photo)
            summary.not_mapped += 1
            yield Finding(photo.name, "not mapped", str(error))
            continue
        summary.mapped += 1
        summary.turned += made.target_turn != 1
        summary.frames[made.target.value] += 1
        summary.other_sides += bool(made.note)
        summary.add(pair, mapper)
        if summary.examples is not None and trace is not None:
            summary.examples.add(pair, way, trace)
        gone = "its photo no longer exists; mapped to its former size" if pair.is_gone else ""
        for reason in (gone, made.note, *_looks(mapper)):
            if reason:
                yield Finding(photo.name, "note", reason)


def _mapped(document: Document, photo: Labelled, move: Move) -> Mapper:
    try:
        return document.map(photo, move)
    except LabelFileError as error:
        raise LabelFileError(f"{photo.name}: {error}") from None


def _trace(pair: Pair, made: "_Made", examples: Examples | None) -> Trace | None:
    if examples is None:
        return None
    return examples.trace(
        pair, _to_shown(made.source, made.source_turn), _to_shown(made.target, made.target_turn)
    )


def _to_shown(frame: Frame, turn: int) -> int:
    return turn if frame is Frame.STORED else 1


@dataclass(frozen=True, slots=True)
class _Made:
    move: Move
    source: Frame
    source_turn: int
    target: Frame
    target_turn: int
    note: str


def _move(photo: Labelled, pair: Pair, way: Way, frames: Frames, profile: Frame | None) -> _Made:
    geometry = pair.geometry
    stored, turn, target_turn = geometry.photo, geometry.photo_turn, geometry.rendition_turn
    if way is Way.TO_RAW:
        stored, turn, target_turn = geometry.rendition, geometry.rendition_turn, geometry.photo_turn
    source = frame_of(photo.sides, stored, turn, asked=frames.source, profile=profile)
    target = frames.target or source
    there = (
        geometry.to_photo(source, target)
        if way is Way.TO_RAW
        else geometry.to_rendition(source, target)
    )
    rendition = there.source if way is Way.TO_RAW else there.target.turned(there.turn)
    stated = sides_in(source, photo.sides, stored, turn)
    note = "" if stated == there.source else _resized_since(stated, there.source, way)
    before, after = pair.photo, pair.rendition
    if way is Way.TO_RAW:
        before, after = after, before

    move = Move(
        mapping(stated, there.turn, there.target),
        rendition,
        partial(renamed, before=before, after=after),
    )
    return _Made(move, source, turn, target, target_turn, note)


def _resized_since(stated: Size, now: Size, way: Way) -> str:
    what = "the rendition" if way is Way.TO_RAW else "the photo"
    return (
        f"labelled at {stated.width:g}x{stated.height:g} px, but {what} now has "
        f"{now.width:g}x{now.height:g} px; mapped by the size in the label file"
    )


def _looks(mapper: Mapper) -> Iterator[str]:
    if mapper.outside:
        yield f"{_labels(mapper.outside)} beyond the edges of the picture"
    if mapper.empty:
        yield f"{_labels(mapper.empty)} of no size"


def _labels(many: int) -> str:
    return f"{many:,} {'label' if many == 1 else 'labels'}"
