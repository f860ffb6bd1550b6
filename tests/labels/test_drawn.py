"""What is drawn of labels: form by form, in shares of the sides of the photo as shown."""

import json
from pathlib import Path
from typing import Any

import pytest

from orchestration.labels import drawn as drawing
from orchestration.labels.drawn import DrawnLabel, DrawnLabels, drawn_labels
from orchestration.labels.formats import open_labels
from orchestration.labels.geometry import Size
from orchestration.labels.mapping import CannotMapError
from orchestration.labels.options import Options

SIDES = Size(200, 100)
SQUARE = [(0.1, 0.2), (0.3, 0.2), (0.3, 0.6), (0.1, 0.6)]


def drawn(path: Path, stated: Size = SIDES, turn: int = 1) -> DrawnLabels:
    _, document = open_labels(path, Options())
    (photo,) = document.photos()
    return drawn_labels(document, photo, stated, turn)


def coco(path: Path, **annotation: Any) -> Path:
    one = {"id": 1, "image_id": 1, "category_id": 1, **annotation}
    image = {"id": 1, "file_name": "a.jpg", "width": SIDES.width, "height": SIDES.height}
    classes = [{"id": 1, "name": "dog"}]
    path.write_text(json.dumps({"images": [image], "annotations": [one], "categories": classes}))
    return path


def labelme(path: Path, kind: str, points: list[list[float]]) -> Path:
    shape = {"label": "dog", "shape_type": kind, "points": points}
    sides = {"imageWidth": SIDES.width, "imageHeight": SIDES.height}
    path.write_text(json.dumps({"imagePath": "a.jpg", "shapes": [shape], **sides}))
    return path


def cvat(path: Path, shape: str) -> Path:
    path.write_text(
        "<annotations><version>1.1</version>"
        f'<image id="0" name="a.jpg" width="200" height="100">{shape}</image></annotations>'
    )
    return path


def near(points: list[tuple[float, float]]) -> list[Any]:
    return [pytest.approx(point) for point in points]


def only(found: DrawnLabels) -> DrawnLabel:
    (one,) = found.labels
    return one


def test_a_box_is_an_outline_of_four_corners(tmp_path: Path) -> None:
    one = only(drawn(coco(tmp_path / "a.json", bbox=[20, 20, 40, 40])))
    assert one.name == "dog"
    assert [*map(near, [SQUARE])] == one.areas
    assert not one.lines
    assert not one.dots


def test_a_polygon_hides_the_box_around_it_and_keypoints_are_dots(tmp_path: Path) -> None:
    parts = [[20, 20, 60, 20, 40, 60]]
    file = coco(tmp_path / "a.json", bbox=[20, 20, 40, 40], segmentation=parts)
    assert only(drawn(file)).areas == [near([(0.1, 0.2), (0.3, 0.2), (0.2, 0.6)])]
    file = coco(tmp_path / "a.json", bbox=[20, 20, 40, 40], keypoints=[20, 20, 2, 0, 0, 0])
    one = only(drawn(file))
    assert one.dots == near([(0.1, 0.2)])
    assert one.areas == [near(SQUARE)]


def test_labels_of_stored_pixels_are_turned_to_what_is_shown(tmp_path: Path) -> None:
    one = only(drawn(coco(tmp_path / "a.json", bbox=[0, 0, 20, 10]), turn=6))
    xs, ys = zip(*one.areas[0], strict=True)
    assert (min(xs), max(xs)) == pytest.approx((0.9, 1))
    assert (min(ys), max(ys)) == pytest.approx((0, 0.1))


@pytest.mark.parametrize(
    ("kind", "points", "expected"),
    [
        ("rectangle", [[20, 20], [60, 60]], DrawnLabel("dog", areas=[SQUARE])),
        (
            "circle",
            [[100, 50], [120, 50]],
            DrawnLabel("dog", areas=[[(0.4, 0.3), (0.6, 0.3), (0.6, 0.7), (0.4, 0.7)]]),
        ),
        ("line", [[20, 20], [60, 60]], DrawnLabel("dog", lines=[[(0.1, 0.2), (0.3, 0.6)]])),
        ("point", [[20, 20]], DrawnLabel("dog", dots=[(0.1, 0.2)])),
        (
            "linestrip",
            [[0, 0], [100, 0], [100, 50]],
            DrawnLabel("dog", lines=[[(0, 0), (0.5, 0), (0.5, 0.5)]]),
        ),
    ],
)
def test_shapes_of_labelme(
    kind: str, points: list[list[float]], expected: DrawnLabel, tmp_path: Path
) -> None:
    one = only(drawn(labelme(tmp_path / "a.json", kind, points)))
    assert one.areas == [*map(near, expected.areas)]
    assert one.lines == [*map(near, expected.lines)]
    assert one.dots == near(expected.dots)


def test_shapes_of_cvat_and_masks_that_are_only_counted(tmp_path: Path) -> None:
    shapes = (
        '<ellipse label="a" cx="40" cy="40" rx="20" ry="20"/>'
        '<points label="b" points="20,20;60,60"/>'
        '<polyline label="c" points="0,0;100,0;100,50"/>'
        '<mask label="d" rle="0, 4" left="3" top="3" width="2" height="2"/>'
        '<skeleton label="e"><points label="1" points="100,50"/></skeleton>'
    )
    found = drawn(cvat(tmp_path / "a.xml", shapes))
    assert found.undrawn == 1
    assert [one.name for one in found.labels] == ["a", "b", "c", "e"]
    ellipse, points, line, skeleton = found.labels
    assert ellipse.areas == [near(SQUARE)]
    assert points.dots == near([(0.1, 0.2), (0.3, 0.6)])
    assert len(line.lines[0]) == 3
    assert skeleton.dots == near([(0.5, 0.5)])


def test_predictions_that_annotations_began_as_are_not_drawn_twice(tmp_path: Path) -> None:
    value = {"x": 10, "y": 20, "width": 20, "height": 40, "rectanglelabels": ["dog"]}
    region = {"type": "rectanglelabels", "value": value}
    sides = {"original_width": 200, "original_height": 100}
    copied = {"result": [json.loads(json.dumps(region | sides))]}
    annotation = {"result": [region | sides], "prediction": copied}
    tasks = [{"id": 1, "data": {"image": "a.jpg"}, "annotations": [annotation]}]
    (tmp_path / "a.json").write_text(json.dumps(tasks))
    assert only(drawn(tmp_path / "a.json")).areas == [near(SQUARE)]


def test_coordinates_that_become_infinite_are_refused(tmp_path: Path) -> None:
    box = {"bbox": [1e200, 0, 1e200, 1]}
    with pytest.raises(CannotMapError, match="too large"):
        drawn(coco(tmp_path / "a.json", **box), Size(1e-200, 1e-200))
    circle = labelme(tmp_path / "a.json", "circle", [[1e200, 0], [-1e200, 0]])
    assert only(drawn(circle)).areas


def test_labels_beyond_the_limits_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "MOST_POINTS", 8)
    folder = tmp_path / "yolo"
    folder.mkdir()
    (folder / "a.txt").write_text("0 0.2 0.4 0.2 0.4\n" * 5)
    found = drawn(folder)
    assert len(found.labels) == 2
    assert found.beyond == 3
    assert found.labels[0].areas == [near(SQUARE)]
