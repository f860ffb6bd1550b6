"""The labels of a photo as data for the page's script, grouped by class."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from orchestration.escaping import in_a_line
from orchestration.labels.drawn import DrawnLabels
from orchestration.labels.examples import Point

# A millionth of a side is less than a pixel of any photo.
_DIGITS = 6
_MOST_OF_A_NAME = 200


def class_numbers(photos: Iterable[DrawnLabels | None]) -> dict[str, int]:
    """Return a number for each class: the most frequent first. It decides the colour."""
    found = Counter(one.name for photo in photos if photo is not None for one in photo.labels)
    names = sorted(found, key=lambda name: (-found[name], name))
    return {name: at for at, name in enumerate(names)}


def label_facts(labels: DrawnLabels | None, numbers: Mapping[str, int]) -> dict[str, Any]:
    """Return the classes of a photo with what is drawn, and the number of labels that are not."""
    if labels is None:
        return {"classes": [], "undrawn": 0, "reason": ""}
    classes: dict[str, dict[str, Any]] = {}
    for one in labels.labels:
        group = classes.setdefault(
            one.name,
            {
                "name": _name(one.name),
                "number": numbers[one.name],
                "labels": 0,
                "areas": [],
                "lines": [],
                "dots": [],
            },
        )
        group["labels"] += 1
        group["areas"] += [_flat(points) for points in one.areas]
        group["lines"] += [_flat(points) for points in one.lines]
        group["dots"] += [_flat([point]) for point in one.dots]
    ordered = sorted(classes.values(), key=lambda group: int(group["number"]))
    return {
        "classes": ordered,
        "undrawn": labels.undrawn + labels.beyond,
        "reason": in_a_line(labels.reason),
    }


def _name(name: str) -> str:
    line = in_a_line(name)
    return line if len(line) <= _MOST_OF_A_NAME else f"{line[:_MOST_OF_A_NAME]}..."


def _flat(points: Iterable[Point]) -> list[float]:
    return [round(number, _DIGITS) for point in points for number in point]
