"""The least rights suffice, and one that is missing is named before any work is done."""

import json
import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from orchestration.blobs.address import parse_address
from orchestration.blobs.base import Properties
from orchestration.blobs.errors import StoreClosedError
from orchestration.blobs.open import open_read_only, open_source
from orchestration.blobs.read_only import ReadOnlyError
from orchestration.mirror.decide.policy import Policy
from tests.cli.conftest import Places
from tests.noise_photos import photo

pytestmark = pytest.mark.parametrize("places", ["azurite"], indirect=True)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTO_MIRROR_PATIENCE", "2")


def grant(places: Places, patch: pytest.MonkeyPatch, raw: str, resized: str) -> None:
    """From now on the mirror may do so much in each place."""
    assert places.proxy is not None
    patch.setenv("RAW_AZURE_STORAGE_SAS_TOKEN", places.proxy.azurite.token(raw))
    patch.setenv("RESIZED_AZURE_STORAGE_SAS_TOKEN", places.proxy.azurite.token(resized))


def test_every_command_works_without_permission_to_delete(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant(places, monkeypatch, "rl", "rlcw")
    places.put("a/heavy.jpg", photo(1))
    places.put("a/light.jpg", photo(2, 32))
    places.put("a/broken.jpg", b"no photo")
    places.put("b/text.jpg", b"no photo either")
    places.mirror()
    assert len(places.told("refused")[1]) == 3
    places.put("a/broken.jpg", photo(3))  # mended
    gone = next(iter(places.photos.list("b/")))
    places.photos.delete(gone.name, gone.etag)
    places.mirror()
    assert places.told("refused")[1] == [{"total": {"refused": 0, "kinds": {}}}]
    places.put("c/text.jpg", b"nor this")
    places.mirror()
    assert places.told("retry", "--all")[0] == 0
    assert places.told("refused")[1] == [{"total": {"refused": 0, "kinds": {}}}]
    assert places.told("plan")[1][-1]["total"]["planned"]["render"]["actions"] == 1
    places.mirror()
    code, told = places.told("verify", "--decode", "--photos")
    assert (code, told[-1]["total"]["counts"]["in_sync"]) == (0, 3)
    before = places.state()
    places.mirror()
    assert places.state() == before

    monkeypatch.setenv("PHOTO_MIRROR_WORKERS", "1")
    stripped = places.rendition("a/light.jpg")
    places.resized.restamp(stripped.name, stripped.etag, {})
    assert places.told("adopt", "--keep", "--yes") == (
        0,
        [
            {"name": "a/light.jpg", "outcome": "restored", "reason": ""},
            {"total": {"restored": 1}},
        ],
    )
    grant(places, monkeypatch, "rl", "rlcwd")
    gone = next(iter(places.photos.list("a/light")))
    places.photos.delete(gone.name, gone.etag)
    places.mirror(Policy(delete_orphans=True, most_orphans=1.0))
    assert [row.name for row in places.resized.list()] == ["a/broken.jpg", "a/heavy.jpg"]


@pytest.mark.parametrize(
    ("raw", "resized", "needed"),
    [
        ("r", "rlcwd", "RAW_AZURE_STORAGE_SAS_TOKEN .*needed to list the photos"),
        ("l", "rlcwd", "RAW_AZURE_STORAGE_SAS_TOKEN .*needed to read the photos"),
        ("rl", "rl", "RESIZED_AZURE_STORAGE_SAS_TOKEN .*needed to write renditions"),
        ("rl", "rlcw", "RESIZED_AZURE_STORAGE_SAS_TOKEN .*needed to delete orphans"),
    ],
)
def test_a_right_that_is_missing_is_named_before_any_work(
    places: Places, monkeypatch: pytest.MonkeyPatch, raw: str, resized: str, needed: str
) -> None:
    places.put("a.jpg", photo(1))
    places.opened()  # the ledger is there
    before = places.state()
    grant(places, monkeypatch, raw, resized)
    with pytest.raises(StoreClosedError, match=needed):
        places.mirror(Policy(delete_orphans=True))
    assert places.state() == before


def test_looking_takes_no_right_to_write_and_planning_none_to_read(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    places.put("a.jpg", photo(1))
    places.mirror()
    grant(places, monkeypatch, "l", "l")
    assert places.invoke("plan").exit_code == 0
    assert places.invoke("adopt").exit_code == 0
    assert places.invoke("verify", "--sample", "0").exit_code == 0
    grant(places, monkeypatch, "l", "rl")
    for verb in (["verify", "--decode"], ["refused"], ["reports"]):
        assert places.invoke(*verb).exit_code == 0
    ran = places.invoke("retry", "--all")
    assert (ran.exit_code, "Cleared 0 refusals" in ran.stdout) == (0, True)


def test_lists_need_no_right_to_read_and_a_gallery_none_to_write(
    places: Places, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    places.put("a.jpg", photo(1))
    places.put("b.jpg", photo(2)[:2_000])
    places.mirror()
    grant(places, monkeypatch, "l", "l")
    for verb in (["manifest", "-o", str(tmp_path / "manifest")], ["duplicates"]):
        ran = places.invoke(*verb)
        assert ran.exit_code == 0, ran.output
    grant(places, monkeypatch, "rl", "rl")
    with Image.open(BytesIO(photo(1))) as opened:
        width, height = opened.size
    image = {"id": 1, "file_name": "a.jpg", "width": width, "height": height}
    labels = tmp_path / "labels.json"
    box = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}
    classes = [{"id": 1, "name": "boat"}]
    labels.write_text(json.dumps({"images": [image], "annotations": [box], "categories": classes}))
    for verb in (
        ["duplicates", "--read"],
        ["labels", "check", str(labels)],
        ["gallery", "-o", str(tmp_path / "gallery.html")],
    ):
        ran = places.invoke(*verb)
        assert ran.exit_code == 0, ran.output
    assert "cut short" in (tmp_path / "gallery.html").read_text()


def test_no_verb_writes_where_photos_are_or_where_one_only_looks(places: Places) -> None:
    places.put("a.jpg", photo(1))
    row = next(places.photos.list())
    assert places.proxy is not None
    address = parse_address(os.environ["PHOTO_MIRROR_RAW"], "raw")
    source = open_source(address)
    verbs = ("write", "overwrite", "restamp", "copy", "delete")
    assert not [verb for verb in verbs if hasattr(source, verb)]
    read_only, nothing = open_read_only(address), Properties()
    places.proxy.log.clear()
    attempts: list[Callable[[], object]] = [
        lambda: read_only.write("b.jpg", b"", nothing),
        lambda: read_only.overwrite("b.jpg", b"", nothing),
        lambda: read_only.restamp("a.jpg", row.etag, {}),
        lambda: read_only.copy(source, row, nothing),
        lambda: read_only.delete("a.jpg", row.etag),
    ]
    for attempt in attempts:
        with pytest.raises(ReadOnlyError, match="opened read-only"):
            attempt()
    assert places.proxy.log == []
