"""`photo-mirror labels` on a mirror: what is mapped, what is refused, by which name and why."""

import json
from pathlib import Path
from typing import Any

import pytest

from orchestration.cli.labels import labels
from orchestration.labels.formats import TITLES
from orchestration.mirror.stamp import CHECKSUM, GEOMETRY, PREFIX
from tests.cli.conftest import Places
from tests.labels.forms import FORMS, Photo
from tests.mirror.test_geometry_in_stamps import turned
from tests.noise_photos import photo
from tests.resize_core.sample_files import picture, saved

CVAT = next(form for form in FORMS if form.name == "cvat")
# Photos of 96x64 px whose turn shows them as 64x96.
NAMES = [f"2024/{at}.jpg" for at in range(4)]


@pytest.fixture
def mirrored(places: Places, monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.setenv("PHOTO_MIRROR_MAX_SIDE", "70")
    for name in NAMES:
        places.put(name, turned(6))
    places.mirror()
    return places


def coco(path: Path, boxes: dict[str, list[float]], sides: tuple[float, float]) -> Path:
    images = [
        {"id": at, "file_name": name, "width": int(sides[0]), "height": int(sides[1])}
        for at, name in enumerate(boxes)
    ]
    annotations = [
        {"id": at, "image_id": at, "category_id": 1, "bbox": box}
        for at, box in enumerate(boxes.values())
    ]
    path.write_text(json.dumps({"images": images, "annotations": annotations, "mine": 1}))
    return path


def boxes_of(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text())
    names = {image["id"]: image["file_name"] for image in found["images"]}
    return {names[one["image_id"]]: one["bbox"] for one in found["annotations"]}


def shown_sides(places: Places, name: str = NAMES[0]) -> tuple[float, float]:
    """The sides of a rendition that is shown by turn 6."""
    width, height = places.rendition(name).metadata[PREFIX + "sides"].split("x")
    return float(height), float(width)


def test_labels_go_to_the_photos_and_back(mirrored: Places, tmp_path: Path) -> None:
    wide, high = shown_sides(mirrored)
    assert (wide, high) == (47, 70)
    made = coco(
        tmp_path / "in", {name: [0, high / 2, wide, high / 4] for name in NAMES}, (wide, high)
    )
    before = mirrored.state() if mirrored.folder is None else None
    code, told = mirrored.told("labels", "to-raw", str(made), "-o", str(tmp_path / "on-raw"))
    assert (code, told[-1]["total"]["mapped"], told[-1]["total"]["turned"]) == (0, 4, 4)
    for box in boxes_of(tmp_path / "on-raw").values():
        assert box == pytest.approx([0, 48, 64, 24])
    ran = mirrored.invoke(
        "labels", "to-resized", str(tmp_path / "on-raw"), "-o", str(tmp_path / "back")
    )
    assert ran.exit_code == 0
    assert "4 of 4 photos mapped, with 4 labels" in ran.stdout
    assert "as shown" in ran.stdout
    for name, box in boxes_of(tmp_path / "back").items():
        assert box == pytest.approx(boxes_of(made)[name], abs=1e-9)
    if before is not None:
        assert mirrored.state() == before


def test_an_old_stamp_does_for_which_both_files_are_read(mirrored: Places, tmp_path: Path) -> None:
    sides = shown_sides(mirrored)
    made = coco(tmp_path / "in", {NAMES[0]: [1, 2, 3, 4], NAMES[1]: [1, 2, 3, 4]}, sides)
    held = mirrored.rendition(NAMES[0])
    old = {key: value for key, value in held.metadata.items() if key not in {GEOMETRY, CHECKSUM}}
    mirrored.resized.restamp(NAMES[0], held.etag, old)
    code, _ = mirrored.told("labels", "to-raw", str(made), "-o", str(tmp_path / "out"))
    found = boxes_of(tmp_path / "out")
    assert code == 0
    assert found[NAMES[0]] == found[NAMES[1]] != [1, 2, 3, 4]


def test_what_cannot_be_mapped_is_named_with_its_reason(mirrored: Places, tmp_path: Path) -> None:
    mirrored.put("2024/new.jpg", photo(1))
    mirrored.put("other/0.jpg", photo(2))
    mirrored.put(NAMES[1], turned(6, quality=95))
    gone = next(mirrored.photos.list(NAMES[2]))
    mirrored.photos.delete(NAMES[2], gone.etag)
    held = mirrored.rendition(NAMES[3])
    mirrored.resized.restamp(NAMES[3], held.etag, {})
    names = [*NAMES, "2024/new.jpg", "0.jpg", "2024/none.jpg"]
    made = coco(tmp_path / "in", {name: [1, 2, 3, 4] for name in names}, shown_sides(mirrored))
    code, told = mirrored.told("labels", "to-raw", str(made), "-o", str(tmp_path / "out"))
    assert code == 1
    assert (told[-1]["total"]["mapped"], told[-1]["total"]["not_mapped"]) == (2, 5)
    reasons = {one["name"]: one["reason"] for one in told[:-1] if one["kind"] == "not mapped"}
    for name, reason in {
        NAMES[1]: "changed after its rendition was made",
        NAMES[3]: "was not created by photo-mirror; see photo-mirror adopt",
        "2024/new.jpg": "has no rendition yet; run photo-mirror first",
        "0.jpg": "it may be '2024/0.jpg', 'other/0.jpg'; set the folder by --folder",
        "2024/none.jpg": "matches no photo in the container",
    }.items():
        assert reason in reasons[name]
    notes = {one["name"]: one["reason"] for one in told[:-1] if one["kind"] == "note"}
    assert notes == {NAMES[2]: "its photo no longer exists; mapped to its former size"}
    # What was not mapped is not in what was written.
    assert list(boxes_of(tmp_path / "out")) == [NAMES[0], NAMES[2]]
    code, told = mirrored.told(
        "labels", "check", str(made), "--folder", "2024", "--even-if-changed"
    )
    assert code == 1
    left = {one["name"] for one in told[:-1] if one["kind"] == "not mapped"}
    assert left == {NAMES[3], "2024/new.jpg", "2024/none.jpg"}


def test_a_changed_photo_is_mapped_only_with_unchanged_sides_and_turn(
    mirrored: Places, tmp_path: Path
) -> None:
    mirrored.put(NAMES[0], turned(6, quality=95))
    mirrored.put(NAMES[1], turned(8))
    mirrored.put(NAMES[2], turned(6, sides=(90, 64)))
    made = coco(tmp_path / "in", {name: [1, 2, 3, 4] for name in NAMES}, shown_sides(mirrored))
    code, told = mirrored.told("labels", "check", str(made), "--even-if-changed")
    assert code == 1
    assert {one["name"] for one in told[:-1]} == {NAMES[1], NAMES[2]}
    assert "and its width, height or rotation changed" in told[0]["reason"]


def test_a_refused_photo_is_listed_with_its_reason(places: Places, tmp_path: Path) -> None:
    places.put("a.jpg", photo(1))
    places.put("broken.jpg", b"no photo")
    places.mirror()
    made = coco(tmp_path / "in", {"broken.jpg": [1, 2, 3, 4]}, (10, 10))
    code, told = places.told("labels", "check", str(made), "--to", "resized")
    assert code == 1
    assert told[0]["reason"].startswith("its photo is refused: ")
    assert "not a photo" in told[0]["reason"]


def test_a_rendition_of_another_name_is_called_as_its_photo(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOTO_MIRROR_ACCEPTS", "jpeg")
    places.put("x/a.png", saved(picture(), "PNG"))
    places.mirror()
    wide, high = map(int, places.rendition("x/a.png.jpg").metadata[PREFIX + "sides"].split("x"))
    CVAT.write(tmp_path / "in", Photo("x/a.png.jpg", wide, high, [(0, 0, wide, high)]))
    assert (
        places.invoke("labels", "to-raw", str(tmp_path / "in"), "-o", str(tmp_path / "o")).exit_code
        == 0
    )
    found = CVAT.read(tmp_path / "o", Photo("", 0, 0))
    assert found.name == "x/a.png"
    assert found.boxes == [(0, 0, *picture().size)]
    back = places.invoke("labels", "to-resized", str(tmp_path / "o"), "-o", str(tmp_path / "back"))
    assert back.exit_code == 0
    assert CVAT.read(tmp_path / "back", Photo("", 0, 0)).name == "x/a.png.jpg"


WRONG = {
    "is not JSON": (["FILE", "-o", "OUT"], "{"),
    "is not in a known format": (["FILE", "-o", "OUT"], "[]"),
    "is not XML": (["FILE", "-o", "OUT", "--form", "cvat"], "{}"),
    "YOLO labels are a folder": (["FILE", "-o", "OUT", "--form", "yolo"], "{}"),
    "choose another output": (["FILE", "-o", "FILE"], ""),
    "is an existing folder": (["FILE", "-o", "."], ""),
    "--sheet FILE would replace labels": (["FILE", "-o", "OUT", "--sheet", "FILE"], ""),
    "--sheet OUT would replace labels": (["FILE", "-o", "OUT", "--sheet", "./OUT"], ""),
    "not written to standard output": (["FILE", "-o", "-"], ""),
    "is not one of": (["FILE", "-o", "OUT", "--frame", "sideways"], ""),
    "Missing option '-o'": (["FILE"], ""),
    "does not exist": (["none.json", "-o", "OUT"], ""),
    "neither container has": (["FILE", "-o", "OUT", "--folder", "2025"], ""),
}


@pytest.mark.parametrize("message", WRONG)
def test_invalid_usage_is_reported_with_exit_code_2(
    mirrored: Places, tmp_path: Path, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments, text = WRONG[message]
    monkeypatch.chdir(tmp_path)
    coco(tmp_path / "FILE", {NAMES[0]: [1, 2, 3, 4]}, shown_sides(mirrored))
    if text:
        (tmp_path / "FILE").write_text(text)
    before = (tmp_path / "FILE").read_bytes()
    ran = mirrored.invoke("labels", "to-raw", *arguments)
    assert ran.exit_code == 2
    assert message in ran.output
    assert (tmp_path / "FILE").read_bytes() == before
    assert not (tmp_path / "OUT").exists()


def test_where_nothing_can_be_mapped_nothing_is_written(mirrored: Places, tmp_path: Path) -> None:
    made = coco(tmp_path / "in", {"none.jpg": [1, 2, 3, 4]}, (10, 10))
    ran = mirrored.invoke("labels", "to-raw", str(made), "-o", str(tmp_path / "out"))
    assert ran.exit_code == 1
    assert "was not written" in ran.stdout
    assert not (tmp_path / "out").exists()


def test_a_folder_is_written_whole_into_an_empty_one(mirrored: Places, tmp_path: Path) -> None:
    yolo = next(form for form in FORMS if form.name == "yolo")
    yolo.write(tmp_path / "in", Photo("0.jpg", 60, 90, [(10, 20, 30, 40)]))
    arguments = ["labels", "to-raw", str(tmp_path / "in"), "--frame", "shown"]
    assert mirrored.invoke(*arguments, "-o", str(tmp_path / "in" / "out")).exit_code == 2
    assert mirrored.invoke(*arguments, "-o", str(tmp_path / "out")).exit_code == 0
    (box,) = yolo.read(tmp_path / "out", Photo("0.jpg", 60, 90)).boxes
    assert box == pytest.approx((10, 20, 30, 40))
    assert mirrored.invoke(*arguments, "-o", str(tmp_path / "out")).exit_code == 2


@pytest.mark.parametrize("verb", labels.commands)
def test_the_reference_explains_every_option(verb: str) -> None:
    reference = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"
    section = reference.read_text().partition("\n## labels\n")[2].partition("\n## ")[0]
    options = [one.opts[-1] for one in labels.commands[verb].params if one.opts[0].startswith("-")]
    assert len(options) > 8
    for option in options:
        assert f"`{option}`" in section
    for form in TITLES:
        assert f"`{form}`" in section
