"""Shapes beyond boxes and polygons, form by form, and what is cut at the edges."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from orchestration.labels.clip import clipped_polygon
from orchestration.labels.convert import Frames
from orchestration.labels.geometry import Frame, Geometry, Size
from tests.labels.mapping_files import converted

# 8x6 stored, shown by turn 6 as 6x8; the rendition has half the sides and no turn.
TURNED = Geometry(Size(8, 6), 6, Size(3, 4), 1)
SAME = Geometry(Size(200, 100), 1, Size(100, 50), 1)


def cvat(path: Path, shape: str, width: int, height: int) -> Path:
    path.write_text(
        "<annotations><version>1.1</version>"
        f'<image id="0" name="a.jpg" width="{width}" height="{height}">{shape}</image>'
        "</annotations>"
    )
    return path


def shape_of(path: Path) -> dict[str, str]:
    return ET.parse(path).getroot()[1][0].attrib


def test_masks_of_cvat_are_rows_of_a_box(tmp_path: Path) -> None:
    # The left column of a rendition 3 wide and 4 high, from its second row on: to stored pixels,
    # where the left of what is shown lies below.
    shape = '<mask label="x" rle="0, 3" left="0" top="1" width="1" height="3"/>'
    made = cvat(tmp_path / "in", shape, 3, 4)
    converted(made, tmp_path / "shown", TURNED)
    found = shape_of(tmp_path / "shown")
    assert found == {
        "label": "x", "rle": "0, 12", "left": "0", "top": "2", "width": "2", "height": "6"
    }  # fmt: skip
    small = Geometry(Size(4, 3), 6, Size(3, 4), 1)
    converted(made, tmp_path / "stored", small, frames=Frames(Frame.SHOWN, Frame.STORED))
    assert shape_of(tmp_path / "stored") == {
        "label": "x", "rle": "0, 3", "left": "1", "top": "2", "width": "3", "height": "1"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ('<ellipse label="x" cx="10" cy="20" rx="5" ry="2"/>', {"cx": 20, "ry": 4, "rx": 10}),
        ('<points label="x" points="1,2"/>', {"points": "2.0,4.0"}),
        ('<polyline label="x" points="1,2;3,4"/>', {"points": "2.0,4.0;6.0,8.0"}),
    ],
)
def test_further_shapes_of_cvat(shape: str, expected: dict[str, Any], tmp_path: Path) -> None:
    converted(cvat(tmp_path / "in", shape, 100, 50), tmp_path / "out", SAME)
    found = shape_of(tmp_path / "out")
    for name, value in expected.items():
        assert found[name] == value if isinstance(value, str) else float(found[name]) == value


def test_points_of_a_skeleton_are_mapped(tmp_path: Path) -> None:
    shape = '<skeleton label="x"><points label="eye" points="1,2" outside="0"/></skeleton>'
    summary, _ = converted(cvat(tmp_path / "in", shape, 100, 50), tmp_path / "out", SAME)
    assert ET.parse(tmp_path / "out").getroot()[1][0][0].attrib["points"] == "2.0,4.0"
    assert summary.classes == {"x": 1}


def test_azure_ml_gets_nothing_beyond_the_edges(tmp_path: Path) -> None:
    label = [
        {"label": "x", "topX": -0.1, "topY": 0.5, "bottomX": 0.5, "bottomY": 1.25},
        {"label": "x", "polygon": [[-0.5, 0.25, 0.5, 0.25, 0.5, 0.75, -0.5, 0.75]]},
        {"label": "x", "polygon": [[1.5, 0.1, 1.6, 0.1, 1.6, 0.2]]},
    ]
    (tmp_path / "in").write_text(json.dumps({"image_url": "a.jpg", "label": label}))
    summary, _ = converted(tmp_path / "in", tmp_path / "out", SAME)
    box, polygon, beyond = json.loads((tmp_path / "out").read_text())["label"]
    assert [box[key] for key in ("topX", "topY", "bottomX", "bottomY")] == [0, 0.5, 0.5, 1]
    assert sorted(zip(*[iter(polygon["polygon"][0])] * 2, strict=True)) == [
        (0, 0.25), (0, 0.75), (0.5, 0.25), (0.5, 0.75),
    ]  # fmt: skip
    assert beyond["polygon"] == []
    assert summary.outside == 3


def test_a_polygon_within_is_left_as_it_is() -> None:
    flat = [0.0, 0.0, 1.0, 0.0, 1.0, 1.0]
    assert clipped_polygon(flat, 1.0, 1.0) is flat


def yolo(folder: Path, line: str, shape: str = "") -> Path:
    (folder / "labels").mkdir(parents=True)
    (folder / "labels" / "a.txt").write_text(f"{line}\n")
    (folder / "data.yaml").write_text(f"names: [x]\n{shape}\n")
    return folder


def test_keypoints_of_yolo_are_mapped_where_they_are_said_to_be(tmp_path: Path) -> None:
    line = "0 0.5 0.25 0.2 0.1 0.25 0.125 2 0 0 0"
    made = yolo(tmp_path / "in", line, "kpt_shape: [2, 3]")
    to_stored = Geometry(Size(8, 6), 3, Size(4, 3), 1)
    converted(made, tmp_path / "out", to_stored, frames=None)
    assert (tmp_path / "out" / "labels" / "a.txt").read_text() == f"{line}\n"
    turned = Geometry(Size(8, 6), 1, Size(4, 3), 3)
    converted(made, tmp_path / "turned", turned, frames=Frame.STORED)
    words = (tmp_path / "turned" / "labels" / "a.txt").read_text().split()
    assert [*map(float, words)] == pytest.approx([0, 0.5, 0.75, 0.2, 0.1, 0.75, 0.875, 2, 0, 0, 0])
    unsaid, (finding,) = converted(yolo(tmp_path / "not", line), tmp_path / "none", turned)
    assert unsaid.not_mapped == 1
    assert "kpt_shape" in finding.reason or "--frame" in finding.reason


def test_small_and_empty_labels_are_counted(tmp_path: Path) -> None:
    shapes = (
        '<box label="x" xtl="1" ytl="1" xbr="2.5" ybr="9"/><box label="x" xtl="1" ytl="1" '
        'xbr="1" ybr="9"/><box label="x" xtl="1" ytl="1" xbr="4" ybr="4"/>'
    )
    summary, findings = converted(cvat(tmp_path / "in", shapes, 100, 50), tmp_path / "out", SAME)
    assert (summary.labels, summary.small, summary.empty) == (3, 1, 1)
    assert [one.reason for one in findings] == ["1 label of no size"]
