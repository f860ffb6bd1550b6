"""Label files as tools write them: what cannot be mapped is refused, never copied as it is."""

import json
from pathlib import Path
from typing import Any

import pytest

from orchestration.labels.convert import Frames
from orchestration.labels.document import LabelFileError
from orchestration.labels.formats import open_labels
from orchestration.labels.geometry import Frame, Geometry, Size
from orchestration.labels.options import Options
from tests.labels.mapping_files import converted

GEOMETRY = Geometry(Size(4000, 3000), 6, Size(1000, 750), 6)
TO_STORED = Frames(Frame.SHOWN, Frame.STORED)
# Of the labels below, which are of the picture as shown.
BOX, ON_RAW = "0.25 0.3 0.1 0.2", "0.3 0.75 0.2 0.1"
VOC = (
    "<annotation><filename>{name}</filename><size><width>750</width><height>1000</height></size>"
    "<object><name>boat</name><bndbox><xmin>11</xmin><ymin>21</ymin><xmax>40</xmax>"
    "<ymax>60</ymax></bndbox>{more}</object></annotation>"
)
ROTATION = "<attributes><attribute><name>rotation</name><value>{}</value></attribute></attributes>"
CVAT = (
    '<?xml version="1.0" encoding="{encoding}"?><annotations><version>1.1</version>'
    '<image id="0" name="a.jpg" width="750" height="1000">'
    '<box label="Bär" xtl="{left}" ytl="20" xbr="40" ybr="60"/></image></annotations>'
)


def folder(root: Path, **files: str | bytes) -> Path:
    """Write files of a folder; a name has `__` for a slash."""
    for name, content in files.items():
        path = root / "in" / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root / "in"


def yolo(root: Path, line: str, described: str = "names: [boat, tree]\n") -> tuple[str, list[str]]:
    """Map a line of YOLO; return what became of it, and the reasons if it was left out."""
    path = folder(root, **{"data.yaml": described, "labels__a.txt": line})
    _, findings = converted(path, root / "out", GEOMETRY, frames=TO_STORED)
    made = root / "out" / "labels" / "a.txt"
    return made.read_text() if made.exists() else "", [one.reason for one in findings]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"0 {BOX} 0.9", f"0 {ON_RAW} 0.9\n"),
        (f"boat {BOX}", f"boat {ON_RAW}\n"),
        (f"0\t{BOX}\r\n\r\n1 {BOX}\r\n", f"0 {ON_RAW}\n\n1 {ON_RAW}\n"),
        ("1 0.1 0.1 0.2 0.1 0.2 0.3 0.1 0.3", "1 0.1 0.9 0.1 0.8 0.3 0.8 0.3 0.9\n"),
    ],
)
def test_lines_of_yolo_are_mapped(line: str, expected: str, tmp_path: Path) -> None:
    assert yolo(tmp_path, line) == (expected, [])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (f"0 {BOX} 0.9 12", "a confidence and the number of a track"),
        ("0 0.1 0.1 0.2 0.1 0.2 0.3 0.9", "or a polygon with a confidence"),
        ("0 0.1 0.1 0.2 0.1 0.2 0.3 0.1 0.3 0.9", "or a polygon with a confidence"),
        ("0 0.1 0.2", "neither a box nor a polygon"),
        ("0,0.25,0.3,0.1,0.2", "neither a box nor a polygon"),
        ("0 nan 0.3 0.1 0.2", "not a finite number"),
        ("0 0.25 1e999 0.1 0.2", "not a finite number"),
    ],
)
def test_lines_of_yolo_that_may_mean_two_things_are_refused(
    line: str, reason: str, tmp_path: Path
) -> None:
    text, reasons = yolo(tmp_path, line)
    assert text == ""
    assert reason in reasons[0]


@pytest.mark.parametrize("number", ["0.2_5", "\u0660.\u0662", "0x1", "0,25", "x"])
def test_numbers_are_those_that_all_programs_read(number: str, tmp_path: Path) -> None:
    with pytest.raises(LabelFileError, match=r"a: labels.a\.txt:1: .* is not a class and numbers"):
        yolo(tmp_path, f"0 {number} 0.3 0.1 0.2")


@pytest.mark.parametrize("number", ["1_0", "\u0662", ""])
def test_numbers_of_xml_are_those_that_all_programs_read(number: str, tmp_path: Path) -> None:
    (tmp_path / "in").write_text(CVAT.format(encoding="utf-8", left=number))
    with pytest.raises(LabelFileError, match=r"a\.jpg: xtl of <box> is not a number"):
        converted(tmp_path / "in", tmp_path / "out", GEOMETRY)


@pytest.mark.parametrize(
    "damaged",
    [f"0 {BOX}".encode("utf-16"), b"0,0.25,0.3,0.1,0.2", f"boat {BOX}\n".encode(), b"\xff\xfe\x00"],
)
def test_a_damaged_label_file_is_never_copied_unmapped(damaged: bytes, tmp_path: Path) -> None:
    """In a folder with or without `labels`, next to a good file."""
    for at, place in enumerate(("labels__{}", "{}")):
        root = tmp_path / str(at)
        path = folder(root, **{place.format("a.txt"): f"0 {BOX}"})
        folder(root, **{place.format("b.txt"): damaged})
        try:
            converted(path, root / "out", GEOMETRY, frames=TO_STORED)
        except LabelFileError:
            continue
        copied = [made.read_bytes() for made in (root / "out").rglob("b.txt")]
        assert damaged not in copied


def test_text_next_to_labels_is_copied(tmp_path: Path) -> None:
    texts = {
        "README.roboflow.txt": "The dataset includes 123 images.\n\n* 90 degrees\n1. Resize\n",
        "train.txt": "./images/a.jpg\n", "autosplit_val.txt": "./images/b.jpg\n",
        "names_of_classes.txt": "boat\ntree\n",
    }  # fmt: skip
    path = folder(tmp_path, **texts, **{"a.txt": f"0 {BOX}"})
    summary, findings = converted(path, tmp_path / "out", GEOMETRY, frames=TO_STORED)
    assert (summary.mapped, findings) == (1, [])
    assert {name: (tmp_path / "out" / name).read_text() for name in texts} == texts


@pytest.mark.parametrize("name", ["classes.txt", "obj.names", "labels__classes.txt"])
def test_classes_are_read_from_their_list(name: str, tmp_path: Path) -> None:
    path = folder(tmp_path, **{name: "boat\r\ntree\r\n", "a.txt": f"1 {BOX}"})
    summary, _ = converted(path, tmp_path / "out", GEOMETRY, frames=TO_STORED)
    assert dict(summary.classes) == {"tree": 1}


@pytest.mark.parametrize(
    ("shape", "points", "expected"),
    [
        ("[2, 3]", "0.1 0.2 2 0 0 0", "0.2 0.9 2 0 0 0"),
        ("[2, 3]", "0.1 0.2 2 0 0 0 0.75", "0.2 0.9 2 0 0 0 0.75"),
        ("[2, 2]", "0.1 0.2 0 0", "0.2 0.9 0 1.0"),
        ("[2, 2]", "0.1 0.2 -1 -1", "0.2 0.9 -1 -1"),
    ],
)
def test_keypoints_of_yolo_that_are_none_stay(
    shape: str, points: str, expected: str, tmp_path: Path
) -> None:
    described = f"names: {{0: boat}}\nkpt_shape: {shape}\n"
    assert yolo(tmp_path, f"0 {BOX} {points}", described) == (f"0 {ON_RAW} {expected}\n", [])


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("vectorlabels", {"vertices": [{"x": 1, "y": 2}], "vectorlabels": ["x"]}, "vectors"),
        ("bitmasklabels", {"imageDataURL": "data:,", "bitmasklabels": ["x"]}, "bitmasks"),
        ("brushlabels", {"format": "rle", "rle": [1], "brushlabels": ["x"]}, "brush masks"),
        ("newlabels", {"where": [1], "newlabels": ["x"]}, "unsupported type: 'newlabels'"),
        ("new", {"where": [1]}, "unsupported type: 'new'"),
    ],
)
def test_regions_of_label_studio_that_cannot_be_mapped_are_refused(
    kind: str, value: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    sides = {"original_width": 750, "original_height": 1000, "image_rotation": 0}
    result = {"type": kind, "to_name": "image", **sides, "value": value}
    task = {"id": 1, "data": {"image": "a.jpg"}, "annotations": [{"result": [result]}]}
    (tmp_path / "in").write_text(json.dumps([task]))
    summary, (finding,) = converted(tmp_path / "in", tmp_path / "out", GEOMETRY)
    assert summary.not_mapped == 1
    assert reason in finding.reason


def test_answers_about_the_whole_photo_stay(tmp_path: Path) -> None:
    results = [
        {"type": "choices", "to_name": "image", "value": {"choices": ["sharp"]}},
        {"type": "taxonomy", "value": {"taxonomy": [["a", "b"]]}},
        {"type": "relation", "from_id": "a", "to_id": "b", "direction": "right"},
    ]
    task = {"id": 1, "data": {"image": "a.jpg"}, "annotations": [{"result": results}]}
    (tmp_path / "in").write_text(json.dumps([task]))
    converted(tmp_path / "in", tmp_path / "out", GEOMETRY, frames=TO_STORED)
    assert json.loads((tmp_path / "out").read_text()) == [task]


@pytest.mark.parametrize("data", [{"video": "a.mp4"}, {"image": ["a.jpg", "b.jpg"]}])
def test_tasks_of_something_else_than_a_photo_are_refused(
    data: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "in").write_text(json.dumps([{"id": 7, "data": data}]))
    with pytest.raises(LabelFileError, match="task 7 has no photo in its data"):
        open_labels(tmp_path / "in", Options())


@pytest.mark.parametrize("label", [{"label": "b", "topX": 0.1}, ["x", {"label": "b", "topX": 0.1}]])
def test_objects_among_the_classes_of_azure_ml_are_refused(label: Any, tmp_path: Path) -> None:
    (tmp_path / "in").write_text(json.dumps({"image_url": "a.jpg", "label": label}))
    with pytest.raises(LabelFileError, match="label is not a list of objects"):
        converted(tmp_path / "in", tmp_path / "out", GEOMETRY, frames=TO_STORED)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("<keypoints><x1>12</x1><y1>20</y1></keypoints>", "<keypoints>"),
        ("<polygon><x1>12</x1></polygon>", "<polygon>"),
        (ROTATION.format(30.0), "a rotated box"),
    ],
)
def test_what_a_box_of_voc_cannot_say_leaves_its_photo_out(
    more: str, reason: str, tmp_path: Path
) -> None:
    (tmp_path / "in").write_text(VOC.format(name="a.jpg", more=more))
    summary, (finding,) = converted(tmp_path / "in", tmp_path / "out", GEOMETRY, frames=TO_STORED)
    assert summary.not_mapped == 1
    assert reason in finding.reason


def test_a_box_of_voc_that_is_not_rotated_is_mapped(tmp_path: Path) -> None:
    (tmp_path / "in").write_text(VOC.format(name="a", more=ROTATION.format(0.0)))
    summary, _ = converted(tmp_path / "in", tmp_path / "out", GEOMETRY, frames=TO_STORED)
    assert summary.mapped == 1
    assert "<xmin>81</xmin><ymin>2841</ymin>" in (tmp_path / "out").read_text()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_label_files_in_utf_16_are_read(encoding: str, tmp_path: Path) -> None:
    """PowerShell writes UTF-16 when output is redirected to a file."""
    declared = "utf-16" if "16" in encoding else "utf-8"
    (tmp_path / "in").write_bytes(CVAT.format(encoding=declared, left=10).encode(encoding))
    if encoding != "utf-16-le":  # XML without a byte order mark is UTF-8
        summary, _ = converted(tmp_path / "in", tmp_path / "out", GEOMETRY)
        assert dict(summary.classes) == {"Bär": 1}
    image = {"id": 1, "file_name": "a.jpg", "width": 750, "height": 1000}
    found = {"images": [image], "annotations": [], "info": {"description": "Bär"}}
    text = json.dumps(found, ensure_ascii=False)
    (tmp_path / "in").write_bytes(text.encode(encoding))
    summary, _ = converted(tmp_path / "in", tmp_path / "out", GEOMETRY, frames=TO_STORED)
    assert json.loads((tmp_path / "out").read_text())["info"] == {"description": "Bär"}


@pytest.mark.parametrize("data", [b"\x1f\x8b\x08\x00 {}", '{"images": "ö"}'.encode("latin-1")])
def test_what_is_no_text_is_refused_with_what_to_do(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(data)
    with pytest.raises(LabelFileError, match="not text in UTF-8 or UTF-16; if it is compressed"):
        open_labels(tmp_path / "in", Options())


@pytest.mark.parametrize("form", ["coco", "cvat"])
def test_masks_on_impossibly_large_pictures_are_refused(form: str, tmp_path: Path) -> None:
    """Their lines alone would fill the memory."""
    width, height = 750_000_000, 1_000_000_000
    if form == "cvat":
        shape = '<mask label="x" rle="1" left="0" top="0" width="1" height="1"/>'
        text = (
            f'<annotations><version>1.1</version><image name="a.jpg" width="{width}" '
            f'height="{height}">{shape}</image></annotations>'
        )
    else:
        mask = {"size": [height, width], "counts": [width * height]}
        image = {"id": 1, "file_name": "a.jpg", "width": width, "height": height}
        annotation = {"id": 1, "image_id": 1, "segmentation": mask}
        text = json.dumps({"images": [image], "annotations": [annotation]})
    (tmp_path / "in").write_text(text)
    summary, (finding,) = converted(tmp_path / "in", tmp_path / "out", GEOMETRY, frames=TO_STORED)
    assert summary.not_mapped == 1
    assert "is too long" in finding.reason


def test_other_files_do_not_hide_the_form_of_a_folder(tmp_path: Path) -> None:
    path = folder(tmp_path, **{"a_notes.json": "{}", "b.json": '{"shapes": [], "imagePath": "b"}'})
    with pytest.raises(LabelFileError, match=r"a_notes\.json has no shapes, or no imagePath"):
        open_labels(path, Options())
