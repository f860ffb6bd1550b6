"""Check that every machine of a cluster finds the same folders at the same paths."""

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

# Bytes of a photo that are compared.
_HEAD = 4096
# Photos per folder, because some of them may be replaced during the run.
_SEVERAL = 5
# Differs between machines and between boots, even where host names and paths are equal.
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Landmark:
    """Files that prove that a process uses the same folder as the driver. One is enough.

    `machine` is the only machine that may use the folder, or ''.
    """

    folder: str
    files: tuple[tuple[str, str], ...]
    machine: str = ""

    def find(self) -> None:
        """Check that this process uses the same folder.

        Raises OutOfReachError, SharedFolderError.
        """
        if not any(_digest(Path(file)) == digest for file, digest in self.files):
            raise OutOfReachError(self.folder, platform.node())
        if self.machine not in {"", machine()}:
            raise SharedFolderError(self.folder, platform.node())


@contextmanager
def landmarks(raw: Address, written: Sequence[Address]) -> Iterator[list[Landmark]]:
    """Yield a landmark for each address that is a folder; create files in those that are written.

    A written folder has the metadata of its files in a database that only the processes of one
    machine may share.

    Raises OutOfReachError for a container in this process's memory.
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
    """Return `work` with a check of the landmarks before the first work of each process."""
    return partial(_work_within_reach, work, tuple(marks))


def machine() -> str:
    """Return a name that only this machine has."""
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
    """Return the addresses without those that overlap an earlier one."""
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
