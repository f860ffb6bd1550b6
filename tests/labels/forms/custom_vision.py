"""Regions of Custom Vision, written and read by tests."""

import json
from pathlib import Path

from tests.labels.forms.photo import Photo, scaled


def write_custom_vision(path: Path, photo: Photo) -> None:
    regions = []
    for left, top, right, bottom in photo.boxes:
        corners = [left, top, right - left, bottom - top]
        shares = scaled(corners, 1 / photo.width, 1 / photo.height)
        box = dict(zip(("left", "top", "width", "height"), shares, strict=True))
        regions.append({"tagName": "boat", "tagId": "t", "regionId": "r", **box})
    sides = {"width": int(photo.width), "height": int(photo.height)}
    image = {"id": "i", "name": photo.name, **sides, "regions": regions, "mine": 2}
    path.write_text(json.dumps({"images": [image], "tagIds": []}))


def read_custom_vision(path: Path, _: Photo) -> Photo:
    (image,) = json.loads(path.read_text())["images"]
    made = Photo(image["name"], image["width"], image["height"])
    for one in image["regions"]:
        flat = [one[name] for name in ("left", "top", "width", "height")]
        x, y, width, height = scaled(flat, made.width, made.height)
        made.boxes.append((x, y, x + width, y + height))
    return made
