"""Read a label file with somebody else's library, in the environment where that is installed.

    .venv/labels/bin/python tests/labels/readers/read_with.py LIBRARY FORM PATH

Prints one line of JSON: a list of names, classes, boxes (left, top, right, bottom) and areas.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

Row = tuple[str, str, list[float], float]


def pycocotools_coco(path: Path) -> Iterator[Row]:
    from pycocotools.coco import COCO

    found = COCO(str(path))
    for one in found.anns.values():
        image, category = found.imgs[one["image_id"]], found.cats[one["category_id"]]
        mask = found.annToMask(one) if one.get("segmentation") else None
        if mask is not None:
            assert mask.shape == (image["height"], image["width"])
        area = float(mask.sum()) if mask is not None else float(one["area"])
        x, y, width, height = one.get("bbox") or mask_box(mask)
        yield image["file_name"], category["name"], [x, y, x + width, y + height], area


def mask_box(mask: Any) -> list[float]:
    from pycocotools.mask import encode, toBbox

    box: list[float] = toBbox(encode(mask.copy(order="F"))).tolist()
    return box


def labelformat_rows(found: Any) -> Iterator[Row]:
    for image in found.get_labels():
        for one in image.objects:
            box = [one.box.xmin, one.box.ymin, one.box.xmax, one.box.ymax]
            area = (box[2] - box[0]) * (box[3] - box[1])
            yield image.image.filename, one.category.name, box, area


def labelformat_coco(path: Path) -> Iterator[Row]:
    from labelformat.formats import COCOObjectDetectionInput

    return labelformat_rows(COCOObjectDetectionInput(path))


def labelformat_cvat(path: Path) -> Iterator[Row]:
    from labelformat.formats import CVATObjectDetectionInput

    # It refuses files with an encoding declaration, such as CVAT's own.
    text = path.read_text(encoding="utf-8")
    path.write_text(text[text.index("<annotations") :], encoding="utf-8")
    return labelformat_rows(CVATObjectDetectionInput(path))


def labelformat_yolo(path: Path) -> Iterator[Row]:
    from labelformat.formats import YOLOv8ObjectDetectionInput

    return labelformat_rows(YOLOv8ObjectDetectionInput(path / "data.yaml", "train"))


def labelformat_voc(path: Path) -> Iterator[Row]:
    from labelformat.formats import PascalVOCObjectDetectionInput

    return labelformat_rows(PascalVOCObjectDetectionInput(path, "boat,tree"))


def datumaro_rows(path: Path, form: str) -> Iterator[Row]:
    from datumaro.components.annotation import AnnotationType
    from datumaro.components.dataset import Dataset

    found = Dataset.import_from(str(path.parent if form == "coco_instances" else path), form)
    names = found.categories()[AnnotationType.label]
    drawn = {AnnotationType.polygon, AnnotationType.mask}
    for item in found:
        # The box of a mask comes as a label of its own.
        kinds = drawn if any(one.type in drawn for one in item.annotations) else None
        for one in item.annotations:
            if one.type in (kinds or {AnnotationType.bbox}):
                x, y, width, height = map(float, one.get_bbox())
                box = [x, y, x + width, y + height]
                yield item.id, names[one.label].name, box, float(one.get_area())


READERS: dict[tuple[str, str], Callable[[Path], Iterator[Row]]] = {
    ("pycocotools", "coco"): pycocotools_coco,
    ("labelformat", "coco"): labelformat_coco,
    ("labelformat", "cvat"): labelformat_cvat,
    ("labelformat", "yolo"): labelformat_yolo,
    ("labelformat", "voc"): labelformat_voc,
    ("datumaro", "coco"): lambda path: datumaro_rows(path, "coco_instances"),
    ("datumaro", "cvat"): lambda path: datumaro_rows(path, "cvat"),
    ("datumaro", "voc"): lambda path: datumaro_rows(path, "voc_detection"),
    ("datumaro", "yolo"): lambda path: datumaro_rows(path, "yolo"),
}

if __name__ == "__main__":
    library, form, path = sys.argv[1:]
    with redirect_stdout(StringIO()):
        rows = [*READERS[library, form](Path(path))]
    print(json.dumps(rows))
