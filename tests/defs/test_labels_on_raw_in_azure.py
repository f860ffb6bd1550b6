"""Labels of renditions in a container, on its raw photos: all files of it are blobs."""

import json

import pytest
from azure.storage.blob import ContainerClient

from orchestration.blobs.address import parse_address
from orchestration.blobs.open import open_store
from orchestration.defs.label_checks import LABEL_CHECKS
from tests.azurite.emulator import KEY, Azurite
from tests.cli.conftest import Places
from tests.defs.dagster_fixture import Place
from tests.defs.test_labels_on_raw import checks, coco, failure, materialize
from tests.mirror.test_geometry_in_stamps import turned

NAMES = ["2024/a b/\u00e4 0.jpg", "2024/a b/1.jpg"]


@pytest.fixture
def ledger(azurite: Azurite, place: Place, monkeypatch: pytest.MonkeyPatch) -> ContainerClient:  # noqa: ARG001 -- it sets the rest of the environment first
    """Photos of 96x64 px, shown as 64x96, and renditions half as wide; their ledger."""
    monkeypatch.setenv("AZURE_STORAGE_KEY", KEY)
    monkeypatch.setenv("PHOTO_MIRROR_MAX_SIDE", "48")
    urls = [azurite.new_container(name) for name in ("raw", "resized")]
    for name, url in zip(("RAW", "RESIZED"), urls, strict=True):
        monkeypatch.setenv(f"PHOTO_MIRROR_{name}", f"{url}/site%201")
    raw, resized = (open_store(parse_address(f"{url}/site%201", "resized")) for url in urls)
    places = Places(raw, resized, None, None)
    for name in NAMES:
        places.put(name, turned(6))
    places.mirror()
    return azurite.service.get_container_client(f"{urls[1].rpartition('/')[2]}-ledger")


def names(container: ContainerClient) -> set[str]:
    return {name for name in container.list_blob_names() if "labels" in name or "yolo" in name}


def test_a_blob_of_the_ledger_is_mapped_to_another_and_drawn(
    azurite: Azurite, place: Place, ledger: ContainerClient
) -> None:
    ledger.upload_blob("site 1/labels/of us.json", coco(NAMES))
    for asked in ("labels/of us.json", f"{ledger.url}/site%201/labels/of%20us.json"):
        ran = materialize(place, file=asked)
        assert ran.success
        assert checks(ran) == {check.name: (True, "WARN") for check in LABEL_CHECKS}
        shown = place.metadata("labels_on_raw")
        assert (shown["mapped"], shown["labels"], shown["turned"]) == (2, 2, 2)
        made = {f"site 1/labels/on_raw/of us.json{end}" for end in ("", ".sheet.webp")}
        assert names(ledger) == {"site 1/labels/of us.json", *made}
        found = json.loads(ledger.download_blob("site 1/labels/on_raw/of us.json").readall())
        assert [image["file_name"] for image in found["images"]] == NAMES
        assert [one["bbox"] for one in found["annotations"]] == [[8, 16, 40, 20]] * 2
        assert shown["labels_file"].endswith("/labels/on_raw/of%20us.json")
        assert azurite.blobs in shown["labels_file"]


def test_a_folder_of_blobs_is_a_folder_again_without_what_was_there(
    place: Place, ledger: ContainerClient
) -> None:
    for name in ("\u00e4 0", "1"):
        ledger.upload_blob(f"site 1/yolo/2024/a b/{name}.txt", "0 0.5 0.5 0.25 0.5\n")
    assert materialize(place, file="yolo", frame="shown").success
    made = "site 1/labels/on_raw/yolo/2024/a b"
    assert {f"{made}/\u00e4 0.txt", f"{made}/1.txt"} <= names(ledger)
    ledger.delete_blob("site 1/yolo/2024/a b/1.txt")
    assert materialize(place, file="yolo", frame="shown").success
    assert f"{made}/1.txt" not in names(ledger)


def test_a_blob_that_does_not_exist_is_named_and_nothing_is_written(
    place: Place, ledger: ContainerClient
) -> None:
    before = names(ledger)
    ran = materialize(place, file="labels/none.json")
    assert "'labels/none.json' was not found" in failure(ran)
    assert names(ledger) == before
