"""Detects runs whose process was killed: each run holds a file lock that ends with its process.

Without it, such a run stays "started" for ever, and queued runs wait for it.
"""

import atexit
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import dagster as dg
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, WorkerStatus

_FOLDER = "photo_mirror_runs"


# The locks of this process. A step that waits for a store before it retries keeps its lock.
_held: dict[Path, TextIO] = {}


@contextmanager
def alive(instance: dg.DagsterInstance, run_id: str) -> Iterator[None]:
    """Hold a run's lock while this process works on it.

    After an exception the step may be retried, so the lock is kept until then, or until this
    process ends.
    """
    lock = _lock(instance, run_id)
    lock.parent.mkdir(parents=True, exist_ok=True)
    _remove_ended(instance, lock.parent)
    if lock not in _held:
        _held[lock] = lock.open("w")
        fcntl.flock(_held[lock], fcntl.LOCK_EX)
    yield
    _release(lock)


def is_killed(instance: dg.DagsterInstance, run_id: str) -> bool:
    """Whether the process of a run in this home ended without removing the run's lock.

    False for a run that has not begun to mirror, or that another home runs: it has no lock here.
    """
    try:
        with _lock(instance, run_id).open("r") as found:
            fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    except (FileNotFoundError, BlockingIOError):
        return False


class WatchfulRunLauncher(DefaultRunLauncher):
    """Dagster's default launcher, which also reports runs of this home that were killed."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Return True, so that run monitoring checks each run."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Return whether the process of a started run is alive."""
        if is_killed(self._instance, run.run_id):
            return CheckRunHealthResult(WorkerStatus.FAILED, "its process was killed")
        return CheckRunHealthResult(WorkerStatus.RUNNING)


def _lock(instance: dg.DagsterInstance, run_id: str) -> Path:
    return Path(instance.storage_directory()) / _FOLDER / run_id


def _remove_ended(instance: dg.DagsterInstance, folder: Path) -> None:
    """Remove the locks of killed runs that Dagster knows to have ended."""
    for lock in folder.iterdir():
        run = instance.get_run_by_id(lock.name) if is_killed(instance, lock.name) else None
        if run is not None and run.is_finished:
            lock.unlink(missing_ok=True)


def _release(lock: Path) -> None:
    lock.unlink(missing_ok=True)
    _held.pop(lock).close()


@atexit.register
def _release_all() -> None:
    for lock in [*_held]:
        _release(lock)
