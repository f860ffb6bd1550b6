"""Label files of every form, written and read here in other ways than the product does."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

Box = tuple[float, float, float, float]
Polygon = list[float]


@dataclass
class Photo:
    """The labels of a photo, in pixels from the outer edges: boxes by corners, polygons flat."""

    name: str
    width: float
    height: float
    boxes: list[Box] = field(default_factory=list)
    polygons: list[Polygon] = field(default_factory=list)


Write = Callable[[Path, Photo], None]
Read = Callable[[Path, Photo], Photo]


@dataclass(frozen=True)
class FormUnderTest:
    """How to write a file of one photo, and to read it; `Read` takes sides where a file has none.

    `coordinates` are the keys, and with them the texts, that may differ after a file was mapped.
    """

    name: str
    write: Write
    read: Read
    is_folder: bool = False
    has_polygons: bool = True
    clips: bool = False
    coordinates: frozenset[str] = frozenset()


def _pairs(flat: Polygon) -> list[list[float]]:
    return [[flat[at], flat[at + 1]] for at in range(0, len(flat), 2)]


def _flat(pairs: list[list[float]]) -> Polygon:
    return [number for pair in pairs for number in pair]


def _scaled(flat: Polygon, across: float, down: float) -> Polygon:
    return [one * (down if at % 2 else across) for at, one in enumerate(flat)]


# COCO


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


def _write_coco(path: Path, photo: Photo) -> None:
    path.write_text(json.dumps(coco_of(photo)))


def _read_coco(path: Path, _: Photo) -> Photo:
    found = json.loads(path.read_text())
    (image,) = found["images"]
    made = Photo(image["file_name"], image["width"], image["height"])
    for one in found["annotations"]:
        if "bbox" in one:
            x, y, width, height = one["bbox"]
            made.boxes.append((x, y, x + width, y + height))
            assert one["area"] == width * height or abs(one["area"] / (width * height) - 1) < 1e-9
        else:
            made.polygons += one["segmentation"]
    return made


# YOLO


def _write_yolo(path: Path, photo: Photo) -> None:
    (path / "labels").mkdir(parents=True)
    (path / "data.yaml").write_text("names: [boat, tree]\n# mine\n")
    (path / "notes.json").write_text('{"mine": 1}')
    lines = []
    for left, top, right, bottom in photo.boxes:
        numbers = [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top]
        lines.append([0, *_scaled(numbers, 1 / photo.width, 1 / photo.height)])
    lines += [[1, *_scaled(one, 1 / photo.width, 1 / photo.height)] for one in photo.polygons]
    stem = photo.name.rpartition(".")[0]
    text = "".join(" ".join(map(repr, line)) + "\n" for line in lines)
    (path / "labels" / f"{stem}.txt").write_text(text)


def _read_yolo(path: Path, sides: Photo) -> Photo:
    assert (path / "data.yaml").read_text() == "names: [boat, tree]\n# mine\n"
    assert (path / "notes.json").read_text() == '{"mine": 1}'
    (file,) = (path / "labels").glob("*.txt")
    made = Photo(f"{file.stem}.jpg", sides.width, sides.height)
    for line in file.read_text().splitlines():
        kind, *numbers = line.split()
        flat = _scaled([*map(float, numbers)], sides.width, sides.height)
        if kind == "0":
            x, y, wide, high = flat
            made.boxes.append((x - wide / 2, y - high / 2, x + wide / 2, y + high / 2))
        else:
            made.polygons.append(flat)
    return made


# Azure ML


def _write_azureml(path: Path, photo: Photo) -> None:
    labels: list[dict[str, Any]] = []
    for left, top, right, bottom in photo.boxes:
        shares = _scaled([left, top, right, bottom], 1 / photo.width, 1 / photo.height)
        corners = zip(("topX", "topY", "bottomX", "bottomY"), shares, strict=True)
        labels.append({"label": "boat", **dict(corners), "isCrowd": 0, "mine": [1]})
    labels.extend(
        {"label": "tree", "polygon": [_scaled(one, 1 / photo.width, 1 / photo.height)]}
        for one in photo.polygons
    )
    address = "azureml://subscriptions/s/resourcegroups/r/workspaces/w/datastores/d/paths/"
    details = {"format": "jpg", "width": f"{photo.width:.0f}px", "height": int(photo.height)}
    row = {"image_url": address + photo.name, "image_details": details, "label": labels, "x": "ö"}
    path.write_text(json.dumps(row) + "\n\n")


def _read_azureml(path: Path, _: Photo) -> Photo:
    row = json.loads(path.read_text())
    details = row["image_details"]
    name = row["image_url"].rpartition("/")[2]
    made = Photo(name, float(details["width"].removesuffix("px")), details["height"])
    for one in row["label"]:
        if "topX" in one:
            corners = [one[name] for name in ("topX", "topY", "bottomX", "bottomY")]
            left, top, right, bottom = _scaled(corners, made.width, made.height)
            made.boxes.append((left, top, right, bottom))
        else:
            made.polygons += [_scaled(part, made.width, made.height) for part in one["polygon"]]
    return made


# CVAT

_CVAT = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <!-- mine -->
  <meta><task><id>7</id><name>ä</name><labels>
    <label><name>boat</name><attributes><attribute><name>n</name><input_type>text</input_type>
    </attribute></attributes></label><label><name>tree</name><attributes/></label>
    <label><name>sunny</name><attributes/></label>
  </labels></task></meta>
  <image id="4" name="{name}" width="{width}" height="{height}" subset="train">
    <tag label="sunny" source="manual"/>
    {shapes}
  </image>
</annotations>
"""


def _write_cvat(path: Path, photo: Photo) -> None:
    shapes = [
        f'<box label="boat" source="manual" occluded="0" xtl="{a!r}" ytl="{b!r}" xbr="{c!r}" '
        f'ybr="{d!r}" z_order="2"><attribute name="n">1</attribute></box>'
        for a, b, c, d in photo.boxes
    ]
    for polygon in photo.polygons:
        points = ";".join(f"{x!r},{y!r}" for x, y in _pairs(polygon))
        shapes.append(f'<polygon label="tree" occluded="1" points="{points}" z_order="0"/>')
    width, height = f"{photo.width:.0f}", f"{photo.height:.0f}"
    text = _CVAT.format(name=photo.name, width=width, height=height, shapes="\n    ".join(shapes))
    path.write_text(text, encoding="utf-8")


def _read_cvat(path: Path, _: Photo) -> Photo:
    (image,) = ET.parse(path).getroot().findall("image")
    made = Photo(image.attrib["name"], int(image.attrib["width"]), int(image.attrib["height"]))
    for one in image:
        if one.tag == "box":
            a, b, c, d = (float(one.attrib[name]) for name in ("xtl", "ytl", "xbr", "ybr"))
            made.boxes.append((a, b, c, d))
        elif one.tag == "polygon":
            pairs = [pair.split(",") for pair in one.attrib["points"].split(";")]
            made.polygons.append([float(number) for pair in pairs for number in pair])
    return made


# Label Studio


def _write_label_studio(path: Path, photo: Photo) -> None:
    results: list[dict[str, Any]] = []
    percent = 100 / photo.width, 100 / photo.height
    for left, top, right, bottom in photo.boxes:
        x, y, width, height = _scaled([left, top, right - left, bottom - top], *percent)
        value = {"x": x, "y": y, "width": width, "height": height, "rotation": 0}
        results.append({"type": "rectanglelabels", "value": {**value, "rectanglelabels": ["boat"]}})
    for polygon in photo.polygons:
        points = _pairs(_scaled(polygon, *percent))
        value_too = {"points": points, "closed": True, "polygonlabels": ["tree"]}
        results.append({"type": "polygonlabels", "value": value_too})
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


def _read_label_studio(path: Path, _: Photo) -> Photo:
    (task,) = json.loads(path.read_text())
    results = task["annotations"][0]["result"]
    made = Photo(
        task["data"]["image"].partition("-")[2],
        results[0]["original_width"],
        results[0]["original_height"],
    )
    sides = made.width / 100, made.height / 100
    for one in results:
        value = one["value"]
        if "points" in value:
            made.polygons.append(_scaled(_flat(value["points"]), *sides))
        elif "x" in value:
            flat = [value[name] for name in ("x", "y", "width", "height")]
            x, y, width, height = _scaled(flat, *sides)
            made.boxes.append((x, y, x + width, y + height))
    return made


# Pascal VOC

_VOC = """<annotation>
  <folder>mine</folder>
  <filename>{name}</filename>
  <source><database>x</database></source>
  <size><width>{width:.0f}</width><height>{height:.0f}</height><depth>3</depth></size>
  {objects}
</annotation>
"""


def _write_voc(path: Path, photo: Photo) -> None:
    objects = [
        f"<object><name>boat</name><pose>Left</pose><bndbox><xmin>{left + 1!r}</xmin>"
        f"<ymin>{top + 1!r}</ymin><xmax>{right!r}</xmax><ymax>{bottom!r}</ymax></bndbox></object>"
        for left, top, right, bottom in photo.boxes
    ]
    path.write_text(
        _VOC.format(
            name=photo.name, width=photo.width, height=photo.height, objects="\n".join(objects)
        )
    )


def _read_voc(path: Path, _: Photo) -> Photo:
    root = ET.parse(path).getroot()
    made = Photo(
        root.findtext("filename", ""),
        int(root.findtext("size/width", "")),
        int(root.findtext("size/height", "")),
    )
    for box in root.iter("bndbox"):
        a, b, c, d = (float(box.findtext(name, "")) for name in ("xmin", "ymin", "xmax", "ymax"))
        made.boxes.append((a - 1, b - 1, c, d))
    return made


# LabelMe


def _write_labelme(path: Path, photo: Photo) -> None:
    shapes: list[dict[str, Any]] = [
        {"label": "boat", "points": [[a, b], [c, d]], "shape_type": "rectangle", "flags": {}}
        for a, b, c, d in photo.boxes
    ]
    shapes.extend(
        {"label": "tree", "points": _pairs(one), "group_id": 4, "shape_type": "polygon"}
        for one in photo.polygons
    )
    found = {
        "version": "5.5.0", "flags": {"mine": True}, "shapes": shapes, "imagePath": photo.name,
        "imageData": None, "imageHeight": int(photo.height), "imageWidth": int(photo.width),
    }  # fmt: skip
    path.write_text(json.dumps(found))


def _read_labelme(path: Path, _: Photo) -> Photo:
    found = json.loads(path.read_text())
    made = Photo(found["imagePath"], found["imageWidth"], found["imageHeight"])
    for one in found["shapes"]:
        if one["shape_type"] == "rectangle":
            (a, b), (c, d) = one["points"]
            made.boxes.append((min(a, c), min(b, d), max(a, c), max(b, d)))
        else:
            made.polygons.append(_flat(one["points"]))
    return made


# Custom Vision


def _write_custom_vision(path: Path, photo: Photo) -> None:
    regions = []
    for left, top, right, bottom in photo.boxes:
        corners = [left, top, right - left, bottom - top]
        shares = _scaled(corners, 1 / photo.width, 1 / photo.height)
        box = dict(zip(("left", "top", "width", "height"), shares, strict=True))
        regions.append({"tagName": "boat", "tagId": "t", "regionId": "r", **box})
    sides = {"width": int(photo.width), "height": int(photo.height)}
    image = {"id": "i", "name": photo.name, **sides, "regions": regions, "mine": 2}
    path.write_text(json.dumps({"images": [image], "tagIds": []}))


def _read_custom_vision(path: Path, _: Photo) -> Photo:
    (image,) = json.loads(path.read_text())["images"]
    made = Photo(image["name"], image["width"], image["height"])
    for one in image["regions"]:
        flat = [one[name] for name in ("left", "top", "width", "height")]
        x, y, width, height = _scaled(flat, made.width, made.height)
        made.boxes.append((x, y, x + width, y + height))
    return made


FORMS = [
    FormUnderTest(
        "coco", _write_coco, _read_coco,
        coordinates=frozenset({"bbox", "area", "segmentation", "width", "height"}),
    ),
    FormUnderTest("yolo", _write_yolo, _read_yolo, is_folder=True),
    FormUnderTest(
        "azureml", _write_azureml, _read_azureml, clips=True,
        coordinates=frozenset(
            {"topX", "topY", "bottomX", "bottomY", "polygon", "width", "height"}
        ),
    ),
    FormUnderTest(
        "cvat", _write_cvat, _read_cvat,
        coordinates=frozenset({"xtl", "ytl", "xbr", "ybr", "points", "width", "height"}),
    ),
    FormUnderTest(
        "label-studio", _write_label_studio, _read_label_studio,
        coordinates=frozenset(
            {"x", "y", "width", "height", "points", "original_width", "original_height"}
        ),
    ),
    FormUnderTest(
        "voc", _write_voc, _read_voc, has_polygons=False,
        coordinates=frozenset({"xmin", "ymin", "xmax", "ymax", "width", "height"}),
    ),
    FormUnderTest(
        "labelme", _write_labelme, _read_labelme,
        coordinates=frozenset({"points", "imageWidth", "imageHeight"}),
    ),
    FormUnderTest(
        "custom-vision", _write_custom_vision, _read_custom_vision, has_polygons=False,
        coordinates=frozenset({"left", "top", "width", "height"}),
    ),
]  # fmt: skip
