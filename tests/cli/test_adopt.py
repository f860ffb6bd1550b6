"""`photo-mirror adopt` takes over what a folder or a container held before us."""

import shutil

import pytest

from orchestration.blobs.base import Properties
from tests.cli.conftest import Places
from tests.mirror.test_adopt import by_notebook, photo


@pytest.fixture(autouse=True)
def _one_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTO_MIRROR_WORKERS", "1")


def fill(places: Places) -> None:
    """Put three photos, and what a notebook made of them: one too heavy, one no photo's."""
    for at in range(3):
        places.put(f"a/{at}.jpg", photo(at))
    for name, data in (
        ("a/0.jpg", by_notebook(photo(0), (64, 64))),
        ("a/1.jpg", by_notebook(photo(1), (48, 48))),
        ("a/2.jpg", photo(2, 90)),
        ("notes.txt", b"theirs"),
    ):
        places.resized.write(name, data, Properties("image/jpeg", metadata={"site": "north"}))


def test_nothing_is_done_before_iteration(places: Places) -> None:
    fill(places)
    before = places.state()
    code, told = places.told("adopt", "--keep")
    assert code == 0
    assert (told[-1]["total"]["photos"], told[-1]["total"]["over_budget"]) == (3, 1)
    assert told[-1]["total"]["others"] == 1
    said = places.invoke("adopt").stdout
    assert "3 files have the name of a photo" in said
    assert "Nothing was changed." in said
    assert places.invoke("adopt", "--yes").exit_code == 2
    assert places.state() == before


def test_fitting_files_are_kept_and_others_replaced_on_demand(places: Places) -> None:
    fill(places)
    kept = places.rendition("a/0.jpg")
    data = places.resized.read("a/0.jpg", kept.etag).data
    code, told = places.told("adopt", "a", "--keep", "--yes")
    assert code == 1
    assert {one["name"]: one["outcome"] for one in told[:-1]} == {
        "a/0.jpg": "adopted",
        "a/1.jpg": "adopted",
        "a/2.jpg": "left",
    }
    assert told[-1]["total"] == {"adopted": 2, "left": 1}
    adopted = places.rendition("a/0.jpg")
    assert places.resized.read("a/0.jpg", adopted.etag).data == data
    assert adopted.metadata["site"] == "north"
    ran = places.invoke("adopt", "--replace", "--yes")
    assert (ran.exit_code, ran.stdout.split()[-2:]) == (0, ["rendered", "1"])
    assert places.rendition("a/0.jpg") == adopted
    assert places.rendition("a/2.jpg").size <= 4_000
    code, told = places.told("verify", "a", "--decode")
    assert (code, told[-1]["total"]["counts"]["in_sync"]) == (0, 3)
    assert places.told("plan")[1][-1]["total"]["planned"] == {}


def test_stamps_that_were_lost_are_restored_without_writing_a_byte(places: Places) -> None:
    places.put("heavy.jpg", photo(1))
    places.put("light.jpg", photo(2, 32))
    places.mirror()
    before = {name: places.rendition(name) for name in ("heavy.jpg", "light.jpg")}
    if places.folder is not None:
        # All that is remembered of a folder, gone at once.
        shutil.rmtree(places.folder / "resized" / ".photo-mirror")
    else:
        for name, row in before.items():
            places.resized.restamp(name, row.etag, {"site": "north"})
    assert places.told("plan")[1][-1]["total"]["counts"]["blocked"] == 2
    if places.proxy is not None:
        places.proxy.log.clear()
    code, told = places.told("adopt", "--restore", "--yes")
    assert (code, told[-1]["total"]) == (0, {"restored": 2})
    if places.proxy is not None:
        asked = {(one.method, one.about) for one in places.proxy.log if ".jpg" in one.path}
        assert asked == {("GET", "blob"), ("PUT", "metadata")}
        for name, row in before.items():
            after = places.rendition(name)
            assert after.md5 == row.md5
            assert after.metadata == {**row.metadata, "site": "north"}
    code, told = places.told("verify", "--decode", "--photos")
    assert (code, told[-1]["total"]["counts"]["in_sync"]) == (0, 2)


def test_two_ways_at_once_are_refused(places: Places) -> None:
    places.resized.write("a.jpg", b"theirs", Properties("image/jpeg"))
    before = places.state()
    for ways in (("--keep", "--replace"), ("--restore", "--keep", "--yes"), ("--yes",)):
        ended = places.invoke("adopt", *ways)
        assert ended.exit_code == 2, ended.output
        assert "choose one of: --keep, --restore, --replace" in ended.output
    assert places.state() == before
