"""Label files come from outside: what is damaged or hostile is refused with a sentence."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.labels.document import LabelFileError, OptionError
from orchestration.labels.formats import open_labels
from orchestration.labels.geometry import Frame, Geometry, Size
from orchestration.labels.options import Options
from tests.labels.forms import FORMS, FormUnderTest, Photo
from tests.labels.mapping_files import converted

BOMB = """<?xml version="1.0"?>
<!DOCTYPE a [<!ENTITY b "{b}"><!ENTITY c "&b;&b;&b;&b;">]>
<annotations><version>&c;</version></annotations>"""
REMOTE = """<?xml version="1.0"?>
<!DOCTYPE a SYSTEM "file:///etc/passwd"><annotations><version>1.1</version></annotations>"""
GEOMETRY = Geometry(Size(4000, 3000), 6, Size(1000, 750), 6)
FILES = [form for form in FORMS if not form.is_folder]


@pytest.mark.parametrize("text", [BOMB, REMOTE])
def test_entities_and_dtds_are_not_read(text: str, tmp_path: Path) -> None:
    (tmp_path / "in").write_text(text)
    with pytest.raises(LabelFileError, match="has a DTD or entities"):
        open_labels(tmp_path / "in", Options())


@pytest.mark.parametrize("text", ["[" * 100_000, "<a>" * 3, "", "\x00", "\xff", '{"images": 1}'])
def test_what_is_no_label_file_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "in").write_text(text, encoding="latin-1")
    with pytest.raises(LabelFileError):
        open_labels(tmp_path / "in", Options())


def test_an_empty_folder_is_no_label_file(tmp_path: Path) -> None:
    with pytest.raises(LabelFileError, match="is not in a known format"):
        open_labels(tmp_path, Options())


@pytest.mark.parametrize("form", FILES, ids=lambda form: form.name)
@settings(max_examples=60)
@given(data=st.data())
def test_a_damaged_file_is_mapped_or_refused(
    form: FormUnderTest, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("labels")
    made = Photo("a.jpg", 750, 1000, [(10, 20, 30, 40)], [[1, 2, 3, 4, 5, 6]])
    made.polygons = made.polygons if form.has_polygons else []
    form.write(folder / "in", made)
    text = (folder / "in").read_text()
    at = data.draw(st.integers(0, len(text) - 1))
    put = data.draw(
        st.sampled_from(["", "0", "-", '"', "null", "[", "}", "<", "x", "1e999", "NaN"])
    )
    (folder / "in").write_text(text[:at] + put + text[at + data.draw(st.integers(0, 8)) :])
    try:
        converted(folder / "in", folder / "out", GEOMETRY, frames=Frame.SHOWN)
    except (LabelFileError, OptionError) as error:
        assert str(error)


@pytest.mark.parametrize(
    "wrong",
    [
        {"bbox": [1, 2, 3]},
        {"bbox": [1, 2, 3, "4"]},
        {"bbox": [1, 2, 3, True]},
        {"segmentation": [1, 2]},
        {"segmentation": {"counts": "PP", "size": [1]}},
        {"segmentation": {"counts": {}, "size": [1000, 750]}},
        {"keypoints": "x"},
        {"area": "x"},
    ],
)
def test_an_invalid_coordinate_is_reported(wrong: dict[str, Any], tmp_path: Path) -> None:
    annotation = {"id": 1, "image_id": 1, "category_id": 1, **wrong}
    image = {"id": 1, "file_name": "a.jpg", "width": 750, "height": 1000}
    (tmp_path / "in").write_text(json.dumps({"images": [image], "annotations": [annotation]}))
    with pytest.raises(LabelFileError, match="is not a"):
        converted(tmp_path / "in", tmp_path / "out", GEOMETRY)


@pytest.mark.parametrize(
    "wrong",
    [
        {"images": [{"id": [1], "file_name": "a.jpg"}]},
        {"annotations": [{"image_id": {"a": 1}}]},
        {"categories": [{"id": [1], "name": "x"}]},
        {"annotations": [{"image_id": 1, "category_id": []}]},
        {"images": [{"id": 1, "file_name": "a.jpg", "width": 10**400, "height": 9}]},
        {"annotations": [{"image_id": 1, "bbox": [10**400, 1, 2, 3]}]},
    ],
)
def test_ids_and_numbers_that_can_be_none_are_refused(
    wrong: dict[str, Any], tmp_path: Path
) -> None:
    image = {"id": 1, "file_name": "a.jpg", "width": 750, "height": 1000}
    found = {"images": [image], "annotations": [], **wrong}
    (tmp_path / "in").write_text(json.dumps(found))
    with pytest.raises(LabelFileError, match=r"not a|neither a"):
        converted(tmp_path / "in", tmp_path / "out", GEOMETRY, frames=Frame.SHOWN)


@pytest.mark.parametrize(
    "shape",
    [
        'box xtl="nan" ytl="1" xbr="2" ybr="3"',
        'box xtl="-inf" ytl="1" xbr="2" ybr="3"',
        'polygon points="1,2;nan,4;5,6"',
        'points points="1,inf"',
        'mask rle="0, 4" left="0" top="0" width="-2" height="-2"',
    ],
)
def test_what_is_no_place_leaves_its_photo_out(shape: str, tmp_path: Path) -> None:
    (tmp_path / "in").write_text(
        '<annotations><version>1.1</version><image id="0" name="a.jpg" width="750" height="1000">'
        f'<{shape} label="x"/></image></annotations>'
    )
    summary, _ = converted(tmp_path / "in", tmp_path / "out", GEOMETRY)
    assert (summary.mapped, summary.not_mapped) == (0, 1)


@pytest.mark.parametrize("attribute", ["left", "top", "width", "height", "rle"])
@pytest.mark.parametrize("text", ["nan", "1e999", "0.5", ""])
def test_masks_of_cvat_are_whole_numbers(attribute: str, text: str, tmp_path: Path) -> None:
    mask = {"rle": "4", "left": "0", "top": "0", "width": "2", "height": "2", attribute: text}
    facts = " ".join(f'{name}="{value}"' for name, value in mask.items())
    (tmp_path / "in").write_text(
        '<annotations><version>1.1</version><image id="0" name="a.jpg" width="750" height="1000">'
        f'<mask label="x" {facts}/></image></annotations>'
    )
    with pytest.raises(LabelFileError, match="is not a"):
        converted(tmp_path / "in", tmp_path / "out", GEOMETRY)


@pytest.mark.parametrize("width", [0, -750, float("nan"), float("inf")])
def test_sides_that_are_none_leave_a_photo_out(width: float, tmp_path: Path) -> None:
    (tmp_path / "in").write_text(
        f'<annotations><version>1.1</version><image id="0" name="a.jpg" width="{width}" '
        'height="1000"/></annotations>'
    )
    _, (finding,) = converted(tmp_path / "in", tmp_path / "out", GEOMETRY)
    assert "which is not a valid size" in finding.reason


def test_a_yolo_folder_may_begin_with_a_byte_order_mark_and_has_to_have_labels(
    tmp_path: Path,
) -> None:
    (tmp_path / "in").mkdir()
    for form in ("yolo", "voc", "labelme"):
        with pytest.raises(LabelFileError, match="has no label files"):
            open_labels(tmp_path / "in", Options(), form)
    (tmp_path / "in" / "a.txt").write_bytes(b"\xef\xbb\xbf0 .5 .5 .1 .1\r\n0 .5 .5 .2 .2\r\n")
    summary, _ = converted(tmp_path / "in", tmp_path / "out", GEOMETRY, frames=Frame.SHOWN)
    assert summary.labels == 2
    (tmp_path / "in" / "data.yaml").write_text("names: 5")
    with pytest.raises(LabelFileError, match="is not a list of classes"):
        open_labels(tmp_path / "in", Options())


def test_json_lines_without_a_line_are_refused(tmp_path: Path) -> None:
    (tmp_path / "in").write_text("\n")
    with pytest.raises(LabelFileError, match="is empty"):
        open_labels(tmp_path / "in", Options(), "azureml")


@pytest.mark.parametrize(
    ("form", "part", "instead", "reason"),
    [
        ("cvat", 'occluded="0"', 'rotation="30"', "rotated <box>"),
        ("cvat", "<tag ", "<blob ", "<blob>, which is not supported"),
        (
            "cvat",
            "<polygon ",
            '<mask rle="9" left="0" top="0" width="2" height="2" ',
            "an invalid mask",
        ),
        ("label-studio", '"rotation": 0', '"rotation": 5', "rotated region"),
        ("label-studio", '"image_rotation": 0', '"image_rotation": 90', "image_rotation"),
        ("coco", '"rotation": 0.0', '"rotation": 7.5', "rotated boxes"),
        ("coco", '"score": 0.25', '"segments_info": []', "panoptic"),
    ],
)
def test_what_is_not_mapped_leaves_its_photo_out(
    form: str, part: str, instead: str, reason: str, tmp_path: Path
) -> None:
    under_test = next(one for one in FORMS if one.name == form)
    made = Photo("a.jpg", 750, 1000, [(10, 20, 30, 40)], [[1, 2, 3, 4, 5, 6]])
    made.polygons = made.polygons if under_test.has_polygons else []
    under_test.write(tmp_path / "in", made)
    text = (tmp_path / "in").read_text()
    assert part in text
    (tmp_path / "in").write_text(text.replace(part, instead))
    summary, (finding,) = converted(tmp_path / "in", tmp_path / "out", GEOMETRY, frames=Frame.SHOWN)
    assert (summary.not_mapped, finding.kind) == (1, "not mapped")
    assert reason in finding.reason
    assert "a.jpg" not in (tmp_path / "out").read_text() if (tmp_path / "out").is_file() else True
