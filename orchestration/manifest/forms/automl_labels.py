"""The `label` of a line of AutoML for Images: classes, boxes or polygons in shares of the sides.

AutoML drops a box or a polygon that extends beyond the edges, so they are cut there. Source: "Data
schemas to train computer vision models with automated machine learning".
"""

from collections.abc import Mapping, Sequence

from orchestration.labels.clip import clipped_box, clipped_polygon
from orchestration.labels.shapes import Label
from orchestration.manifest.label_join import JoinedLabels, Task

_CORNERS = ("topX", "topY", "bottomX", "bottomY")
_WHOLE = (1.0, 1.0)


def automl_labels(joined: JoinedLabels) -> Mapping[str, object]:
    """Return the `label` of each rendition by its name; all are for one task.

    Raises MixedLabelsError.
    """
    match joined.task:
        case Task.CLASSES:
            return _classes(joined.by_name)
        case Task.POLYGONS:
            return {
                name: [made for one in found if (made := _polygon(one)) is not None]
                for name, found in joined.by_name.items()
            }
        case Task.BOXES:
            return {
                name: [box for one in found if (box := _box(one)) is not None]
                for name, found in joined.by_name.items()
            }


def _classes(by_name: Mapping[str, Sequence[Label]]) -> Mapping[str, object]:
    """Return one class per photo, or lists if any photo has several."""
    names = {
        name: [*dict.fromkeys(one.name for one in found)]
        for name, found in by_name.items()
        if found
    }
    if all(len(found) == 1 for found in names.values()):
        return {name: found[0] for name, found in names.items()}
    return dict(names)


def _box(label: Label) -> dict[str, object] | None:
    if label.around is None:
        return None
    left, top, right, bottom = clipped_box(label.around, *_WHOLE)
    if left >= right or top >= bottom:
        return None
    corners = zip(_CORNERS, (left, top, right, bottom), strict=True)
    return {"label": label.name, **dict(corners), "isCrowd": 0}


def _polygon(label: Label) -> dict[str, object] | None:
    cut = [part for flat in label.polygons if (part := clipped_polygon(flat, *_WHOLE))]
    return {"label": label.name, "isCrowd": 0, "polygon": cut} if cut else None
