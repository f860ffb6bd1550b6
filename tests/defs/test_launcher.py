"""A run whose process was killed is noticed, by the daemon's own monitoring."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import EmptyWorkspaceTarget
from dagster._daemon.monitoring.run_monitoring import execute_run_monitoring_iteration

from tests.photos import BUDGET, photo

JOB = ("-m", "orchestration.definitions", "-j", "mirror_folders")
YAML = Path(__file__).parents[2] / "dagster.yaml"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for at in range(200):
        path = tmp_path / "raw" / "a" / "b" / f"{at:03}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photo(at % 20, 160))
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(YAML, home / "dagster.yaml")
    return home


def started(home: Path) -> "subprocess.Popen[bytes]":
    places = {name: str(home.parent / name.lower()) for name in ("RAW", "RESIZED")}
    run = subprocess.Popen(
        [sys.executable, "-m", "dagster", "job", "execute", *JOB],
        env=os.environ
        | {f"PHOTO_MIRROR_{name}": place for name, place in places.items()}
        | {"DAGSTER_HOME": str(home), "PHOTO_MIRROR_BUDGET": str(BUDGET)}
        | {"PHOTO_MIRROR_WORKERS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 120
    while not any(home.parent.glob("resized/a/b/*.jpg")) and time.monotonic() < deadline:
        time.sleep(0.05)
    return run


def monitored(instance: dg.DagsterInstance) -> dg.DagsterRunStatus:
    """Let the daemon's monitoring look once; return how the only run stands then."""
    with WorkspaceProcessContext(instance, EmptyWorkspaceTarget()) as workspace:
        logger = dg.get_dagster_logger()
        errors = [*execute_run_monitoring_iteration(workspace, logger)]
    assert not [error for error in errors if error]
    (run,) = instance.get_runs()
    return run.status


def test_a_run_that_was_killed_is_ended_and_one_that_goes_on_is_not(home: Path) -> None:
    run = started(home)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        try:
            assert monitored(instance) is dg.DagsterRunStatus.STARTED
        finally:
            run.send_signal(signal.SIGKILL)
            run.wait()
        assert monitored(instance) is dg.DagsterRunStatus.FAILURE
