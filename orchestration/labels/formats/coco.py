"""COCO JSON: boxes, polygons, keypoints and run-length masks, in pixels or in shares of the sides.

Pixels are distances from the outer edges. Azure ML writes shares. A file has one of the two.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from orchestration.labels.document import LabelFileError, Labelled, Move, OptionError
from orchestration.labels.formats import coco_rle
from orchestration.labels.geometry import Frame, Size
from orchestration.labels.json_files import (
    as_before,
    number,
    numbers,
    objects,
    write_json,
)
from orchestration.labels.mapping import CannotMapError, Mapper
from orchestration.labels.options import Coordinates, Options

# Converters write inexact last digits.
_ONE = 1 + 1e-6


def is_coco(found: object) -> bool:
    """Return whether a parsed file has this form."""
    return isinstance(found, dict) and {"images", "annotations"} <= found.keys()


class Coco:
    """A parsed file, and the annotations of each image. Raises LabelFileError, OptionError."""

    def __init__(self, found: Any, options: Options) -> None:
        if not is_coco(found):
            raise LabelFileError("it has no list of images and no list of annotations")
        self._found = found
        self._images: dict[object, dict[str, Any]] = {}
        for image in objects(found["images"], "images"):
            if not isinstance(image.get("file_name"), str):
                raise LabelFileError(f"image {image.get('id')!r} has no file_name")
            _check_id(image.get("id"), "an image's id")
            if image.get("id") in self._images:
                raise LabelFileError(f"two images have the id {image.get('id')!r}")
            self._images[image.get("id")] = image
        self._of_image: dict[object, list[dict[str, Any]]] = defaultdict(list)
        for annotation in objects(found["annotations"], "annotations"):
            _check_id(annotation.get("image_id"), "image_id")
            self._of_image[annotation.get("image_id")].append(annotation)
        categories = objects(found.get("categories") or [], "categories")
        for one in categories:
            _check_id(one.get("id"), "a category's id")
        self._names = {one.get("id"): str(one.get("name")) for one in categories}
        info = found.get("info")
        tool = info.get("contributor") if isinstance(info, dict) else None
        self.profile = Frame.SHOWN if tool == "Label Studio" else None
        self.notes: list[str] = []
        self._dropped: set[object] = set()
        strays = [key for key in self._of_image if key not in self._images]
        if strays:
            many = sum(len(self._of_image[key]) for key in strays)
            self.notes.append(
                "1 annotation has no image and is left out"
                if many == 1
                else f"{many:,} annotations have no image and are left out"
            )
            self._dropped.update(strays)
        self._has_shares = _has_shares(found, options.coordinates)
        if self._has_shares:
            self.notes.append(
                "the coordinates are fractions of width and height, as Azure ML exports them"
            )

    def photos(self) -> Iterator[Labelled]:
        """See Document."""
        for key, image in self._images.items():
            if key not in self._dropped:
                yield Labelled(key, image["file_name"], _sides(image))

    def map(self, photo: Labelled, move: Move) -> Mapper:
        """See Document."""
        image = self._images[photo.key]
        pixels = move.in_pixels()
        mapper = move.in_shares() if self._has_shares else pixels
        for annotation in self._of_image[photo.key]:
            category = annotation.get("category_id")
            _check_id(category, "category_id")
            shape = "crowd" if annotation.get("iscrowd") else ""
            mapper.label(self._names.get(category, str(category)), shape)
            if not move.mapping.is_identity:
                _map(annotation, mapper, pixels)
            elif box := annotation.get("bbox"):
                x, y, width, height = numbers(box, "bbox", 4)
                mapper.look(x, y, x + width, y + height)
            elif isinstance(polygons := annotation.get("segmentation"), list):
                for part in polygons:
                    mapper.points(numbers(part, "a polygon"))
        image["file_name"] = move.renamed(image["file_name"])
        if photo.sides is not None:
            for key, side in zip(("width", "height"), move.mapping.target, strict=True):
                image[key] = as_before(side, image[key])
        return mapper

    def drop(self, photo: Labelled) -> None:
        """See Document."""
        self._dropped.add(photo.key)

    def save(self, path: Path) -> None:
        """See Document."""
        if not self._dropped:
            write_json(path, self._found)
            return
        kept = {
            "images": [one for one in self._found["images"] if one.get("id") not in self._dropped],
            "annotations": [
                one
                for one in self._found["annotations"]
                if one.get("image_id") not in self._dropped
            ],
        }
        write_json(path, {**self._found, **kept})


def _check_id(found: object, what: str) -> None:
    if isinstance(found, list | dict):
        raise LabelFileError(f"{what} is neither a number nor a text")


def _sides(image: dict[str, Any]) -> Size | None:
    width, height = image.get("width"), image.get("height")
    if not width or not height:
        return None
    return Size(number(width, "an image's width"), number(height, "an image's height"))


def _map(annotation: dict[str, Any], mapper: Mapper, pixels: Mapper) -> None:
    """Change an annotation in place; masks are always in pixels."""
    box = annotation.get("bbox")
    if box:
        x, y, width, height = numbers(box, "bbox", 4)
        left, top, right, bottom = mapper.box(x, y, x + width, y + height)
        annotation["bbox"] = [left, top, right - left, bottom - top]
    attributes = annotation.get("attributes")
    if isinstance(attributes, dict) and attributes.get("rotation"):
        raise CannotMapError("it has rotated boxes (attributes.rotation); export them as polygons")
    if "segments_info" in annotation:
        raise CannotMapError(
            "it has panoptic masks, which are separate image files and not supported"
        )
    segmentation = annotation.get("segmentation")
    if isinstance(segmentation, list):
        annotation["segmentation"] = [
            mapper.points(numbers(part, "a polygon")) for part in segmentation
        ]
    elif isinstance(segmentation, dict):
        coco_rle.map_mask(segmentation, pixels)
    keypoints = annotation.get("keypoints")
    if keypoints:
        annotation["keypoints"] = mapper.keypoints(numbers(keypoints, "keypoints"))
    area = annotation.get("area")
    if area:
        annotation["area"] = number(area, "area") * mapper.mapping.area_ratio


def _has_shares(found: dict[str, Any], asked: Coordinates) -> bool:
    """Return whether coordinates are shares of the sides. Raises OptionError if they are both.

    Nobody draws boxes within the first pixel only. So a box in it that is smaller than a pixel
    shows shares, and then all others must be shares.
    """
    if asked is not Coordinates.AUTO:
        return asked is Coordinates.SHARES
    if any(max(sides) <= 2 for image in found["images"] if (sides := _sides(image))):  # noqa: PLR2004 -- a picture of which nothing can be told
        return False
    shares = pixels = 0
    for annotation in found["annotations"]:
        box = annotation.get("bbox")
        if box:
            try:
                x, y, width, height = box
                is_of_pixels = x + width > _ONE or y + height > _ONE
            except (TypeError, ValueError, OverflowError):
                x, y, width, height = numbers(box, "bbox", 4)
                is_of_pixels = True
            if is_of_pixels:
                pixels += 1
            elif 0 < width < 1 and 0 < height < 1:
                shares += 1
        elif isinstance(polygons := annotation.get("segmentation"), list):
            points = [one for part in polygons for one in numbers(part, "a polygon")]
            if points:
                pixels += max(points) > _ONE
                shares += max(points) <= _ONE
    if shares and pixels:
        raise OptionError(
            f"it has labels that look like fractions of width and height ({shares:,}), as Azure ML "
            f"exports them, and labels that look like pixels ({pixels:,}); set --coordinates"
        )
    return bool(shares)
