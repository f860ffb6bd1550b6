"""Libraries that are not ours read what is written, and find the labels where they should be."""

import json
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from orchestration.labels.formats.coco_rle import encoded
from orchestration.labels.geometry import Frame, Geometry, Size
from orchestration.labels.masks import counts_of
from tests.labels.forms import FORMS, Photo, coco_of
from tests.labels.mapping_files import converted

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".venv" / "labels" / "bin" / "python"
# Lying as stored, upright as shown; the rendition has no turn left.
GEOMETRY = Geometry(Size(4000, 3000), 6, Size(751, 1001), 1)
BOXES = [(10.5, 20.25, 110.0, 220.5), (300.0, 500.0, 751.0, 1001.0)]
POLYGON = [100.0, 200.0, 700.0, 300.0, 650.0, 900.0]
THERE = GEOMETRY.to_photo(Frame.SHOWN, Frame.SHOWN)
# Datumaro keeps two decimals; Pascal VOC is read with a first pixel of 1 or of 0.
NEAR = {"datumaro": 0.011, "labelformat": 1e-6, "pycocotools": 1e-6}


def read(library: str, form: str, path: Path) -> list[tuple[str, str, list[float], float]]:
    """Read a file with a library in its own environment."""
    script = Path(__file__).with_name("read_with.py")
    ran = subprocess.run(
        [PYTHON, script, library, form, path], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    rows: list[tuple[str, str, list[float], float]] = json.loads(ran.stdout)
    return sorted(rows, key=lambda row: row[2])  # some bring them in an order of their own


def mapped(form: str, photo: Photo, path: Path) -> None:
    """Write labels of the rendition, and map them to `path`, as labels of the photo."""
    under_test = next(one for one in FORMS if one.name == form)
    source = path.parent / "in"
    under_test.write(source, photo)
    path.parent.mkdir(exist_ok=True)
    summary, _ = converted(source, path, GEOMETRY, frames=Frame.SHOWN)
    assert summary.mapped == 1


@pytest.mark.parametrize("library", ["pycocotools", "labelformat", "datumaro"])
def test_coco_is_read(library: str, tmp_path: Path) -> None:
    path = tmp_path / "annotations" / "instances_train.json"
    (tmp_path / "images").mkdir()
    path.parent.mkdir()
    mapped("coco", Photo("a.jpg", 751, 1001, BOXES), path)
    found = read(library, "coco", path)
    assert [row[1] for row in found] == ["boat", "boat"]
    for (name, _, box, area), rendition_box in zip(found, BOXES, strict=True):
        assert name.removesuffix(".jpg") == "a"
        expected = THERE.box(*rendition_box)
        assert box == pytest.approx(expected, abs=NEAR[library])
        size = (expected[2] - expected[0]) * (expected[3] - expected[1])
        assert area == pytest.approx(size, rel=1e-4)


@pytest.mark.parametrize("library", ["pycocotools", "datumaro"])
def test_polygons_of_coco_are_read(library: str, tmp_path: Path) -> None:
    path = tmp_path / "annotations" / "instances_train.json"
    (tmp_path / "images").mkdir()
    path.parent.mkdir()
    made = coco_of(Photo("a.jpg", 751, 1001, [], [POLYGON]))
    made["annotations"][0]["bbox"] = [100, 200, 600, 700]
    (tmp_path / "in").write_text(json.dumps(made))
    converted(tmp_path / "in", path, GEOMETRY)
    ((_, name, box, area),) = read(library, "coco", path)
    assert name == "tree"
    pairs = zip(POLYGON[::2], POLYGON[1::2], strict=True)
    xs, ys = zip(*(THERE.point(x, y) for x, y in pairs), strict=True)
    assert box == pytest.approx((min(xs), min(ys), max(xs), max(ys)), abs=1.01)
    double = sum(xs[at - 1] * ys[at] - xs[at] * ys[at - 1] for at in range(3))
    assert area == pytest.approx(abs(double) / 2, rel=2e-3)


@pytest.mark.parametrize("library", ["pycocotools", "datumaro"])
@pytest.mark.parametrize("compressed", ["text", "counts"])
def test_masks_of_coco_are_read(library: str, compressed: str, tmp_path: Path) -> None:
    columns = [[(400, 600)] if 100 <= x < 300 else [] for x in range(751)]
    counts = counts_of(columns, 1001)
    stored = encoded(counts) if compressed == "text" else counts
    mask = {"size": [1001, 751], "counts": stored}
    annotation = {
        "id": 1, "image_id": 5, "category_id": 3, "segmentation": mask, "iscrowd": 1,
        "area": 200 * 200, "bbox": [100, 400, 200, 200],
    }  # fmt: skip
    path = tmp_path / "annotations" / "instances_train.json"
    (tmp_path / "images").mkdir()
    path.parent.mkdir()
    made = {**coco_of(Photo("a.jpg", 751, 1001)), "annotations": [annotation]}
    (tmp_path / "in").write_text(json.dumps(made))
    converted(tmp_path / "in", path, GEOMETRY)
    ((_, _, box, area),) = read(library, "coco", path)
    expected = THERE.box(100, 400, 300, 600)
    assert box == pytest.approx(expected, abs=1.01)
    size = (expected[2] - expected[0]) * (expected[3] - expected[1])
    assert area == pytest.approx(size, rel=0.01)


@pytest.mark.parametrize("library", ["labelformat", "datumaro"])
def test_cvat_is_read(library: str, tmp_path: Path) -> None:
    path = tmp_path / "train.xml"
    (tmp_path / "images").mkdir()
    Image.new("1", (3000, 4000)).save(tmp_path / "images" / "a.jpg", "PNG")
    mapped("cvat", Photo("a.jpg", 751, 1001, BOXES), path)
    found = read(library, "cvat", path)
    for (_, name, box, _), rendition_box in zip(found, BOXES, strict=True):
        assert name == "boat"
        assert box == pytest.approx(THERE.box(*rendition_box), abs=NEAR[library])


@pytest.mark.parametrize("library", ["labelformat", "datumaro"])
def test_pascal_voc_is_read(library: str, tmp_path: Path) -> None:
    folder = tmp_path / "Annotations"
    folder.mkdir()
    (tmp_path / "ImageSets" / "Main").mkdir(parents=True)
    (tmp_path / "ImageSets" / "Main" / "train.txt").write_text("a\n")
    (tmp_path / "JPEGImages").mkdir()
    mapped("voc", Photo("a.jpg", 751, 1001, BOXES), folder / "a.xml")
    (folder / "in").unlink()
    found = read(library, "voc", folder if library == "labelformat" else tmp_path)
    for (_, name, box, _), rendition_box in zip(found, BOXES, strict=True):
        assert name == "boat"
        left, top, right, bottom = THERE.box(*rendition_box)
        # Both take the numbers as they are, though the first pixel's is 1.
        assert box == pytest.approx((left + 1, top + 1, right, bottom), abs=NEAR[library])


def test_yolo_is_read(tmp_path: Path) -> None:
    mapped("yolo", Photo("a.jpg", 751, 1001, BOXES), tmp_path / "out")
    out = tmp_path / "out"
    (out / "images" / "train").mkdir(parents=True)
    Image.new("1", (3000, 4000)).save(out / "images" / "train" / "a.png")
    (out / "labels" / "train").mkdir()
    (out / "labels" / "a.txt").rename(out / "labels" / "train" / "a.txt")
    (out / "data.yaml").write_text("train: images/train\nnc: 2\nnames: {0: boat, 1: tree}\n")
    found = read("labelformat", "yolo", out)
    for (_, name, box, _), rendition_box in zip(found, BOXES, strict=True):
        assert name == "boat"
        assert box == pytest.approx(THERE.box(*rendition_box), abs=1e-6)
