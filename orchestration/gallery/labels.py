"""The labels of the photos that a gallery shows, from a label file of renditions or of photos."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from orchestration.gallery.choose import Pair
from orchestration.labels.document import Document, Labelled
from orchestration.labels.drawn import DrawnLabels, drawn_labels
from orchestration.labels.frames import FrameError, frame_of, sides_in
from orchestration.labels.geometry import Frame, Geometry, Size
from orchestration.labels.mapping import CannotMapError
from orchestration.labels.names import NameIndex
from orchestration.labels.pairs import Unknown
from orchestration.mirror.mirror import Mirror, in_known_order
from orchestration.mirror.partition_keys import Folder
from orchestration.mirror.picture_geometry import NoGeometryError, geometry_of

# The sides of a picture, and its turn.
_File = tuple[Size, int]
# Forms whose coordinates are always shares of the sides.
_IN_SHARES = frozenset({"yolo", "azureml", "label-studio", "custom-vision"})


class LabelsOf(Enum):
    """The container that labels are of; AUTO decides photo by photo, by name, width and height."""

    AUTO = "auto"
    RESIZED = "resized"
    RAW = "raw"


@dataclass(frozen=True, slots=True)
class LabelSource:
    """A label file that was read, its form, and the options about it."""

    form: str
    document: Document
    of: LabelsOf = LabelsOf.AUTO
    frame: Frame | None = None
    prefix: str = ""


@dataclass(slots=True)
class ShownLabels:
    """The labels by the names of photos, and why others are missing, by the names in the file.

    `drawn` is the number of photos with labels. `others` is the number of photos in the file that
    the gallery does not show.
    """

    by_photo: dict[str, DrawnLabels] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    drawn: int = 0
    others: int = 0


def labels_of_shown(
    mirror: Mirror,
    folders: Iterable[Folder] | None,
    pairs: Sequence[Pair],
    source: LabelSource,
) -> ShownLabels:
    """Return the labels of these pairs, upright, in shares of the sides.

    A name must match one photo of all in the folders, not only of those shown; therefore both
    containers are listed.

    Raises LabelFileError, StoreUnavailableError.
    """
    asked = None if folders is None else [*folders]
    (meant,) = in_known_order(mirror, lambda going: [_meant(going, asked, source)])
    of_photo = {pair.photo.name: pair for pair in pairs}
    of_rendition = {pair.rendition.name: pair for pair in pairs}
    found = ShownLabels()
    for labelled in [*source.document.photos()]:
        name = meant[labelled.name]
        if isinstance(name, Unknown):
            found.reasons[labelled.name] = name.reason
            continue
        candidates = {
            LabelsOf.RESIZED: of_rendition.get(name) if source.of is not LabelsOf.RAW else None,
            LabelsOf.RAW: of_photo.get(name) if source.of is not LabelsOf.RESIZED else None,
        }
        ofs = [of for of, pair in candidates.items() if pair is not None]
        pair = candidates[LabelsOf.RESIZED] or candidates[LabelsOf.RAW]
        if pair is None:
            found.others += 1
            continue
        try:
            drawn = _drawn(mirror, pair, labelled, source, ofs)
        except (CannotMapError, FrameError, NoGeometryError) as error:
            found.reasons[labelled.name] = str(error)
            drawn = DrawnLabels(reason=str(error))
        else:
            found.drawn += 1
        before = found.by_photo.get(pair.photo.name)
        found.by_photo[pair.photo.name] = drawn if before is None else _joined(before, drawn)
    return found


def _meant(
    mirror: Mirror, folders: list[Folder] | None, source: LabelSource
) -> dict[str, str | Unknown]:
    """List both containers, and return what each name in the label file means there."""
    index = NameIndex(source.document.photos(), source.prefix, folder_option="FOLDERS")
    added = set[str]()
    for verdict in mirror.verdicts_of(folders):
        rows = {LabelsOf.RAW: verdict.photo, LabelsOf.RESIZED: verdict.rendition}
        for of, row in rows.items():
            if row is None or source.of not in {LabelsOf.AUTO, of} or row.name in added:
                continue
            if index.add(row.name):
                added.add(row.name)
    return dict(index.meant())


def _drawn(
    mirror: Mirror, pair: Pair, labelled: Labelled, source: LabelSource, ofs: list[LabelsOf]
) -> DrawnLabels:
    geometry = geometry_of(mirror, pair.photo, pair.rendition, pair.stamp)
    stated, turn = _reading(labelled, geometry, source, ofs)
    return drawn_labels(source.document, labelled, stated, turn)


def _reading(
    labelled: Labelled, geometry: Geometry, source: LabelSource, ofs: list[LabelsOf]
) -> _File:
    """Return the sides that coordinates refer to, and the turn that shows them as a viewer does.

    Raises CannotMapError, FrameError.
    """
    files = {
        LabelsOf.RESIZED: (geometry.rendition, geometry.rendition_turn),
        LabelsOf.RAW: (geometry.photo, geometry.photo_turn),
    }
    fitting = _fitting(labelled, [files[of] for of in ofs])
    readings = {_of_file(labelled, stored, turn, source) for stored, turn in fitting}
    # Without sides in the file, pixels of the one and of the other mean different places.
    is_open = labelled.sides is None and source.form not in _IN_SHARES
    if len({turn for _, turn in readings}) > 1 or (is_open and len(readings) > 1):
        raise CannotMapError(
            "it is unknown whether these labels are of the rendition or of the raw photo; set "
            "--labels-of resized or --labels-of raw"
        )
    return min(readings)


def _fitting(labelled: Labelled, files: list[_File]) -> list[_File]:
    """Return the files with the stated sides, or else those with their aspect ratio.

    Raises FrameError if there are none.
    """
    if labelled.sides is None:
        return files
    stated = sorted(labelled.sides)
    exact = [file for file in files if sorted(file[0]) == stated]
    fitting, reason = list[_File](), None
    for stored, turn in exact or files:
        try:
            frame_of(labelled.sides, stored, turn, asked=Frame.SHOWN)
        except FrameError as error:
            reason = error
        else:
            fitting.append((stored, turn))
    if not fitting and reason is not None:
        raise reason
    return fitting


def _of_file(labelled: Labelled, stored: Size, turn: int, source: LabelSource) -> _File:
    """Return the stated sides and the turn to what is shown, if labels are of this file."""
    profile = source.document.profile
    frame = frame_of(labelled.sides, stored, turn, asked=source.frame, profile=profile)
    stated = sides_in(frame, labelled.sides, stored, turn)
    return stated, turn if frame is Frame.STORED else 1


def _joined(one: DrawnLabels, other: DrawnLabels) -> DrawnLabels:
    """Join the labels of a photo that a file names twice."""
    return DrawnLabels(
        one.labels + other.labels,
        one.undrawn + other.undrawn,
        one.beyond + other.beyond,
        one.reason or other.reason,
    )
