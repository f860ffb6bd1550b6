"""Lets Dagster notice a run whose process was killed: each run holds a lock that dies with it.

Without that, such a run stays started for ever, and those that wait for it wait as long.
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


# What this process works on, or will again: a step that pauses for a store keeps its run's lock.
_held: dict[Path, TextIO] = {}


@contextmanager
def alive(instance: dg.DagsterInstance, run_id: str) -> Iterator[None]:
    """Hold a run's lock for as long as this process works on it.

    What ends by an exception may be tried again after a pause, and so the lock is then held until
    it is, or this process ends.
    """
    lock = _lock(instance, run_id)
    lock.parent.mkdir(parents=True, exist_ok=True)
    _forget_ended(instance, lock.parent)
    if lock not in _held:
        _held[lock] = lock.open("w")
        fcntl.flock(_held[lock], fcntl.LOCK_EX)
    yield
    _release(lock)


def is_killed(instance: dg.DagsterInstance, run_id: str) -> bool:
    """Whether a run was worked on in this home and its process is gone without saying so.

    A run that has not begun to mirror, or that goes on in another home, holds no lock here and is
    not said to be killed.
    """
    try:
        with _lock(instance, run_id).open("r") as found:
            fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    except (FileNotFoundError, BlockingIOError):
        return False


class WatchfulRunLauncher(DefaultRunLauncher):
    """Dagster's own launcher, which also knows which of the runs of this home were killed."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Yes: run monitoring asks."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Say whether a started run is still worked on."""
        if is_killed(self._instance, run.run_id):
            return CheckRunHealthResult(WorkerStatus.FAILED, "its process was killed")
        return CheckRunHealthResult(WorkerStatus.RUNNING)


def _lock(instance: dg.DagsterInstance, run_id: str) -> Path:
    return Path(instance.storage_directory()) / _FOLDER / run_id


def _forget_ended(instance: dg.DagsterInstance, folder: Path) -> None:
    """Remove the locks that killed runs left behind, once Dagster knows that those ended."""
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
