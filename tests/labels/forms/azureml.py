"""JSON lines of Azure ML, written and read by tests."""

import json
from pathlib import Path
from typing import Any

from tests.labels.forms.photo import Photo, scaled


def write_azureml(path: Path, photo: Photo) -> None:
    labels: list[dict[str, Any]] = []
    for left, top, right, bottom in photo.boxes:
        shares = scaled([left, top, right, bottom], 1 / photo.width, 1 / photo.height)
        corners = zip(("topX", "topY", "bottomX", "bottomY"), shares, strict=True)
        labels.append({"label": "boat", **dict(corners), "isCrowd": 0, "mine": [1]})
    labels.extend(
        {"label": "tree", "polygon": [scaled(one, 1 / photo.width, 1 / photo.height)]}
        for one in photo.polygons
    )
    address = "azureml://subscriptions/s/resourcegroups/r/workspaces/w/datastores/d/paths/"
    details = {"format": "jpg", "width": f"{photo.width:.0f}px", "height": int(photo.height)}
    row = {"image_url": address + photo.name, "image_details": details, "label": labels, "x": "ö"}
    path.write_text(json.dumps(row) + "\n\n")


def read_azureml(path: Path, _: Photo) -> Photo:
    row = json.loads(path.read_text())
    details = row["image_details"]
    name = row["image_url"].rpartition("/")[2]
    made = Photo(name, float(details["width"].removesuffix("px")), details["height"])
    for one in row["label"]:
        if "topX" in one:
            corners = [one[name] for name in ("topX", "topY", "bottomX", "bottomY")]
            left, top, right, bottom = scaled(corners, made.width, made.height)
            made.boxes.append((left, top, right, bottom))
        else:
            made.polygons += [scaled(part, made.width, made.height) for part in one["polygon"]]
    return made
