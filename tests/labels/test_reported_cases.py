"""Twelve cases that users of labelling tools reported, each with where it was reported."""

import json
from pathlib import Path
from typing import Any

import pytest

from orchestration.labels.convert import Frames
from orchestration.labels.document import OptionError
from orchestration.labels.geometry import Frame, Geometry, Size
from orchestration.labels.masks import counts_of
from orchestration.labels.options import VocOrigin
from orchestration.labels.pairs import Way
from tests.labels.forms import FORMS, Photo, coco_of
from tests.labels.mapping_files import converted

# A phone held upright: stored lying, and shown by turn 6; the rendition keeps the turn.
PHONE = Geometry(Size(4000, 3000), 6, Size(1000, 750), 6)
UPRIGHT = Geometry(Size(4000, 3000), 6, Size(750, 1000), 1)
BY_NAME = {form.name: form for form in FORMS}


def coco(path: Path, photo: Photo, **changed: Any) -> Path:
    path.write_text(json.dumps({**coco_of(photo), **changed}))
    return path


def read(path: Path) -> Any:
    return json.loads(path.read_text())


def reasons(findings: list[Any]) -> str:
    return " | ".join(f"{one.kind}: {one.reason}" for one in findings)


def test_1_coco_export_has_width_and_height_swapped_and_boxes_as_shown(tmp_path: Path) -> None:
    """HumanSignal/label-studio 6608."""
    swapped = Photo("a.jpg", 1000, 750, [(10, 800, 700, 990)])  # reaches below 750
    made = coco(tmp_path / "in", swapped, info={"contributor": "Label Studio"})
    summary, _ = converted(made, tmp_path / "out", PHONE)
    (image,) = read(tmp_path / "out")["images"]
    assert (image["width"], image["height"]) == (3000, 4000)
    assert read(tmp_path / "out")["annotations"][0]["bbox"] == pytest.approx([40, 3200, 2760, 760])
    assert (summary.mapped, summary.outside) == (1, 0)
    # If the tool is unknown, boxes outside of their picture are reported.
    _, findings = converted(coco(tmp_path / "in", swapped), tmp_path / "out", PHONE)
    assert "1 label beyond the edges" in reasons(findings)


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("frame", Frame)
def test_2_labels_of_portrait_photos_are_off_by_a_turn(
    turn: int, frame: Frame, tmp_path: Path
) -> None:
    """cvat-ai/cvat 733, 738 and 1059: old exports are in the stored frame, new ones as shown."""
    geometry = Geometry(Size(4000, 3000), turn, Size(1000, 750), turn)
    sides = geometry.rendition_sides(frame)
    made = coco(tmp_path / "in", Photo("a.jpg", *sides, [(10, 20, 110, 220)]))
    converted(made, tmp_path / "out", geometry, frames=frame)
    found = read(tmp_path / "out")
    assert found["annotations"][0]["bbox"] == pytest.approx([40, 80, 400, 800])
    assert Size(*(found["images"][0][key] for key in ("width", "height"))) == (
        geometry.photo_sides(frame)
    )
    other = {Frame.SHOWN: Frame.STORED, Frame.STORED: Frame.SHOWN}[frame]
    converted(made, tmp_path / "out", geometry, frames=Frames(frame, other))
    if turn != 1:
        assert read(tmp_path / "out")["annotations"][0]["bbox"] != pytest.approx([40, 80, 400, 800])


def test_3_masks_of_turned_files_do_not_match(tmp_path: Path) -> None:
    """wkentaro/labelme 1529: drawn as shown, read as stored."""
    # 6 wide and 8 high as shown: the lowest row of the left column is set.
    columns: list[list[tuple[int, int]]] = [[(7, 8)], [], [], [], [], []]
    mask = {"size": [8, 6], "counts": counts_of(columns, 8)}
    annotation = {"id": 1, "image_id": 5, "category_id": 3, "segmentation": mask}
    made = coco(tmp_path / "in", Photo("a.jpg", 6, 8), annotations=[annotation])
    geometry = Geometry(Size(8, 6), 6, Size(8, 6), 6)
    converted(made, tmp_path / "out", geometry, frames=Frames(Frame.SHOWN, Frame.STORED))
    found = read(tmp_path / "out")["annotations"][0]["segmentation"]
    # Turn 6 shows what is stored at the lower right at the lower left.
    assert found["size"] == [6, 8]
    assert found["counts"] == counts_of([[], [], [], [], [], [], [], [(5, 6)]], 6)


def test_4_labels_are_right_only_where_the_turn_is_applied(tmp_path: Path) -> None:
    """ultralytics/ultralytics 23630: it reports the number of mapped files with a rotation."""
    form = BY_NAME["yolo"]
    form.write(tmp_path / "in", Photo("a.jpg", 750, 1000, [(75, 100, 150, 500)]))
    summary, _ = converted(tmp_path / "in", tmp_path / "out", PHONE, frames=Frame.SHOWN)
    assert (summary.turned, dict(summary.frames)) == (1, {"shown": 1})
    # The file does not define it, so it is not guessed.
    refused, findings = converted(tmp_path / "in", tmp_path / "none", PHONE)
    assert refused.not_mapped == 1
    assert "set --frame shown or --frame stored" in reasons(findings)


def test_5_boxes_are_transposed_for_phone_photos(tmp_path: Path) -> None:
    """dotnet/machinelearning 6592, microsoft/VoTT 840: boxes on stored pixels."""
    made = coco(tmp_path / "in", Photo("a.jpg", 1000, 750, [(10, 20, 110, 220)]))
    to_shown = Frames(Frame.STORED, Frame.SHOWN)
    converted(made, tmp_path / "out", PHONE, frames=to_shown)
    assert read(tmp_path / "out")["annotations"][0]["bbox"] == pytest.approx([2120, 40, 800, 400])


def test_6_photos_were_scaled_after_import_and_annotations_were_not(tmp_path: Path) -> None:
    """jsbroks/coco-annotator 359: the file's own sides count, and that is said."""
    made = coco(tmp_path / "in", Photo("a.jpg", 500, 375, [(10, 20, 110, 220)]))
    geometry = Geometry(Size(4000, 3000), 1, Size(1000, 750), 1)
    summary, findings = converted(made, tmp_path / "out", geometry)
    assert read(tmp_path / "out")["annotations"][0]["bbox"] == pytest.approx([80, 160, 800, 1600])
    assert summary.mapped == 1
    assert "labelled at 500x375 px, but the rendition now has 1000x750 px" in reasons(findings)


def test_7_boxes_fit_after_a_resize_and_polygons_do_not(tmp_path: Path) -> None:
    """ryouchinsa/Rectlabel-support 277: all of a label moves."""
    annotation = {
        "id": 1, "image_id": 5, "category_id": 3, "bbox": [10, 20, 30, 40], "area": 600.0,
        "segmentation": [[10, 20, 40, 20, 40, 60]], "num_keypoints": 2,
        "keypoints": [10, 20, 2, 0, 0, 0, 40, 60, 1],
    }  # fmt: skip
    made = coco(tmp_path / "in", Photo("a.jpg", 1000, 750), annotations=[annotation])
    converted(made, tmp_path / "out", Geometry(Size(4000, 3750), 1, Size(1000, 750), 1))
    assert read(tmp_path / "out")["annotations"] == [
        {
            **annotation, "bbox": [40, 100, 120, 200], "area": 12_000.0,
            "segmentation": [[40, 100, 160, 100, 160, 300]],
            "keypoints": [40, 100, 2, 0, 0, 0, 160, 300, 1],
        }
    ]  # fmt: skip


def test_8_labelled_and_another_size_is_wanted(tmp_path: Path) -> None:
    """wkentaro/labelme 787, cvat-ai/cvat 3936: there, and to a rendition of another size."""
    made = coco(tmp_path / "in", Photo("a.jpg", 750, 1000, [(10, 20, 110, 220)]))
    converted(made, tmp_path / "raw", UPRIGHT)
    smaller = Geometry(Size(4000, 3000), 6, Size(375, 500), 1)
    converted(tmp_path / "raw", tmp_path / "out", smaller, Way.TO_RESIZED)
    assert read(tmp_path / "out")["annotations"][0]["bbox"] == pytest.approx([5, 10, 50, 100])


def test_9_coco_of_azure_ml_is_in_shares(tmp_path: Path) -> None:
    """swatig007/automlForImages 27: decided for a file as a whole; a mixed file is refused."""
    shares = Photo("a.jpg", 1000, 750, [(0.1, 0.2, 0.3, 0.6)])
    made = coco(tmp_path / "in", shares)
    geometry = Geometry(Size(4000, 3000), 1, Size(1000, 750), 1)
    converted(made, tmp_path / "out", geometry)
    found = read(tmp_path / "out")
    assert found["annotations"][0]["bbox"] == pytest.approx([0.1, 0.2, 0.2, 0.4])
    assert found["images"][0]["width"] == 4000
    # A box of the first pixel alone is one of pixels among others.
    pixels = coco(tmp_path / "in", Photo("a.jpg", 1000, 750, [(0, 0, 1, 1), (5, 6, 7, 8)]))
    converted(pixels, tmp_path / "out", geometry)
    assert read(tmp_path / "out")["annotations"][0]["bbox"] == pytest.approx([0, 0, 4, 4])
    mixed = coco(tmp_path / "in", Photo("a.jpg", 1000, 750, [(0.1, 0.2, 0.3, 0.6), (5, 6, 7, 8)]))
    with pytest.raises(OptionError, match=r"fractions .* \(1\), .* pixels \(1\)"):
        converted(mixed, tmp_path / "out", geometry)


def test_10_percents_times_100_and_sides_of_another_photo(tmp_path: Path) -> None:
    """HumanSignal/label-studio 2702 and 4235: reported by name, and never cut without a message."""
    form = BY_NAME["label-studio"]
    geometry = Geometry(Size(4000, 3000), 1, Size(1000, 750), 1)
    form.write(tmp_path / "in", Photo("a.jpg", 1000, 750, [(10_000, 7_500, 20_000, 30_000)]))
    summary, findings = converted(tmp_path / "in", tmp_path / "out", geometry)
    assert (summary.mapped, summary.outside) == (1, 1)
    assert [one.name for one in findings] == ["/data/upload/3/0123abcd-a.jpg"]
    assert "1 label beyond the edges of the picture" in reasons(findings)
    (box,) = form.read(tmp_path / "out", Photo("a.jpg", 4000, 3000)).boxes
    assert box == pytest.approx((40_000, 30_000, 80_000, 120_000))
    form.write(tmp_path / "in", Photo("a.jpg", 800, 800, [(1, 2, 3, 4)]))
    summary, findings = converted(tmp_path / "in", tmp_path / "out", geometry)
    assert summary.not_mapped == 1
    assert "which is not the aspect ratio of the file's 1000x750 px" in reasons(findings)


@pytest.mark.parametrize(
    "written",
    ["images\\a.jpg", "./a.jpg", "/data/upload/7/0a1b2c3d-a.jpg", "https://h/c/a.jpg?sv=1&sig=2"],
)
def test_11_names_with_backslashes_prefixes_and_hashes(written: str, tmp_path: Path) -> None:
    """HumanSignal/label-studio 7294: which names are understood; test_names has the rest."""
    made = coco(tmp_path / "in", Photo(written, 1000, 750, [(1, 2, 3, 4)]))
    summary, _ = converted(made, tmp_path / "out", Geometry(Size(8, 6), 1, Size(4, 3), 1))
    assert summary.mapped == 1
    assert read(tmp_path / "out")["images"][0]["file_name"] == written


def voc(path: Path, start: str, end: str) -> Path:
    corners = "".join(
        f"<{name}>{number}</{name}>"
        for name, number in zip(
            ("xmin", "ymin", "xmax", "ymax"), [start] * 2 + [end] * 2, strict=True
        )
    )
    path.write_text(
        f"<annotation><filename>a.jpg</filename><size><width>100</width><height>100</height></size>"
        f"<object><name>x</name><bndbox>{corners}</bndbox></object></annotation>"
    )
    return path


def test_12_pascal_voc_is_off_by_one(tmp_path: Path) -> None:
    """cocodataset/cocoapi 5, facebookresearch/maskrcnn-benchmark 210."""
    geometry = Geometry(Size(1000, 1000), 1, Size(100, 100), 1)

    def mapped(start: str, end: str, origin: VocOrigin = VocOrigin.AUTO) -> list[str]:
        made = voc(tmp_path / "in", start, end)
        converted(made, tmp_path / "out", geometry, voc_origin=origin)
        text = (tmp_path / "out").read_text()
        return [text.partition(f"<{name}>")[2].partition("<")[0] for name in ("xmin", "xmax")]

    assert mapped("1", "100") == ["1", "1000"]  # all of the photo, by the definition
    assert mapped("11", "20") == ["101", "200"]
    assert mapped("11", "20", VocOrigin.ZERO) == ["110", "200"]
    assert mapped("0", "20") == ["0", "200"]  # a box that begins at 0 decides it
    assert mapped("10.5", "20.25") == ["96.0", "202.5"]
    # Whole numbers stay whole, and are rounded outward.
    geometry = Geometry(Size(105, 105), 1, Size(100, 100), 1)
    assert mapped("12", "23") == ["12", "25"]


def test_an_export_of_label_studio_names_predictions_by_their_ids(tmp_path: Path) -> None:
    """As Label Studio 1.23.2 exports a task whose annotation began as a prediction."""
    form = next(one for one in FORMS if one.name == "label-studio")
    form.write(tmp_path / "in", Photo("a.jpg", 40, 30, [(10, 5, 30, 20)]))
    tasks = json.loads((tmp_path / "in").read_text())
    tasks[0] |= {"predictions": [1, 2], "drafts": [7], "inner_id": 1, "file_upload": None}
    (annotation,) = tasks[0]["annotations"]
    annotation["prediction"] = {"id": 2, "result": json.loads(json.dumps(annotation["result"]))}
    (tmp_path / "in").write_text(json.dumps(tasks))
    summary, _ = converted(
        tmp_path / "in", tmp_path / "out", Geometry(Size(80, 60), 1, Size(40, 30), 1)
    )
    assert (summary.mapped, summary.labels) == (1, 2)  # a box, and a class of the whole photo
    (made,) = form.read(tmp_path / "out", Photo("a.jpg", 80, 60)).boxes
    assert made == pytest.approx((20, 10, 60, 40))
    assert json.loads((tmp_path / "out").read_text())[0]["predictions"] == [1, 2]
    (annotation,) = json.loads((tmp_path / "out").read_text())[0]["annotations"]
    assert annotation["prediction"] == {"id": 2, "result": annotation["result"]}
