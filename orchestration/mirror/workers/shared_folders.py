"""Folders in the hands of several machines: whether every one of them sees what this one sees."""

import hashlib
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice
from pathlib import Path
from uuid import uuid4

from orchestration.blobs.address import Address
from orchestration.blobs.open import open_source
from orchestration.mirror.decide.actions import Action
from orchestration.mirror.errors import OutOfReachError, SharedFolderError
from orchestration.mirror.outcomes import Outcome

# What is read of a photo to tell that it is the same one.
_HEAD = 4096
# Any of so many photos may be replaced while the run lasts.
_SEVERAL = 5
# Differs from machine to machine, and from start to start, also where names and paths agree.
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Landmark:
    """Files by which a process tells that it sees the folder that the driver sees: one is enough.

    `machine` is the only one the folder may be used on, or ''.
    """

    folder: str
    files: tuple[tuple[str, str], ...]
    machine: str = ""

    def find(self) -> None:
        """See the folder from this process.

        Raises OutOfReachError, SharedFolderError.
        """
        if not any(_digest(Path(file)) == digest for file, digest in self.files):
            raise OutOfReachError(self.folder, platform.node())
        if self.machine not in {"", machine()}:
            raise SharedFolderError(self.folder, platform.node())


@contextmanager
def landmarks(raw: Address, written: Sequence[Address]) -> Iterator[list[Landmark]]:
    """Yield a landmark for each place that is a folder; those in written ones are ours to place.

    A written folder keeps what it knows of its files in a database that only the processes of one
    machine may share.

    Raises OutOfReachError for a place that lies in this process's memory.
    """
    found = [] if raw.is_container else _first_photos(raw)
    placed = [_token(place) for place in _outermost(written) if not place.is_container]
    try:
        yield [*found, *map(_ours, placed)]
    finally:
        for token in placed:
            token.unlink(missing_ok=True)


def within_reach(
    work: Callable[[tuple[Action, ...]], list[Outcome]], marks: Iterable[Landmark]
) -> Callable[[tuple[Action, ...]], list[Outcome]]:
    """Make every process look for the landmarks before its first work, whenever it may join."""
    return partial(_work_within_reach, work, tuple(marks))


def machine() -> str:
    """A name for this machine that no other one has."""
    return _BOOT.read_text().strip() if _BOOT.exists() else platform.node()


def _work_within_reach(
    work: Callable[[tuple[Action, ...]], list[Outcome]],
    marks: tuple[Landmark, ...],
    actions: tuple[Action, ...],
) -> list[Outcome]:
    for mark in marks:
        _find_once(mark)
    return work(actions)


@cache
def _find_once(mark: Landmark) -> None:
    mark.find()


def _first_photos(raw: Address) -> list[Landmark]:
    if raw.is_memory:
        raise OutOfReachError(raw.url, "another process")
    names = (row.name for row in islice(open_source(raw).list(), _SEVERAL))
    files = tuple((str(file), _digest(file)) for file in (Path(raw.url, name) for name in names))
    return [Landmark(raw.url, files)] if files else []


def _ours(token: Path) -> Landmark:
    return Landmark(str(token.parent.parent), ((str(token), _digest(token)),), machine())


def _token(place: Address) -> Path:
    if place.is_memory:
        raise OutOfReachError(place.url, "another process")
    token = Path(place.url, ".photo-mirror", f"landmark-{uuid4().hex}")
    token.parent.mkdir(exist_ok=True)
    token.write_text(token.name)
    return token


def _outermost(places: Iterable[Address]) -> list[Address]:
    """Leave out what lies within a place before it."""
    kept: list[Address] = []
    for place in places:
        if not any(place.overlaps(other) for other in kept):
            kept.append(place)
    return kept


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return hashlib.sha256(opened.read(_HEAD)).hexdigest()
    except OSError:
        return ""
