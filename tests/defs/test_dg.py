"""Dagster's own commands, as a person calls them from the repository with a fresh home."""

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from tests import preloaded
from tests.noise_photos import BUDGET, photo

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
MODULE = ("-m", "orchestration.definitions")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    folder = tmp_path / "raw" / "2024" / "a"
    folder.mkdir(parents=True)
    (folder / "1.jpg").write_bytes(photo(1))
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text((ROOT / "dagster.yaml").read_text())
    return os.environ | {
        "PHOTO_MIRROR_RAW": str(tmp_path / "raw"),
        "PHOTO_MIRROR_RESIZED": str(tmp_path / "resized"),
        "PHOTO_MIRROR_BUDGET": str(BUDGET),
        "PHOTO_MIRROR_WORKERS": "1",
        "DAGSTER_HOME": str(home),
    }


def run(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(BIN / words[0]), *words[1:]]
    return preloaded.run(command, env=environment)


@pytest.mark.parametrize(
    "words",
    [("dg", "check", "defs"), ("dagster", "definitions", "validate", *MODULE)],
    ids=" ".join,
)
def test_the_definitions_are_checked(environment: dict[str, str], words: tuple[str, ...]) -> None:
    ran = run(environment, *words)
    assert ran.returncode == 0, ran.stderr


def test_the_definitions_are_listed(environment: dict[str, str]) -> None:
    ran = run(environment, "dg", "list", "defs", "--json")
    assert ran.returncode == 0, ran.stderr
    for name in ("resized_photos", "photo_counts", "mirror_folders", "new_photos", "nightly"):
        assert f'"{name}"' in ran.stdout
    assert "Warning" not in ran.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("dg", "launch", "--assets", "resized_photos", "--partition", "2024/a"),
        ("dg", "launch", "--job", "mirror_folder", "--partition", "2024/a"),
        ("dg", "launch", "--job", "mirror_folders"),
        ("dagster", "asset", "materialize", "--select", "resized_photos", "--partition", "2024/a",
         *MODULE),
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_folder_that_a_fresh_home_does_not_know_is_mirrored(
    environment: dict[str, str], tmp_path: Path, words: tuple[str, ...]
) -> None:
    ran = run(environment, *words)
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "resized" / "2024" / "a" / "1.jpg").stat().st_size <= BUDGET
    assert "DEBUG" not in ran.stderr + ran.stdout
    if words[0] == "dg":
        assert "Warning" not in ran.stderr + ran.stdout
    with dg.DagsterInstance.from_config(environment["DAGSTER_HOME"]) as instance:
        (found,) = instance.get_runs()
    # The UI's timeline shows runs by where their job is defined.
    assert found.remote_job_origin is not None
    assert found.remote_job_origin.location_name == "photo-mirror"


def test_a_folder_that_does_not_exist_fails_with_a_sentence(environment: dict[str, str]) -> None:
    ran = run(environment, "dg", "launch", "--assets", "resized_photos", "--partition", "2024/b")
    assert ran.returncode != 0
    assert "2024/b" in ran.stderr + ran.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("dagster", "job", "execute", "-j", "mirror_folder", *MODULE),
        ("dg", "launch", "--job", "mirror_folder"),
        ("dg", "launch", "--job", "mirror_folder", "--partition", "2024/b"),
    ],
    ids=" ".join,
)
def test_a_partition_that_is_missing_or_unknown_is_one_sentence_without_stack_traces(
    environment: dict[str, str], words: tuple[str, ...]
) -> None:
    ran = run(environment, *words)
    assert ran.returncode == 1
    said = ran.stdout + ran.stderr
    sentence = "2024/b" if "--partition" in words else "this run has no partition"
    assert len([line for line in said.splitlines() if sentence in line]) == 1
    assert "Stack Trace" not in said
    assert "Traceback" not in said
