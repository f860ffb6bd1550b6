"""Places that overlap are known by what is there, however they are spelt."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from orchestration.blobs import overlap as overlaps
from orchestration.blobs.address import Address, parse_address
from orchestration.blobs.base import Properties
from orchestration.blobs.memory import MemoryContainer, MemoryStore
from orchestration.blobs.overlap import is_one_container, overlap
from tests.azurite.emulator import Azurite
from tests.cli.conftest import Places
from tests.cli.conftest import places as places  # noqa: PLC0414 -- a fixture


@contextmanager
def bound(what: Path, at: Path) -> Iterator[None]:
    at.mkdir()
    done = subprocess.run(["mount", "--bind", what, at], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("only root may mount")
    try:
        yield
    finally:
        subprocess.run(["umount", at], check=True)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    (tmp_path / "raw" / "a" / "b").mkdir(parents=True)
    return tmp_path / "raw"


def both(one: Path, other: Path) -> set[bool]:
    # As they are spelt: parse_address would follow the links.
    first, second = Address(str(one), "raw"), Address(str(other), "resized")
    return {overlap(first, second), overlap(second, first)}


@pytest.mark.parametrize("below", ["", "a", "a/new", "a/b/c/d"])
def test_a_symbolic_link_hides_no_overlap(raw: Path, below: str) -> None:
    link = raw.parent / "link"
    link.symlink_to(raw)
    assert both(raw, link / below) == {True}


@pytest.mark.parametrize(("what", "below"), [("", ""), ("", "new"), ("a", ""), ("a/b", "new/er")])
def test_a_mount_of_a_folder_or_of_one_within_hides_no_overlap(
    raw: Path, what: str, below: str
) -> None:
    with bound(raw / what, raw.parent / "mounted"):
        assert both(raw, raw.parent / "mounted" / below) == {True}
        assert both(raw / "a" / "b", raw.parent / "other") == {False}


def test_a_mount_is_identified_by_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(
        "1 0 8:1 / / rw - ext4 /dev/sda rw\n"
        "2 1 8:2 /photos/raw/2024\\040a /mnt/small rw - ext4 /dev/sdb rw\n"
        "3 1 8:2 / /data rw - ext4 /dev/sdb rw\n"
    )
    monkeypatch.setattr(overlaps, "_MOUNTS", table)
    assert both(Path("/data/photos/raw"), Path("/mnt/small")) == {True}
    assert both(Path("/data/photos/raw/2024 a/x"), Path("/mnt/small")) == {True}
    assert both(Path("/data/photos/raw/2025"), Path("/mnt/small")) == {False}


def test_other_folders_do_not_overlap(raw: Path) -> None:
    for other in ("raw2", "ra", "resized", "raw-resized"):
        (raw.parent / other).mkdir()
        assert both(raw, raw.parent / other) == {False}
        assert both(raw, raw.parent / other / "new") == {False}


def test_two_hosts_of_one_account_are_detected_by_their_blobs() -> None:
    held, other = MemoryContainer(), MemoryContainer()
    store, elsewhere = MemoryStore(held), MemoryStore(other)
    one = parse_address("https://acme.blob.core.windows.net/photos", "raw")
    alias = parse_address("https://photos.acme.example/photos", "resized")
    assert not is_one_container(one, store, alias, store)  # nothing there, nothing to lose
    for at in (store, elsewhere):
        at.write("a/1.jpg", b"1", Properties())
    assert is_one_container(one, store, alias, store)
    third = parse_address("https://photos.acme.example/small", "resized")
    assert not is_one_container(one, store, third, elsewhere)


@pytest.mark.parametrize("verb", ["run", "plan", "adopt"])
@pytest.mark.parametrize("places", ["azurite"], indirect=True)
def test_a_missing_resized_container_is_not_created(
    places: Places, monkeypatch: pytest.MonkeyPatch, azurite: Azurite, verb: str, tmp_path: Path
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    places.put("a/1.jpg", b"1")
    monkeypatch.setenv("PHOTO_MIRROR_RESIZED", f"{azurite.blobs}/no-such-place")
    assert places.invoke(verb).exit_code == 3
    names = {str(one.name) for one in azurite.service.list_containers()}
    assert not [name for name in names if "no-such-place" in name]


@pytest.mark.parametrize("name", ["RAW", "RESIZED"])
@pytest.mark.parametrize("places", ["folders"], indirect=True)
def test_a_folder_that_is_mistyped_makes_nothing(
    places: Places, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert places.folder is not None
    home = places.folder / "home"
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    monkeypatch.setenv("PHOTO_MIRROR_RAW", str(places.folder / "raw"))
    monkeypatch.setenv("PHOTO_MIRROR_RESIZED", str(places.folder / "small"))
    monkeypatch.setenv(f"PHOTO_MIRROR_{name}", str(places.folder / "no" / "such"))
    assert places.invoke("run").exit_code == 3
    assert not home.exists()
    assert not (places.folder / "no").exists()
    assert not (places.folder / "small").exists()
