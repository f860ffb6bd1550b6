"""Labels that are joined into a manifest: where they come to be, and what is refused by name."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from orchestration.blobs.address import Address
from orchestration.labels.document import LabelFileError
from orchestration.labels.formats import open_labels
from orchestration.labels.formats.label_studio import LabelStudio
from orchestration.labels.geometry import Frame
from orchestration.labels.options import Options
from orchestration.manifest.collect import Summary
from orchestration.manifest.form import Form
from orchestration.manifest.forms.azureml import azureml
from orchestration.manifest.forms.label_studio import label_studio
from orchestration.manifest.forms.rows import rows as plain_rows
from orchestration.manifest.label_join import (
    JoinedLabels,
    MixedLabelsError,
    Task,
    join,
    with_counts,
)
from orchestration.manifest.read import read_rows
from orchestration.manifest.row import Row
from orchestration.manifest.save import save
from tests.labels.forms import FORMS, Photo, coco_of
from tests.manifest.test_manifest import STORE, lines

BOX = (10.0, 20.0, 60.0, 45.0)
TRIANGLE = [12.0, 20.0, 90.0, 25.0, 40.0, 60.0]


def rendition(name: str, turn: int = 1) -> Row:
    return Row(name, "0" * 32, 9, 100, 80, "JPEG", f"1000x800 {turn} {turn}", name, "1" * 32)


def joined(
    path: Path, rows: Iterable[Row], frame: Frame | None = None, prefix: str = ""
) -> JoinedLabels:
    _, document = open_labels(path, Options())
    return join(document, rows, prefix, frame)


def coco(path: Path, *photos: Photo, **more: Any) -> Path:
    """Write labels of several photos into one file."""
    made: dict[str, Any] = {"images": [], "annotations": [], "categories": []}
    for at, photo in enumerate(photos):
        one = coco_of(photo)
        made["categories"] = one["categories"]
        made["images"] += [image | {"id": at} for image in one["images"]]
        made["annotations"] += [
            label | {"image_id": at, "id": 100 * at + number} | more
            for number, label in enumerate(one["annotations"])
        ]
    path.write_text(json.dumps(made))
    return path


def azure(folder: Path, rows: list[Row], found: JoinedLabels) -> list[dict[str, Any]]:
    write(folder, rows, azureml(STORE, "", "x", found))
    return lines(folder / "images.jsonl")


def write(folder: Path, rows: list[Row], form: Form) -> int:
    return save(rows, Summary(), form, folder, {})


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_boxes_of_every_form_become_shares_of_the_rendition(form: Any, tmp_path: Path) -> None:
    form.write(tmp_path / "labels", Photo("a.jpg", 100, 80, [BOX]))
    rows = [rendition("a.jpg")]
    found = joined(tmp_path / "labels", rows)
    assert found.not_joined == {}
    (row,) = azure(tmp_path / "out", rows, found)
    (label,) = row["label"]
    name = "boat"
    assert (label["label"], label["isCrowd"]) == (name, 0)
    corners = [label[key] for key in ("topX", "topY", "bottomX", "bottomY")]
    assert corners == pytest.approx([0.1, 0.25, 0.6, 0.5625])


@pytest.mark.parametrize(
    "form", [form for form in FORMS if form.has_polygons], ids=lambda form: form.name
)
def test_polygons_alone_are_for_segmentation_and_among_boxes_become_boxes(
    form: Any, tmp_path: Path
) -> None:
    form.write(tmp_path / "one", Photo("a.jpg", 100, 80, [], [TRIANGLE]))
    form.write(tmp_path / "two", Photo("a.jpg", 100, 80, [BOX], [TRIANGLE]))
    rows = [rendition("a.jpg")]
    (row,) = azure(tmp_path / "out", rows, joined(tmp_path / "one", rows))
    shares = [0.12, 0.25, 0.9, 0.3125, 0.4, 0.75]
    (part,) = row["label"][0].pop("polygon")
    assert part == pytest.approx(shares)
    assert row["label"] == [{"label": "tree", "isCrowd": 0}]
    (row,) = azure(tmp_path / "out", rows, joined(tmp_path / "two", rows))
    around = next(one for one in row["label"] if one["label"] == "tree")
    corners = [around[key] for key in ("topX", "topY", "bottomX", "bottomY")]
    assert corners == pytest.approx([0.12, 0.25, 0.9, 0.75])


def test_what_reaches_beyond_the_edges_is_cut_there(tmp_path: Path) -> None:
    beyond = Photo("a.jpg", 100, 80, [(-10.0, 20.0, 60.0, 90.0), (101.0, 0.0, 120.0, 10.0)])
    rows = [rendition("a.jpg")]
    (row,) = azure(tmp_path / "out", rows, joined(coco(tmp_path / "in", beyond), rows))
    (label,) = row["label"]
    assert [label[key] for key in ("topX", "topY", "bottomX", "bottomY")] == [0.0, 0.25, 0.6, 1.0]


def test_classes_of_photos_are_one_each_or_lists(tmp_path: Path) -> None:
    rows = [rendition("a.jpg"), rendition("b.jpg")]
    path = tmp_path / "labels.jsonl"
    cases: list[tuple[Any, list[Any]]] = [
        ("boat", ["boat", "tree"]),
        (["boat", "sea"], [["boat", "sea"], ["tree"]]),
    ]
    for several, expected in cases:
        labels = [several, "tree"]
        facts = [{"image_url": n, "label": one} for n, one in zip("ab", labels, strict=True)]
        for one in facts:
            one["image_url"] += ".jpg"
        path.write_text("".join(json.dumps(one) + "\n" for one in facts))
        made = azure(tmp_path / "out", rows, joined(path, rows))
        assert [row["label"] for row in made] == expected
    mixed = [{"image_url": "a.jpg", "label": "boat"},
             {"image_url": "b.jpg", "label": [{"label": "x", "topX": 0, "topY": 0, "bottomX": 1,
                                              "bottomY": 1}]}]  # fmt: skip
    path.write_text("".join(json.dumps(one) + "\n" for one in mixed))
    with pytest.raises(MixedLabelsError, match=r"a\.jpg"):
        azureml(STORE, "", "x", joined(path, rows))


def test_names_that_match_no_rendition_or_two_are_listed(tmp_path: Path) -> None:
    made = [Photo(name, 100, 80, [BOX]) for name in ("a.jpg", "gone.jpg", "same.jpg")]
    rows = [rendition(name) for name in ("1/same.jpg", "2/same.jpg", "a.jpg", "b.jpg")]
    found = joined(coco(tmp_path / "in", *made), rows)
    assert found.by_name.keys() == {"a.jpg"}
    assert "matches no photo" in found.not_joined["gone.jpg"]
    assert "by FOLDERS" in found.not_joined["same.jpg"]
    # Training takes rows with labels alone.
    assert write(tmp_path / "out", rows, azureml(STORE, "", "x", found)) == 3
    path = coco(tmp_path / "in", Photo("mine/a.jpg", 100, 80, [BOX]))
    assert joined(path, rows, prefix="mine/").by_name.keys() == {"a.jpg"}


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"segmentation": {"size": [80, 100], "counts": [8000]}}, "a mask"),
        ({"keypoints": [1, 2, 2]}, "1 keypoints"),
        ({"iscrowd": 1}, "'crowd'"),
        ({"attributes": {"rotation": 30}}, "rotated"),
    ],
)
def test_labels_that_are_neither_boxes_nor_polygons_are_refused_by_name(
    more: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    path = coco(tmp_path / "in", Photo("a.jpg", 100, 80, [BOX]), **more)
    found = joined(path, [rendition("a.jpg")])
    assert (found.by_name, reason in found.not_joined["a.jpg"]) == ({}, True)


@pytest.mark.parametrize("kind", ["polyline", "points", "skeleton", "cuboid", "ellipse", "mask"])
def test_shapes_of_cvat_that_only_look_like_polygons_are_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "in.xml"
    path.write_text(
        "<annotations><version>1.1</version><image id='0' name='a.jpg' width='100' height='80'>"
        f"<{kind} label='boat' points='1,2;30,4;5,60'/></image></annotations>"
    )
    found = joined(path, [rendition("a.jpg")])
    assert kind in found.not_joined["a.jpg"]


def test_a_picture_of_another_shape_or_of_no_known_turn_is_refused(tmp_path: Path) -> None:
    path = coco(tmp_path / "in", Photo("a.jpg", 100, 100, [BOX]))
    assert "aspect ratio" in joined(path, [rendition("a.jpg")]).not_joined["a.jpg"]
    path = coco(tmp_path / "in", Photo("a.jpg", 100, 80, [BOX]))
    old = Row("a.jpg", "0" * 32, 9, 100, 80, "JPEG", "", "a.jpg", "1" * 32)
    assert "recorded no rotation" in joined(path, [old]).not_joined["a.jpg"]


def test_a_turn_moves_labels_to_what_is_shown_and_is_left_out_of_a_table(tmp_path: Path) -> None:
    rows = [rendition("a.jpg", 6)]
    stored = joined(coco(tmp_path / "in", Photo("a.jpg", 100, 80, [BOX])), rows)
    shown = joined(coco(tmp_path / "in", Photo("a.jpg", 80, 100, [(35.0, 10.0, 60.0, 60.0)])), rows)
    boxes = [found.by_name["a.jpg"][0].box for found in (stored, shown)]
    assert boxes[0] == pytest.approx(boxes[1])
    assert write(tmp_path / "out", rows, azureml(STORE, "", "x", shown)) == 1
    form = label_studio(Address("/p", "resized"), shown)
    write(tmp_path / "out", rows, form)
    ((task),) = json.loads((tmp_path / "out" / "tasks.json").read_text())
    (region,) = task["predictions"][0]["result"]
    assert (region["original_width"], region["original_height"]) == (80, 100)
    value = [region["value"][key] for key in ("x", "y", "width", "height")]
    assert value == pytest.approx([43.75, 10.0, 31.25, 50.0])


def test_predictions_are_read_back_as_labels(tmp_path: Path) -> None:
    rows = [rendition("a.jpg"), rendition("b.jpg")]
    path = coco(tmp_path / "in", Photo("a.jpg", 100, 80, [BOX], [TRIANGLE]))
    write(tmp_path, rows, label_studio(Address("/p", "resized"), joined(path, rows)))
    first, second = json.loads((tmp_path / "tasks.json").read_text())
    assert "predictions" not in second
    again = joined(tmp_path / "tasks.json", rows).by_name["a.jpg"]
    assert [one.name for one in again] == ["boat", "tree"]
    assert again[0].box == pytest.approx((0.1, 0.25, 0.6, 0.5625))
    assert again[1].polygons[0] == pytest.approx([0.12, 0.25, 0.9, 0.3125, 0.4, 0.75])
    assert {one["from_name"] for one in first["predictions"][0]["result"]} == {"label", "polygon"}


def test_the_list_counts_labels_by_class_and_is_read_back(tmp_path: Path) -> None:
    rows = [rendition("a.jpg"), rendition("b.jpg")]
    found = joined(coco(tmp_path / "in", Photo("a.jpg", 100, 80, [BOX, BOX], [TRIANGLE])), rows)
    write(tmp_path, [*with_counts(rows, found)], plain_rows())
    assert [row.labels for row in read_rows(tmp_path)] == [{"boat": 2, "tree": 1}, None]
    assert "labels" not in lines(tmp_path / "renditions.jsonl")[1]


def test_other_labels_are_another_version_of_the_table(tmp_path: Path) -> None:
    rows, versions = [rendition("a.jpg")], set[str]()
    for right in (60.0, 60.0, 61.0):
        made = Photo("a.jpg", 100, 80, [(10.0, 20.0, right, 45.0)])
        azure(tmp_path / "out", rows, joined(coco(tmp_path / "in", made), rows))
        versions.add((tmp_path / "out" / "data.yml").read_text())
    assert len(versions) == 2


def test_a_task_that_names_two_photos_is_refused(tmp_path: Path) -> None:
    data = {"image": "azure-blob://small/a%20b.jpg", "name": "a b.jpg", "other": "c.jpg"}
    (tmp_path / "tasks.json").write_text(json.dumps([{"data": data}]))
    with pytest.raises(LabelFileError, match="has 3 photos"):
        open_labels(tmp_path / "tasks.json", Options())
    del data["other"]
    (tmp_path / "tasks.json").write_text(json.dumps([{"data": data}]))
    _, document = open_labels(tmp_path / "tasks.json", Options())
    assert [photo.name for photo in document.photos()] == ["azure-blob://small/a%20b.jpg"]


def studio(path: Path, *tasks: dict[str, Any]) -> Path:
    path.write_text(json.dumps([{"id": at, **task} for at, task in enumerate(tasks)]))
    return path


def answer(*classes: str, **more: Any) -> dict[str, Any]:
    """An annotation of Label Studio that chooses classes of a photo."""
    value = {"choices": [*classes]}
    return {"result": [{"type": "choices", "to_name": "image", "value": value}], **more}


def joined_studio(path: Path, rows: Iterable[Row]) -> JoinedLabels:
    _, document = open_labels(path, Options())
    assert isinstance(document, LabelStudio)
    document.keep_valid()
    return join(document, rows)


def test_classes_of_photos_of_label_studio_and_cvat_become_a_table(tmp_path: Path) -> None:
    rows = [rendition("a.jpg"), rendition("b.jpg"), rendition("c.jpg")]
    path = studio(
        tmp_path / "studio",
        {"data": {"image": "a.jpg"}, "annotations": [answer("cat")]},
        {"data": {"image": "b.jpg"}, "annotations": [answer("dog", "cat")]},
    )
    (tmp_path / "cvat").write_text(
        '<annotations><version>1.1</version><image name="a.jpg" width="100" height="80">'
        '<tag label="cat"/></image><image name="b.jpg" width="100" height="80">'
        '<tag label="dog"/><tag label="cat"/></image><image name="c.jpg" width="100" height="80"/>'
        "</annotations>"
    )
    for found in (joined_studio(path, rows), joined(tmp_path / "cvat", rows)):
        made = azure(tmp_path / "out", rows, found)
        assert [row["label"] for row in made] == [["cat"], ["dog", "cat"]]
        assert (found.task, found.tags_beside) == (Task.CLASSES, 0)
        written = tmp_path / "tasks"
        write(written, rows, label_studio(Address("/p", "resized"), found))
        tasks = json.loads((written / "tasks.json").read_text())
        assert tasks[1]["predictions"][0]["result"][0]["value"] == {"choices": ["dog", "cat"]}


def test_tags_next_to_boxes_are_no_part_of_a_table_of_boxes(tmp_path: Path) -> None:
    (tmp_path / "cvat").write_text(
        '<annotations><version>1.1</version><image name="a.jpg" width="100" height="80">'
        '<box label="boat" xtl="10" ytl="20" xbr="60" ybr="45"/><tag label="sharp"/></image>'
        '<image name="b.jpg" width="100" height="80"><tag label="sharp"/></image></annotations>'
    )
    rows = [rendition("a.jpg"), rendition("b.jpg")]
    found = joined(tmp_path / "cvat", rows)
    assert (found.task, found.tags_beside) == (Task.BOXES, 2)
    assert [len(row["label"]) for row in azure(tmp_path / "out", rows, found)] == [1, 0]


def test_only_valid_annotations_of_label_studio_are_joined(tmp_path: Path) -> None:
    """Cancelled ones, predictions and drafts are not, nor one of two people who differ."""
    box = {"x": 10, "y": 25, "width": 50, "height": 31.25, "rotation": 0}
    region = {"type": "rectanglelabels", "id": "r", "original_width": 100, "original_height": 80}
    boat = {**region, "value": {**box, "rectanglelabels": ["boat"]}}
    asked = {**region, "type": "choices", "value": {**box, "choices": ["sharp"]}}
    loose = {**region, "type": "rectangle", "id": "s", "value": box}
    one, other = answer("cat"), answer("dog")
    path = studio(
        tmp_path / "studio",
        {
            "data": {"image": "a.jpg"},
            "annotations": [{"result": [boat, asked]}, answer("x", was_cancelled=True)],
            "predictions": [other],
        },
        {"data": {"image": "b.jpg"}, "annotations": [one, other]},
        {"data": {"image": "c.jpg"}, "annotations": [], "predictions": [one], "drafts": [one]},
        {"data": {"image": "d.jpg"}, "annotations": [{"result": [boat, loose]}]},
    )
    rows = [rendition(f"{name}.jpg") for name in "abcd"]
    found = joined_studio(path, rows)
    ((name, (label,)),) = found.by_name.items()
    assert (name, label.name) == ("a.jpg", "boat")
    assert label.box == pytest.approx((0.1, 0.25, 0.6, 0.5625))
    assert {name: reason[:22] for name, reason in found.not_joined.items()} == {
        "b.jpg": "it has 2 annotations, ",
        "c.jpg": "it has no annotation",
        "d.jpg": "it has a label of the ",
    }
