"""A run whose process was killed is noticed, by the daemon's own monitoring."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID

import dagster as dg
import pytest
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import EmptyWorkspaceTarget
from dagster._daemon.monitoring.run_monitoring import execute_run_monitoring_iteration

from orchestration.defs.launcher import alive, is_killed
from tests import preloaded
from tests.dagster_home import fill
from tests.noise_photos import BUDGET, photo

JOB = ("-m", "orchestration.definitions", "-j", "mirror_folders")
RUN, OTHER = str(UUID(int=1)), str(UUID(int=2))
YAML = Path(__file__).parents[2] / "dagster.yaml"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for at in range(200):
        path = tmp_path / "raw" / "a" / "b" / f"{at:03}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photo(at % 20, 160))
    home = fill(tmp_path / "home")
    shutil.copy(YAML, home / "dagster.yaml")
    return home


def started(home: Path) -> preloaded.Program:
    places = {name: str(home.parent / name.lower()) for name in ("RAW", "RESIZED")}
    run = preloaded.start(
        [sys.executable, "-m", "dagster", "job", "execute", *JOB],
        env=os.environ
        | {f"PHOTO_MIRROR_{name}": place for name, place in places.items()}
        | {"DAGSTER_HOME": str(home), "PHOTO_MIRROR_BUDGET": str(BUDGET)}
        | {"PHOTO_MIRROR_WORKERS": "1"},
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


def locks(home: Path) -> list[str]:
    return [path.name for path in home.rglob("photo_mirror_runs/*")]


@pytest.mark.parametrize("ends", ["well", "by an exception", "killed"])
def test_no_lock_of_a_run_that_ended_stays(ends: str, tmp_path: Path) -> None:
    fill(tmp_path)
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        script = f"""
import os, signal, dagster as dg
from orchestration.defs.launcher import alive
with dg.DagsterInstance.local_temp({str(tmp_path)!r}) as instance, alive(instance, {RUN!r}):
    if {ends!r} == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if {ends!r} == "by an exception":
        raise RuntimeError
"""
        subprocess.run([sys.executable, "-c", script], check=False, stderr=subprocess.DEVNULL)
        instance.add_run(dg.DagsterRun("job", run_id=RUN, status=dg.DagsterRunStatus.FAILURE))
        assert is_killed(instance, RUN) is (ends == "killed")
        with alive(instance, OTHER):
            assert locks(tmp_path) == [OTHER]
        assert locks(tmp_path) == []


def test_a_run_between_two_attempts_counts_as_alive_until_killed(
    tmp_path: Path,
) -> None:
    script = f"""
import sys, time, dagster as dg
from orchestration.defs.launcher import alive
with dg.DagsterInstance.local_temp({str(tmp_path)!r}) as instance:
    try:
        with alive(instance, {RUN!r}):
            raise RuntimeError
    except RuntimeError:
        print("paused", flush=True)
        sys.stdin.read(1)
    with alive(instance, {RUN!r}):
        print("again", flush=True)
        sys.stdin.read(1)
    print("ended", flush=True)
    sys.stdin.read()
"""

    def paused() -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-c", script]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    fill(tmp_path)
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        with paused() as run:
            assert run.stdout
            assert run.stdin
            for said in (b"paused\n", b"again\n"):
                assert run.stdout.readline() == said
                assert not is_killed(instance, RUN)
                assert locks(tmp_path) == [RUN]
                run.stdin.write(b"\n")
                run.stdin.flush()
            assert run.stdout.readline() == b"ended\n"
            assert locks(tmp_path) == []
            run.kill()
        with paused() as run:
            assert run.stdout
            assert run.stdout.readline() == b"paused\n"
            run.kill()
            run.wait()
            assert is_killed(instance, RUN)
