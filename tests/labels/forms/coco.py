"""COCO JSON, written and read by tests."""

import json
from pathlib import Path
from typing import Any

from orchestration.labels.formats.coco_rle import decoded, encoded
from tests.labels.forms.photo import Mask, Photo, pixels, runs


def coco_of(photo: Photo) -> dict[str, Any]:
    annotations: list[dict[str, Any]] = []
    for left, top, right, bottom in photo.boxes:
        annotations.append(
            {
                "id": 70 + len(annotations), "image_id": 5, "category_id": 3, "iscrowd": 0,
                "bbox": [left, top, right - left, bottom - top], "score": 0.25,
                "area": (right - left) * (bottom - top),
                "attributes": {"occluded": False, "rotation": 0.0, "mine": ["ä", None]},
            }
        )  # fmt: skip
    annotations.extend(
        {
            "id": 170 + at,
            "image_id": 5,
            "category_id": 4,
            "segmentation": [polygon],
            "iscrowd": 0,
        }
        for at, polygon in enumerate(photo.polygons)
    )
    annotations.extend(
        {
            "id": 270 + at,
            "image_id": 5,
            "category_id": 4,
            "keypoints": points,
            "num_keypoints": sum(seen > 0 for seen in points[2::3]),
        }
        for at, points in enumerate(photo.keypoints)
    )
    annotations.extend(
        {"id": 370 + at, "image_id": 5, "category_id": 4, "segmentation": _rle(mask, at)}
        for at, mask in enumerate(photo.masks)
    )
    return {
        "info": {"description": "mine", "year": 2026, "contributor": ""},
        "licenses": [{"id": 1, "name": "x"}],
        "images": [
            {
                "id": 5, "file_name": photo.name, "width": int(photo.width),
                "height": int(photo.height), "license": 1, "date_captured": "", "extra": {"a": 1},
            }
        ],
        "categories": [
            {"id": 3, "name": "boat", "supercategory": ""},
            {"id": 4, "name": "tree", "keypoints": [], "skeleton": []},
        ],
        "annotations": annotations,
        "track_id": 9,
    }  # fmt: skip


def _rle(mask: Mask, at: int) -> dict[str, Any]:
    """Runs down the columns: as text and as counts in turn."""
    counts = runs(mask.ravel(order="F"))
    return {"size": [*mask.shape], "counts": counts if at % 2 else encoded(counts)}


def write_coco(path: Path, photo: Photo) -> None:
    path.write_text(json.dumps(coco_of(photo)))


def read_coco(path: Path, _: Photo) -> Photo:
    found = json.loads(path.read_text())
    (image,) = found["images"]
    made = Photo(image["file_name"], image["width"], image["height"])
    for one in found["annotations"]:
        if "bbox" in one:
            x, y, width, height = one["bbox"]
            made.boxes.append((x, y, x + width, y + height))
            assert one["area"] == width * height or abs(one["area"] / (width * height) - 1) < 1e-9
        elif "keypoints" in one:
            made.keypoints.append(one["keypoints"])
        elif isinstance(one["segmentation"], dict):
            counts = one["segmentation"]["counts"]
            line = pixels(decoded(counts) if isinstance(counts, str) else counts)
            made.masks.append(line.reshape(one["segmentation"]["size"], order="F"))
        else:
            made.polygons += one["segmentation"]
    return made
