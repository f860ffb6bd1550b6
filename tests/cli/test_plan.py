"""`photo-mirror plan` prints what a run will do, and changes nothing."""

import os

import pytest

from orchestration.mirror.decide.policy import Policy
from tests.cli.conftest import Places
from tests.noise_photos import photo


def test_it_prints_each_folder_and_the_total_and_a_run_does_the_same(places: Places) -> None:
    for at, name in enumerate(["top.jpg", "a/b/one.jpg", "a/b/two.jpg", "c/three.jpg"]):
        places.put(name, photo(at))
    code, told = places.told("plan")
    assert code == 0
    renders = {one["folder"]: one["planned"]["render"] for one in told[:-1]}
    sizes = {blob.name: blob.size for blob in places.photos.list()}
    assert renders == {
        "(root)": {"actions": 1, "bytes": sizes["top.jpg"]},
        "a/b": {"actions": 2, "bytes": sizes["a/b/one.jpg"] + sizes["a/b/two.jpg"]},
        "c": {"actions": 1, "bytes": sizes["c/three.jpg"]},
    }
    total = told[-1]["total"]
    assert total["planned"] == {"render": {"actions": 4, "bytes": sum(sizes.values())}}
    assert total["counts"]["due"] == 4
    places.mirror()
    assert len([*places.resized.list()]) == 4
    assert places.told("plan")[1][-1]["total"]["planned"] == {}


def test_every_kind_of_action_is_distinguished(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(12):
        places.put(f"{at:02}.jpg", photo(at))
    places.mirror()
    gone = next(iter(places.photos.list()))
    places.photos.delete(gone.name, gone.etag)
    places.put("heavy.jpg", photo(20, 200))
    places.put("02.jpg", photo(30))
    monkeypatch.setenv("PHOTO_MIRROR_MAX_PHOTO_BYTES", "20000")
    _, told = places.told("plan", "--delete-orphans")
    planned = told[-1]["total"]["planned"]
    assert {word: one["actions"] for word, one in planned.items()} == {
        "refuse": 1,
        "render": 1,
        "delete": 1,
    }


def test_it_touches_nothing_before_a_first_run_and_after_one(places: Places) -> None:
    places.put("a/one.jpg", photo(1))
    for _ in range(2):
        before = places.state()
        if places.proxy is not None:
            places.proxy.log.clear()
        assert places.invoke("plan").exit_code == 0
        assert places.told("plan", "a", "--rebuild-stale", "--delete-orphans")[0] == 0
        assert places.state() == before
        if places.proxy is not None:
            asked = {(one.method, one.about) for one in places.proxy.log}
            assert {method for method, _ in asked} == {"GET"}
            assert ("GET", "blob") not in asked
        places.mirror()
        places.put("a/two.jpg", photo(2))


def test_planning_folders_unknown_to_the_ledger_changes_nothing(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    places.put("a/b/one.jpg", photo(1, 32))
    places.mirror()
    monkeypatch.setenv("PHOTO_MIRROR_PARTITION_DEPTH", "1")
    before = places.state()
    code, told = places.told("plan")
    assert (code, [one.get("folder") for one in told]) == (0, ["a", None])
    assert places.state() == before
    places.mirror()
    assert [row.name for row in places.opened().ledger.list("counts/")] == ["counts/a"]


def test_people_read_a_table_and_a_sentence(places: Places) -> None:
    places.put("a/one.jpg", photo(1))
    said = places.invoke("plan").stdout
    assert "folder  render" in said
    assert "total" in said
    assert "1 photo in 1 folder (1 with pending work): 0 in sync, 0 stale, 1 due" in said


def test_a_folder_without_photos_keeps_its_orphans_and_plan_says_so(places: Places) -> None:
    places.put("a/one.jpg", photo(1, 32))
    places.put("b/one.jpg", photo(2, 32))
    places.mirror()
    gone = next(row for row in places.photos.list() if row.name == "a/one.jpg")
    places.photos.delete(gone.name, gone.etag)
    assert (
        "1 orphan would be kept. A run keeps all"
        in places.invoke("plan", "--delete-orphans").stdout
    )
    assert "kept" not in places.invoke("plan").stdout
    places.mirror(Policy(delete_orphans=True))
    assert [row.name for row in places.resized.list()] == ["a/one.jpg", "b/one.jpg"]


def test_an_invalid_folder_key_ends_with_2_a_missing_container_with_3(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert places.invoke("plan", "a/b/c").exit_code == 2
    monkeypatch.setenv("PHOTO_MIRROR_BUDGET", "lots")
    ran = places.invoke("plan")
    assert (ran.exit_code, "PHOTO_MIRROR_BUDGET" in ran.stderr) == (2, True)
    monkeypatch.setenv("PHOTO_MIRROR_BUDGET", "6MB")
    for place in ("RAW", "RESIZED"):
        with monkeypatch.context() as patch:
            there = os.environ[f"PHOTO_MIRROR_{place}"]
            patch.setenv(
                f"PHOTO_MIRROR_{place}", f"{there}-x/below" if places.folder else f"{there}-x"
            )
            ran = places.invoke("plan")
        missing = "folder not found" if places.folder else "the container does not exist"
        assert (ran.exit_code, missing in ran.stderr) == (3, True)
