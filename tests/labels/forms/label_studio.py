"""Label Studio JSON, written and read by tests."""

import json
from pathlib import Path
from typing import Any

from tests.labels.forms.photo import Photo, flat, pairs, scaled, triples


def write_label_studio(path: Path, photo: Photo) -> None:
    results: list[dict[str, Any]] = []
    percent = 100 / photo.width, 100 / photo.height
    for left, top, right, bottom in photo.boxes:
        x, y, width, height = scaled([left, top, right - left, bottom - top], *percent)
        value = {"x": x, "y": y, "width": width, "height": height, "rotation": 0}
        results.append({"type": "rectanglelabels", "value": {**value, "rectanglelabels": ["boat"]}})
    for polygon in photo.polygons:
        points = pairs(scaled(polygon, *percent))
        value_too = {"points": points, "closed": True, "polygonlabels": ["tree"]}
        results.append({"type": "polygonlabels", "value": value_too})
    for at, keypoints in enumerate(photo.keypoints):
        for x, y, _ in triples(keypoints):
            value = dict(zip(("x", "y"), scaled([x, y], *percent), strict=True))
            value_too = {**value, "width": 0.3, "keypointlabels": ["eye"]}
            results.append({"type": "keypointlabels", "parentID": f"k{at}", "value": value_too})
    for at, one in enumerate(results):
        one |= {
            "id": f"r{at}", "from_name": "label", "to_name": "image", "origin": "manual",
            "original_width": int(photo.width), "original_height": int(photo.height),
            "image_rotation": 0,
        }  # fmt: skip
    results.append({"id": "c", "type": "choices", "value": {"choices": ["sunny"]}})
    task = {
        "id": 12,
        "data": {"image": f"/data/upload/3/0123abcd-{photo.name}", "mine": 3},
        "annotations": [{"id": 2, "lead_time": 1.5, "result": results}],
        "predictions": [],
    }
    path.write_text(json.dumps([task]))


def read_label_studio(path: Path, _: Photo) -> Photo:
    (task,) = json.loads(path.read_text())
    results = task["annotations"][0]["result"]
    made = Photo(
        task["data"]["image"].partition("-")[2],
        results[0]["original_width"],
        results[0]["original_height"],
    )
    sides = made.width / 100, made.height / 100
    groups: dict[str, list[float]] = {}
    for one in results:
        value = one["value"]
        if "points" in value:
            made.polygons.append(scaled(flat(value["points"]), *sides))
        elif "keypointlabels" in value:
            assert value["width"] == 0.3
            found = groups.setdefault(one["parentID"], [])
            found += [*scaled([value["x"], value["y"]], *sides), 2]
        elif "x" in value:
            box = [value[name] for name in ("x", "y", "width", "height")]
            x, y, width, height = scaled(box, *sides)
            made.boxes.append((x, y, x + width, y + height))
    made.keypoints = [*groups.values()]
    return made
