"""Whether other processes see the folders that this one sees."""

from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.blobs.address import Address
from orchestration.mirror.decide.actions import Action
from orchestration.mirror.errors import OutOfReachError, SharedFolderError
from orchestration.mirror.outcomes import Outcome
from orchestration.mirror.workers.shared_folders import Landmark, landmarks, within_reach


@pytest.fixture
def marks(tmp_path: Path) -> list[Landmark]:
    for name in ("raw", "resized", "ledger"):
        (tmp_path / name).mkdir()
    (tmp_path / "raw" / "a.jpg").write_bytes(b"a photo")
    raw, *written = (
        Address(str(tmp_path / name), "resized") for name in ("raw", "resized", "ledger")
    )
    with landmarks(raw, written) as found:
        return found


def test_raw_is_identified_by_a_photo_and_written_folders_by_a_token(tmp_path: Path) -> None:
    raw, resized = tmp_path / "raw", tmp_path / "resized"
    raw.mkdir()
    resized.mkdir()
    (raw / "a.jpg").write_bytes(b"a photo")
    places = Address(str(raw), "raw"), Address(str(resized), "resized")
    with landmarks(places[0], [places[1]]) as found:
        for mark in found:
            mark.find()
        (raw / "a.jpg").write_bytes(b"another photo")
        with pytest.raises(
            OutOfReachError, match=r"does not find the photos of the planning machine at .*raw"
        ):
            found[0].find()
    assert [each.name for each in (resized / ".photo-mirror").iterdir()] == []


def test_a_place_left_out_is_one_inside_another(marks: list[Landmark], tmp_path: Path) -> None:
    resized = Address(str(tmp_path / "resized"), "resized")
    ledger = Address(str(tmp_path / "resized" / ".photo-mirror" / "ledger"), "resized")
    container = Address("https://a.blob.core.windows.net/raw", "raw")
    with landmarks(container, [resized, ledger]) as found:
        assert [mark.folder for mark in found] == [resized.url]
    assert len(marks) == 3


def test_a_folder_is_written_by_its_own_machine_alone(tmp_path: Path) -> None:
    resized = Address(str(tmp_path), "resized")
    with landmarks(Address("https://a.blob.core.windows.net/raw", "raw"), [resized]) as found:
        (mark,) = found
        elsewhere = replace(mark, machine="another")
        with pytest.raises(SharedFolderError, match="belongs to another machine"):
            elsewhere.find()


def test_work_on_a_machine_without_the_folder_does_not_begin(marks: list[Landmark]) -> None:
    def work(actions: tuple[Action, ...]) -> list[Outcome]:
        raise AssertionError(actions)

    with pytest.raises(OutOfReachError):
        within_reach(work, marks)(())


def test_a_place_in_memory_is_out_of_reach() -> None:
    memory = Address("memory:x", "raw")
    with pytest.raises(OutOfReachError), landmarks(memory, []):
        pass
