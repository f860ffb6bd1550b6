"""JSON lines as AutoML for Images reads them: one line per photo, in shares of the sides.

Its reader drops a box or a polygon with a number below 0 or above 1, so they are cut at the edges
here. Source: Microsoft's schema for AutoML's JSONL files.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from orchestration.labels.clip import clipped_box, clipped_polygon
from orchestration.labels.document import LabelFileError, Labelled, Move
from orchestration.labels.geometry import Frame, Size
from orchestration.labels.json_files import as_before, number, numbers, objects
from orchestration.labels.mapping import Mapper
from orchestration.labels.number_text import parsed_number

_CORNERS = ("topX", "topY", "bottomX", "bottomY")
_SIDES = ("width", "height")


def is_azureml(found: object) -> bool:
    """Return whether a parsed line has this form."""
    return isinstance(found, dict) and isinstance(found.get("image_url"), str)


def open_azureml(path: Path) -> "AzureMl":
    """Read a file. Raises LabelFileError, OSError."""
    rows = []
    for at, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise LabelFileError(f"line {at} is not JSON: {error}") from None
        if not is_azureml(row):
            raise LabelFileError(f"line {at} has no image_url")
        rows.append(row)
    if not rows:
        raise LabelFileError(f"{path} is empty")
    return AzureMl(rows)


class AzureMl:
    """The lines of a file, parsed."""

    profile: Frame | None = None

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self._rows: list[dict[str, Any] | None] = [*rows]
        self.notes: list[str] = []

    def photos(self) -> Iterator[Labelled]:
        """See Document."""
        for key, row in enumerate(self._rows):
            if row is not None:
                yield Labelled(key, row["image_url"], _sides(row))

    def map(self, photo: Labelled, move: Move) -> Mapper:
        """See Document."""
        row = self._row(photo)
        mapper = move.in_shares()
        label = row.get("label")
        if isinstance(label, dict) or (
            isinstance(label, list) and any(isinstance(one, dict) for one in label)
        ):
            for one in objects(label, "label"):
                mapper.label(str(one.get("label")), "crowd" if one.get("isCrowd") else "")
                _map(one, mapper)
        elif label is not None:
            for name in label if isinstance(label, list) else [label]:
                mapper.label(str(name))
        row["image_url"] = move.renamed(row["image_url"])
        if photo.sides is not None:
            details = row["image_details"]
            for key, side in zip(_SIDES, move.mapping.target, strict=True):
                details[key] = _written(side, details[key])
        return mapper

    def drop(self, photo: Labelled) -> None:
        """See Document."""
        assert isinstance(photo.key, int)  # noqa: S101 -- keys are this class's own
        self._rows[photo.key] = None

    def save(self, path: Path) -> None:
        """See Document."""
        with path.open("w", encoding="utf-8") as file:
            file.writelines(f"{json.dumps(row)}\n" for row in self._rows if row is not None)

    def _row(self, photo: Labelled) -> dict[str, Any]:
        assert isinstance(photo.key, int)  # noqa: S101 -- keys are this class's own
        row = self._rows[photo.key]
        assert row is not None  # noqa: S101 -- what is dropped is not mapped
        return row


def _map(one: dict[str, Any], mapper: Mapper) -> None:
    if "polygon" in one:
        parts = one["polygon"]
        if not isinstance(parts, list):
            raise LabelFileError("polygon is not a list")
        mapped = [mapper.points(numbers(part, "a polygon")) for part in parts]
        one["polygon"] = [cut for part in mapped if (cut := clipped_polygon(part, 1.0, 1.0))]
    if "topX" in one:
        left, top, right, bottom = (number(one.get(key), key) for key in _CORNERS)
        box = clipped_box(mapper.box(left, top, right, bottom), 1.0, 1.0)
        one.update(zip(_CORNERS, box, strict=True))


def _sides(row: dict[str, Any]) -> Size | None:
    details = row.get("image_details")
    if not isinstance(details, dict) or not all(details.get(key) for key in _SIDES):
        return None
    return Size(*(_pixels(details[key]) for key in _SIDES))


def _pixels(stated: object) -> float:
    """Read a width or height, which may be '640px'."""
    if not isinstance(stated, str):
        return number(stated, "image_details")
    try:
        return parsed_number(stated.strip().removesuffix("px").strip())
    except ValueError:
        raise LabelFileError(f"image_details: {stated!r} is not a number of pixels") from None


def _written(side: float, before: object) -> object:
    if not isinstance(before, str):
        return as_before(side, before)
    return f"{side:g}px" if before.strip().endswith("px") else f"{side:g}"
