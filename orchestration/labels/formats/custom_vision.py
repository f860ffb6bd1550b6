"""Regions of Custom Vision: JSON with images and their regions, in shares of the sides.

Its API returns this for tagged images, or accepts it to create them, with a `name` per image: a
list, or an object with a list `images`. It is not documented how the service treats files with an
EXIF rotation, so the frame of such photos must be set.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from orchestration.labels.document import LabelFileError, Labelled, Move
from orchestration.labels.geometry import Frame, Size
from orchestration.labels.json_files import as_before, number, objects, write_json
from orchestration.labels.mapping import Mapper

_BOX = ("left", "top", "width", "height")
_SIDES = ("width", "height")


def is_custom_vision(found: object) -> bool:
    """Return whether a parsed file has this form."""
    images = found.get("images") if isinstance(found, dict) else found
    return (
        isinstance(images, list)
        and bool(images)
        and all(isinstance(one, dict) and {"name", "regions"} <= one.keys() for one in images)
    )


class CustomVision:
    """The images of a file, parsed. Raises LabelFileError."""

    profile: Frame | None = None

    def __init__(self, found: Any) -> None:
        if not is_custom_vision(found):
            raise LabelFileError("it is not a list of images with a name and regions")
        self._found = found
        self._images: list[dict[str, Any]] = found["images"] if isinstance(found, dict) else found
        self._dropped: set[int] = set()
        self.notes: list[str] = []

    def photos(self) -> Iterator[Labelled]:
        """See Document."""
        for key, image in enumerate(self._images):
            if not isinstance(image["name"], str):
                raise LabelFileError(f"image {key} has no name")
            yield Labelled(key, image["name"], _sides(image))

    def map(self, photo: Labelled, move: Move) -> Mapper:
        """See Document."""
        assert isinstance(photo.key, int)  # noqa: S101 -- keys are this class's own
        image = self._images[photo.key]
        mapper = move.in_shares()
        for region in objects(image["regions"] or [], "regions"):
            mapper.label(str(region.get("tagName") or region.get("tagId")))
            left, top, wide, high = (number(region.get(name), name) for name in _BOX)
            x0, y0, x1, y1 = mapper.box(left, top, left + wide, top + high)
            if not mapper.mapping.is_identity:
                region.update(zip(_BOX, (x0, y0, x1 - x0, y1 - y0), strict=True))
        image["name"] = move.renamed(image["name"])
        if photo.sides is not None:
            for name, side in zip(_SIDES, move.mapping.target, strict=True):
                image[name] = as_before(side, image[name])
        return mapper

    def drop(self, photo: Labelled) -> None:
        """See Document."""
        assert isinstance(photo.key, int)  # noqa: S101 -- keys are this class's own
        self._dropped.add(photo.key)

    def save(self, path: Path) -> None:
        """See Document."""
        kept = [image for at, image in enumerate(self._images) if at not in self._dropped]
        found = {**self._found, "images": kept} if isinstance(self._found, dict) else kept
        write_json(path, found)


def _sides(image: dict[str, Any]) -> Size | None:
    if not all(image.get(name) for name in _SIDES):
        return None
    return Size(*(number(image[name], name) for name in _SIDES))
