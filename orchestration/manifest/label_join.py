"""Labels of renditions, from a label file, for the rows of a manifest. Pure."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from orchestration.labels.document import Document
from orchestration.labels.frames import FrameError
from orchestration.labels.geometry import Frame, Geometry, GeometryError
from orchestration.labels.mapping import CannotMapError
from orchestration.labels.names import NameIndex
from orchestration.labels.pairs import Unknown
from orchestration.labels.shapes import Label, labels_of
from orchestration.manifest.row import Row


class Task(Enum):
    """The task of a set of labels: all labels of a table must be for one task."""

    CLASSES = "classes of photos"
    BOXES = "boxes"
    POLYGONS = "polygons"


class MixedLabelsError(ValueError):
    """A file has both labels of whole photos and labels of objects in photos."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"{name!r} has a label of the whole photo, but other labels are of objects in photos; "
            "a table can have only one kind: join a file with one kind of labels"
        )


@dataclass(slots=True)
class JoinedLabels:
    """The labels of each rendition by its name, and the reasons why others are missing."""

    by_name: dict[str, list[Label]] = field(default_factory=dict)
    not_joined: dict[str, str] = field(default_factory=dict)

    @property
    def labels(self) -> int:
        """The number of labels."""
        return sum(map(len, self.by_name.values()))

    @property
    def task(self) -> Task:
        """The task of the labels: polygons if each has one. Raises MixedLabelsError.

        Tags are the task only if there are no other labels.
        """
        whole = {
            name
            for name, found in self.by_name.items()
            if any(one.around is None and not one.is_tag for one in found)
        }
        every = [one for found in self.by_name.values() for one in found]
        things = [one for one in every if one.around is not None]
        if whole and things:
            raise MixedLabelsError(min(whole))
        if every and not things:
            return Task.CLASSES
        return Task.POLYGONS if things and all(one.polygons for one in things) else Task.BOXES

    @property
    def tags_beside(self) -> int:
        """The number of tags that are no part of the task."""
        tags = sum(one.is_tag for found in self.by_name.values() for one in found)
        return 0 if self.task is Task.CLASSES else tags

    @property
    def digest(self) -> str:
        """A digest of all labels: eight hexadecimal digits."""
        facts = {name: [*map(_facts, found)] for name, found in sorted(self.by_name.items())}
        text = json.dumps(facts).encode("utf-8", "surrogatepass")
        return hashlib.sha256(text).hexdigest()[:8]

    @property
    def facts(self) -> dict[str, object]:
        """The labels as JSON values, for a summary."""
        return {
            "photos": len(self.by_name),
            "labels": self.labels,
            "not_joined": len(self.not_joined),
            "digest": self.digest,
        }


def join(
    document: Document, rows: Iterable[Row], prefix: str = "", frame: Frame | None = None
) -> JoinedLabels:
    """Return the labels that a document has of the renditions in a manifest.

    `prefix` is the text that the document has before their names; `frame` is the frame that a
    person set, or None. The document must not be saved afterwards.

    Raises LabelFileError.
    """
    photos = [*document.photos()]
    index = NameIndex(photos, prefix, folder_option="FOLDERS")
    wanted = {row.name: row for row in rows if index.add(row.name)}
    meant, joined = dict(index.meant()), JoinedLabels()
    for photo in photos:
        name = meant[photo.name]
        if isinstance(name, Unknown):
            joined.not_joined[photo.name] = name.reason
            continue
        try:
            found = labels_of(document, photo, _geometry(wanted[name]), frame)
        except (CannotMapError, FrameError) as error:
            joined.not_joined[photo.name] = str(error)
        else:
            joined.by_name.setdefault(name, []).extend(found)
    return joined


def with_counts(rows: Iterable[Row], joined: JoinedLabels) -> Iterator[Row]:
    """Yield the rows with the number of labels of each class."""
    for row in rows:
        found = joined.by_name.get(row.name)
        yield row if found is None else replace(row, labels=_counts(found))


def _facts(label: Label) -> dict[str, object]:
    """Return what a digest is of; it must not change with a new attribute."""
    return {"name": label.name, "box": label.box, "polygons": label.polygons}


def _counts(found: Iterable[Label]) -> Mapping[str, int]:
    return dict(sorted(Counter(one.name for one in found).items()))


def _geometry(row: Row) -> Geometry:
    try:
        return Geometry.parse(row.geometry, (row.width, row.height))
    except GeometryError:
        raise CannotMapError(
            "an earlier version made its rendition and recorded no rotation; "
            "regenerate it to join labels"
        ) from None
