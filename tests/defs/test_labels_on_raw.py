"""Labels of renditions on the raw photos, as Dagster makes them."""

import json
from base64 import b64decode
from io import BytesIO
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from PIL import Image

from orchestration.blobs.address import parse_address
from orchestration.blobs.open import open_store
from orchestration.definitions import defs
from orchestration.defs.label_checks import LABEL_CHECKS, LABELS
from tests.cli.conftest import Places
from tests.defs.dagster_fixture import Place
from tests.mirror.test_geometry_in_stamps import turned
from tests.noise_photos import photo

NAMES = ["2024/a/0.jpg", "2024/a/1.jpg", "2024/b/2.jpg"]
BOX = [4.0, 8.0, 20.0, 10.0]


@pytest.fixture
def mirrored(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Photos of 96x64 px that are shown as 64x96, and whose renditions are half as wide."""
    monkeypatch.setenv("PHOTO_MIRROR_MAX_SIDE", "48")
    for name in NAMES:
        place.put(name, turned(6))
    raw, resized = (
        open_store(parse_address(str(place.folder / name), "resized"))
        for name in ("raw", "resized")
    )
    Places(raw, resized, place.folder, None).mirror()
    return place


def coco(names: list[str], box: list[float] | None = None) -> str:
    images = [
        {"id": at, "file_name": name, "width": 32, "height": 48} for at, name in enumerate(names)
    ]
    annotations = [
        {"id": at, "image_id": at, "category_id": at % 2, "bbox": box or BOX}
        for at in range(len(names))
    ]
    categories = [{"id": 0, "name": "tree"}, {"id": 1, "name": "roof"}]
    return json.dumps({"images": images, "annotations": annotations, "categories": categories})


def ledger(place: Place) -> Path:
    return place.folder / "resized" / ".photo-mirror" / "ledger"


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith("metadata.sqlite")
    }


def materialize(place: Place, **config: Any) -> dg.ExecuteInProcessResult:
    return defs().resolve_implicit_global_asset_job_def().execute_in_process(
        instance=place.instance,
        asset_selection=[LABELS],
        run_config={"ops": {"labels_on_raw": {"config": config}}} if config else None,
        raise_on_error=False,
    )  # fmt: skip


def checks(ran: dg.ExecuteInProcessResult) -> dict[str, tuple[bool, str]]:
    return {
        one.check_name: (one.passed, one.severity.value)
        for one in ran.get_asset_check_evaluations()
    }


def failure(ran: dg.ExecuteInProcessResult) -> str:
    (event,) = ran.get_step_failure_events()
    error = event.step_failure_data.error
    assert event.step_failure_data.user_failure_data is not None
    assert error is not None
    return str(event.step_failure_data.user_failure_data.description)


def test_a_file_on_this_machine_is_mapped_drawn_and_checked(mirrored: Place) -> None:
    file = mirrored.folder / "boxes.json"
    file.write_text(coco(NAMES[:2]))
    raw = contents(mirrored.folder / "raw")
    ran = materialize(mirrored, file=str(file))
    assert ran.success
    assert checks(ran) == {check.name: (True, "WARN") for check in LABEL_CHECKS}
    shown = mirrored.metadata("labels_on_raw")
    assert (shown["photos"], shown["mapped"], shown["labels"]) == (2, 2, 2)
    assert (shown["not_mapped"], shown["turned"]) == (0, 2)
    assert shown["photos_without_labels"] == 1
    classes = [row.data for row in shown["labels_by_class"].records]
    assert classes == [{"class": "tree", "labels": 1}, {"class": "roof", "labels": 1}]
    written = Path(shown["labels_file"])
    assert written == ledger(mirrored) / "labels/on_raw/boxes.json"
    made = json.loads(written.read_text())
    assert [image["width"] for image in made["images"]] == [64, 64]
    for annotation in made["annotations"]:
        assert annotation["bbox"] == pytest.approx([8, 16, 40, 20])
    assert contents(mirrored.folder / "raw") == raw


def test_the_sheet_is_in_the_event_and_larger_in_the_ledger(mirrored: Place) -> None:
    file = mirrored.folder / "boxes.json"
    file.write_text(coco(NAMES))
    assert materialize(mirrored, file=str(file)).success
    shown = mirrored.metadata("labels_on_raw")
    assert len(shown["sheet"]) <= 40_000
    assert NAMES[0] in shown["sheet"]
    inside = b64decode(shown["sheet"].partition("base64,")[2].partition(")")[0])
    small, large = (
        Image.open(BytesIO(data)) for data in (inside, Path(shown["sheet_file"]).read_bytes())
    )
    assert small.format == large.format == "WEBP"
    # Three photos of 64x96 px below each other, renditions to their left.
    assert large.size == (2 * 64 + 16, 3 * 96 + 2 * 16)


@pytest.mark.parametrize("where", ["ledger", "resized", "address"])
def test_a_file_in_a_container_is_found_by_its_name(mirrored: Place, where: str) -> None:
    folder = mirrored.folder / "resized" if where == "resized" else ledger(mirrored)
    (folder / "labels").mkdir(exist_ok=True)
    (folder / "labels" / "of us.json").write_text(coco(NAMES))
    given = contents(folder / "labels")
    asked = "labels/of us.json" if where != "address" else f"{folder}/labels/of%20us.json"
    assert materialize(mirrored, file=asked).success
    written = Path(mirrored.metadata("labels_on_raw")["labels_file"])
    assert written == ledger(mirrored) / "labels/on_raw/of us.json"
    assert given.items() <= contents(folder / "labels").items()


def test_a_folder_in_a_container_is_a_folder_again_without_what_was_there(mirrored: Place) -> None:
    folder = ledger(mirrored) / "yolo"
    for name in ("0", "1"):
        (folder / "2024" / "a").mkdir(parents=True, exist_ok=True)
        (folder / f"2024/a/{name}.txt").write_text("0 0.5 0.5 0.25 0.5\n")
    assert materialize(mirrored, file="yolo", frame="shown").success
    place = ledger(mirrored) / "labels/on_raw/yolo"
    assert {path.name for path in place.rglob("*.txt")} == {"0.txt", "1.txt"}
    (folder / "2024/a/1.txt").unlink()
    assert materialize(mirrored, file="yolo", frame="shown").success
    assert {path.name for path in place.rglob("*.txt")} == {"0.txt"}


def test_the_checks_show_what_is_wrong(mirrored: Place) -> None:
    mirrored.put("2024/new.jpg", photo(1))
    file = mirrored.folder / "boxes.json"
    file.write_text(coco([NAMES[0], "2024/new.jpg"]))
    assert checks(materialize(mirrored, file=str(file)))["labels_have_photos"] == (False, "ERROR")
    file.write_text(coco(NAMES, [30.0, 40.0, 5.0, 5.0]))
    ran = materialize(mirrored, file=str(file))
    assert checks(ran)["labels_in_frame"] == (False, "WARN")
    assert mirrored.metadata("labels_on_raw")["outside"] == 3
    mirrored.put(NAMES[0], turned(6, quality=95))
    file.write_text(coco(NAMES))
    ran = materialize(mirrored, file=str(file))
    assert checks(ran) == {
        "labels_have_photos": (True, "WARN"),
        "labels_in_frame": (True, "WARN"),
        "labels_are_current": (False, "ERROR"),
    }
    shown = mirrored.metadata("labels_on_raw")
    (finding,) = [row.data for row in shown["findings"].records]
    assert finding["photo"] == NAMES[0]
    assert "changed after its rendition was made" in str(finding["reason"])
    (mirrored.folder / "raw" / NAMES[1]).unlink()
    ran = materialize(mirrored, file=str(file), even_if_changed=True)
    assert checks(ran)["labels_have_photos"] == (False, "WARN")


def test_without_a_file_the_message_says_what_to_set(mirrored: Place) -> None:
    before = contents(mirrored.folder)
    ran = materialize(mirrored)
    assert not ran.success
    assert "ops: {labels_on_raw: {config: {file: ...}}}" in failure(ran)
    assert contents(mirrored.folder) == before


@pytest.mark.parametrize(
    ("asked", "text", "reason"),
    [
        (
            "none.json",
            None,
            "was not found: it is not a file on this machine, and not in the ledger",
        ),
        ("labels/on_raw/boxes.json", None, "is a result"),
        ("boxes.json", "{", "boxes.json is not JSON"),
        ("boxes.json", coco([]), "it has no photos; nothing was written"),
        ("boxes.json", coco(["no.jpg"]), "'no.jpg' matches no photo in the container"),
        ("../../../boxes.json", None, "is not a file"),
    ],
)
def test_unusable_label_files_fail_with_a_reason_and_write_nothing(
    mirrored: Place, asked: str, text: str | None, reason: str
) -> None:
    if text is not None:
        (ledger(mirrored) / asked).write_text(text)
    before = contents(mirrored.folder)
    ran = materialize(mirrored, file=asked)
    assert not ran.success
    assert reason in failure(ran)
    assert contents(mirrored.folder) == before


def test_a_folder_that_is_none_is_named(mirrored: Place) -> None:
    file = mirrored.folder / "boxes.json"
    file.write_text(coco(NAMES))
    ran = materialize(mirrored, file=str(file), folders=["2025/none"])
    assert "no folder '2025/none'" in failure(ran)
