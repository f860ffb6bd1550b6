"""`photo-mirror run` as a person types it, on a terminal and off one."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.tags import HIDDEN_TAG_PREFIX

from tests import preloaded
from tests.noise_photos import BUDGET, photo

COMMAND = Path(sys.executable).parent / "photo-mirror"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    for at, name in enumerate(("2024/a/1.jpg", "2024/a/2.jpg", "2025/b/3.jpg")):
        path = tmp_path / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photo(at))
    path.with_name("broken.jpg").write_bytes(photo(9)[:2_000])
    return os.environ | {
        "PHOTO_MIRROR_RAW": str(tmp_path / "raw"),
        "PHOTO_MIRROR_RESIZED": str(tmp_path / "resized"),
        "PHOTO_MIRROR_BUDGET": str(BUDGET),
        "PHOTO_MIRROR_EFFORT": "balanced",
        "PHOTO_MIRROR_WORKERS": "1",
        "DAGSTER_HOME": str(tmp_path / "home"),
        "COLUMNS": "120",
        "TERM": "xterm",
    }


def on_a_terminal(environment: dict[str, str]) -> tuple[int, str]:
    ours, theirs = pty.openpty()
    run = subprocess.Popen(
        [COMMAND, "run"], env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    said = b""
    try:
        while some := os.read(ours, 4096):
            said += some
    except OSError:  # on Linux, this means that the other side hung up
        pass
    finally:
        os.close(ours)
    return run.wait(60), said.decode()


def shown_tags(environment: dict[str, str]) -> list[str]:
    """The tags of the newest run that the UI shows."""
    with dg.DagsterInstance.from_config(environment["DAGSTER_HOME"]) as instance:
        (found,) = instance.get_runs(limit=1)
    return [tag for tag in found.tags if not tag.startswith(HIDDEN_TAG_PREFIX)]


def test_a_terminal_shows_a_bar_and_the_counts_but_no_dagster_log(
    environment: dict[str, str],
) -> None:
    code, said = on_a_terminal(environment)
    assert code == 0, said
    assert "4/4" in said
    assert "photos/s" in said
    assert "refused: 2025/b/broken.jpg: a JPEG file cut short" in said
    assert shown_tags(environment) == []
    assert "Total files in container: 3" in said
    assert "dagster" not in said.replace(environment["PHOTO_MIRROR_RAW"], "").lower()


def test_a_missing_folder_is_reported_before_anything_starts(
    environment: dict[str, str], tmp_path: Path
) -> None:
    missing = tmp_path / "missing"
    settings = environment | {"PHOTO_MIRROR_RAW": str(missing)}
    ran = preloaded.run([COMMAND, "run"], env=settings)
    assert ran.returncode == 3
    assert ran.stderr == f"Error: {missing}: folder not found (is the drive mounted?)\n"
    assert not Path(environment["DAGSTER_HOME"]).exists()


def test_a_run_that_stopped_prints_the_counts_of_the_mirror(
    environment: dict[str, str],
) -> None:
    for at in range(12):
        broken = Path(environment["PHOTO_MIRROR_RAW"], f"2024/a/broken{at}.jpg")
        broken.write_bytes(photo(at)[:2_000])
    allowing = environment | {"PHOTO_MIRROR_BREAKER_SHARE": "0.5"}
    ran = preloaded.run([COMMAND, "run"], env=allowing)
    assert ran.returncode == 1
    assert "Nothing was recorded against them" in ran.stderr
    assert "photos in the raw container 16" in " ".join(ran.stdout.split())
