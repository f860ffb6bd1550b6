"""The sheet of labels: a few renditions next to their photos, with the same labels on both."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orchestration.blobs.base import Source, find
from orchestration.blobs.errors import (
    CorruptError,
    DeniedError,
    StaleError,
    UnaddressableError,
    UnreadableError,
)
from orchestration.labels.examples import Example, Outline
from orchestration.mirror.mirror import Mirror
from resize_core import Drawing, LabelSheet, ResizeError, Shape, drawing, label_sheet

# Bytes of the small sheet: an event with it as text, and with names, stays below 40 kB.
_SMALL = 26_000
# Errors that leave one photo out of the sheet.
_UNREAD = (StaleError, UnreadableError, DeniedError, UnaddressableError, CorruptError, ResizeError)


@dataclass(frozen=True, slots=True)
class DrawnLabels:
    """The sheet, and the photos on it from the top; the small one has the first of them."""

    sheet: LabelSheet
    photos: tuple[str, ...]


def draw_labels(mirror: Mirror, examples: Iterable[Example]) -> DrawnLabels | None:
    """Read examples, and draw labels on renditions (left) and photos (right); None if none can be.

    Raises StoreUnavailableError.
    """
    rows: list[tuple[Drawing, Drawing]] = []
    photos: list[str] = []
    for one in examples:
        try:
            left = _drawing(mirror.resized, one.rendition, one.on_rendition)
            right = _drawing(mirror.raw, one.photo, one.on_photo)
        except _UNREAD:
            continue  # the labels are mapped; the sheet shows other photos
        if left is not None and right is not None:
            rows.append((left, right))
            photos.append(one.photo)
    if not rows:
        return None
    try:
        return DrawnLabels(label_sheet(rows, _SMALL), tuple(photos))
    except ResizeError:
        return None  # no row is small enough for an event


def _drawing(store: Source, name: str, outlines: Sequence[Outline]) -> Drawing | None:
    shapes = [Shape(one.points, one.label) for one in outlines]
    for row in find(store, name):
        return drawing(store.read(name, row.etag).data, shapes)
    return None
