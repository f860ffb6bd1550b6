"""The regions of a prediction in Label Studio: percents of the sides as shown.

The labelling interface must have these tags: `RectangleLabels` called `label`,
`PolygonLabels` called `polygon`, `Choices` called `choice`, each for the image `image`.
Source: labelstud.io/guide/predictions.
"""

from collections.abc import Iterator, Sequence

from orchestration.labels.shapes import Label

MODEL = "photo-mirror"
_WHOLE = 100.0


def regions(labels: Sequence[Label], shown: tuple[int, int]) -> list[dict[str, object]]:
    """Return the results for labels of a rendition that is shown with these sides."""
    common = {"original_width": shown[0], "original_height": shown[1], "image_rotation": 0}
    found = [one for label in labels for one in _of(label)]
    classes = [label.name for label in labels if label.around is None]
    made = [
        {
            "id": f"r{at}", "type": kind, "from_name": tag, "to_name": "image", **common,
            "value": value,
        }
        for at, (kind, tag, value) in enumerate(found)
    ]  # fmt: skip
    if classes:
        made.append(
            {
                "id": f"r{len(made)}", "type": "choices", "from_name": "choice",
                "to_name": "image", "value": {"choices": classes},
            }
        )  # fmt: skip
    return made


def _of(label: Label) -> Iterator[tuple[str, str, dict[str, object]]]:
    for flat in label.polygons:
        numbers = [_WHOLE * one for one in flat]
        points = [list(pair) for pair in zip(numbers[::2], numbers[1::2], strict=True)]
        value = {"points": points, "closed": True, "polygonlabels": [label.name]}
        yield "polygonlabels", "polygon", value
    if label.box is not None and not label.polygons:
        left, top, right, bottom = (_WHOLE * one for one in label.box)
        box = {"x": left, "y": top, "width": right - left, "height": bottom - top, "rotation": 0}
        yield "rectanglelabels", "label", {**box, "rectanglelabels": [label.name]}
