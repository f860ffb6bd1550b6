"""LabelMe: JSON with one photo per file, or a folder of them; points in pixels as shown.

A file may contain the photo itself (imageData), which LabelMe shows instead of the named file. It
is removed, because it is the photo before mapping.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from orchestration.labels.document import LabelFileError, Labelled, Move
from orchestration.labels.geometry import Frame, Size
from orchestration.labels.json_files import (
    as_before,
    number,
    numbers,
    objects,
    read_json,
    write_json,
)
from orchestration.labels.mapping import CannotMapError, Mapper

_SIDES = ("imageWidth", "imageHeight")


def is_labelme(found: object) -> bool:
    """Return whether a parsed file has this form."""
    return isinstance(found, dict) and {"shapes", "imagePath"} <= found.keys()


def open_labelme(path: Path) -> "LabelMe":
    """Read every JSON file of a folder. Raises LabelFileError, OSError."""
    files = sorted(file for file in path.rglob("*.json") if file.is_file())
    return LabelMe({file.relative_to(path): read_json(file) for file in files}, is_folder=True)


class LabelMe:
    """Files, parsed, by their paths in the folder that was read. Raises LabelFileError."""

    profile: Frame | None = Frame.SHOWN

    def __init__(self, found: dict[Path, Any], *, is_folder: bool) -> None:
        for path, one in found.items():
            if not is_labelme(one) or not isinstance(one["imagePath"], str):
                raise LabelFileError(f"{path} has no shapes, or no imagePath")
        self._files: dict[Path, dict[str, Any]] = found
        self._is_folder = is_folder
        self.notes: list[str] = []
        if any(one.get("imageData") for one in found.values()):
            self.notes.append("the photos in the label files (imageData) are left out")

    def photos(self) -> Iterator[Labelled]:
        """See Document."""
        for path, found in self._files.items():
            sides = [found.get(name) for name in _SIDES]
            stated = Size(*(number(side, "a side") for side in sides)) if all(sides) else None
            yield Labelled(path, found["imagePath"], stated)

    def map(self, photo: Labelled, move: Move) -> Mapper:
        """See Document."""
        assert isinstance(photo.key, Path)  # noqa: S101 -- keys are this class's own
        found = self._files[photo.key]
        mapper = move.in_pixels()
        for shape in objects(found["shapes"], "shapes"):
            mapper.label(str(shape.get("label")), str(shape.get("shape_type") or "polygon"))
            _map(shape, mapper)
        found["imagePath"] = move.renamed(found["imagePath"])
        if photo.sides is not None:
            for name, side in zip(_SIDES, move.mapping.target, strict=True):
                found[name] = as_before(side, found[name])
        if found.get("imageData"):
            found["imageData"] = None
        return mapper

    def drop(self, photo: Labelled) -> None:
        """See Document."""
        assert isinstance(photo.key, Path)  # noqa: S101 -- keys are this class's own
        del self._files[photo.key]

    def save(self, path: Path) -> None:
        """See Document."""
        for relative, found in self._files.items():
            target = path / relative if self._is_folder else path
            target.parent.mkdir(parents=True, exist_ok=True)
            write_json(target, found)


def _map(shape: dict[str, Any], mapper: Mapper) -> None:
    if shape.get("mask") or shape.get("shape_type") == "mask":
        raise CannotMapError("it has masks, which are separate images; export them as polygons")
    points = shape.get("points")
    if not isinstance(points, list):
        raise LabelFileError("points is not a list")
    flat = [one for point in points for one in numbers(point, "a point", 2)]
    made = mapper.points(flat)
    if not mapper.mapping.is_identity:
        shape["points"] = [list(pair) for pair in zip(made[::2], made[1::2], strict=True)]
