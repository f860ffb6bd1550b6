"""LabelMe JSON, written and read by tests."""

import json
from pathlib import Path
from typing import Any

from tests.labels.forms.photo import Photo, flat, pairs, triples


def write_labelme(path: Path, photo: Photo) -> None:
    shapes: list[dict[str, Any]] = [
        {"label": "boat", "points": [[a, b], [c, d]], "shape_type": "rectangle", "flags": {}}
        for a, b, c, d in photo.boxes
    ]
    shapes.extend(
        {"label": "tree", "points": pairs(one), "group_id": 4, "shape_type": "polygon"}
        for one in photo.polygons
    )
    shapes.extend(
        {"label": "eye", "points": [[x, y]], "group_id": at, "shape_type": "point"}
        for at, points in enumerate(photo.keypoints)
        for x, y, _ in triples(points)
    )
    found = {
        "version": "5.5.0", "flags": {"mine": True}, "shapes": shapes, "imagePath": photo.name,
        "imageData": None, "imageHeight": int(photo.height), "imageWidth": int(photo.width),
    }  # fmt: skip
    path.write_text(json.dumps(found))


def read_labelme(path: Path, _: Photo) -> Photo:
    found = json.loads(path.read_text())
    made = Photo(found["imagePath"], found["imageWidth"], found["imageHeight"])
    groups: dict[int, list[float]] = {}
    for one in found["shapes"]:
        if one["shape_type"] == "rectangle":
            (a, b), (c, d) = one["points"]
            made.boxes.append((min(a, c), min(b, d), max(a, c), max(b, d)))
        elif one["shape_type"] == "point":
            groups.setdefault(one["group_id"], []).extend([*flat(one["points"]), 2])
        else:
            made.polygons.append(flat(one["points"]))
    made.keypoints = [*groups.values()]
    return made
