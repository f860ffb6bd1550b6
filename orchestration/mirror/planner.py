"""Plan a run: one listing of both containers in, actions and notes about folders out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from orchestration.blobs.base import BlobInfo
from orchestration.mirror.decide.actions import Action, Refuse, action_for, deletions
from orchestration.mirror.decide.classify import State, Verdict, is_proof, why_not_replaceable
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.decide.folder_counter import FolderCount
from orchestration.mirror.ledger.folder_counts import read_counts
from orchestration.mirror.ledger.refusals import Refusals
from orchestration.mirror.ledger.unexpected_blobs import Warn
from orchestration.mirror.mirror import Mirror
from orchestration.mirror.outcomes import (
    Blocked,
    Expected,
    FolderDone,
    ListedProblem,
    Unreadable,
)
from orchestration.mirror.partition_keys import Folder, folder_at

# After how many actions a plan yields their number.
_EVERY = 100
# The maximum number of unreadable names that are yielded; the counts include all.
_MOST_FOUND = 1_000
# The maximum number of orphans of a folder that one run deletes; the next run deletes more.
MOST_DELETED = 50_000


@dataclass(frozen=True, slots=True)
class FolderStarted:
    """The first event of a folder that needs work. `refusals` are those of its photos."""

    folder: Folder
    refusals: Refusals


@dataclass(frozen=True, slots=True)
class FolderPlanned:
    """Every action of this folder was yielded; `counts` are those of the listing."""

    folder: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class FolderOutgrown:
    """The ledger has counts under this key, and no folder has such a key at this depth."""

    key: str


@dataclass(frozen=True, slots=True)
class SetupProven:
    """A listed rendition was made by this recipe and these libraries."""


@dataclass(frozen=True, slots=True)
class AllListed:
    """All photos were listed, so a refusal that was not met belongs to no photo."""

    refusals: Refusals


Planned = (
    Action
    | Refuse
    | FolderStarted
    | FolderPlanned
    | FolderOutgrown
    | FolderDone
    | SetupProven
    | AllListed
    | Expected
    | ListedProblem
)


def plan_run(mirror: Mirror, folders: Iterable[Folder] | None, warn: Warn) -> Iterator[Planned]:
    """Yield what a run of these folders, or of all in one listing, has to do. Writes nothing.

    A folder without work whose counts are those of the ledger is only yielded as FolderDone.
    Blobs in the ledger that have another form are passed to `warn`.

    Raises OutOfOrderError, StoreUnavailableError.
    """
    yield from _Plan(mirror, warn).events(folders)


def plan_again(
    mirror: Mirror, folder: Folder, photos: set[str], refusals: Refusals
) -> Iterator[Action | Refuse]:
    """List a folder once more, and yield what these photos of it need now.

    Raises OutOfOrderError, StoreUnavailableError.
    """
    for verdict in mirror.verdicts(folder, refusals=refusals):
        if verdict.photo is not None and verdict.photo.name in photos:
            action = action_for(verdict, folder.key, mirror.policy)
            if action is not None:
                yield action


class _Plan:
    """Holds the folders that were started, with their orphans, and what was listed so far."""

    def __init__(self, mirror: Mirror, warn: Warn) -> None:
        self._mirror = mirror
        self._warn = warn
        self._stored: dict[str, Counts] = {}
        self._started: dict[str, list[BlobInfo]] = {}
        self._planned = 0
        self._found = 0
        self._is_proven = False
        self._is_complete = True
        self._closed_folders: list[str] = []
        policy = mirror.policy
        self._acted_on = (
            {State.DUE}
            | ({State.STALE} if policy.rebuild_stale else set())
            | ({State.ORPHAN} if policy.delete_orphans else set())
        )

    def events(self, folders: Iterable[Folder] | None) -> Iterator[Planned]:
        """Yield the plan of these folders, or of all."""
        mirror = self._mirror
        self._stored = {one.key: one.counts for one in read_counts(mirror.ledger, warn=self._warn)}
        if folders is None:
            yield from self._all_folders(Refusals(mirror.ledger, warn=self._warn))
        for folder in folders or ():
            yield from self._listed(folder, Refusals(mirror.ledger, folder, self._warn))
        yield Expected(self._planned, is_all=True)

    def _all_folders(self, refusals: Refusals) -> Iterator[Planned]:
        yield from self._listed(None, refusals)
        for key in [*self._stored]:  # both containers are empty here
            try:
                gone = folder_at(key, self._mirror.depth)
            except ValueError:
                yield FolderOutgrown(key)
                continue
            if not any(gone.prefix.startswith(closed) for closed in self._closed_folders):
                yield from self._ended(FolderCount(gone, Counts()), refusals)
        if self._is_complete:
            yield AllListed(refusals)

    def _listed(self, scope: Folder | None, refusals: Refusals) -> Iterator[Planned]:
        counter = self._mirror.folder_counter()
        for verdict in self._mirror.verdicts(scope, refusals=refusals):
            folder, ended = counter.add(verdict)
            for seen in ended:
                yield from self._ended(seen, refusals)
            if not self._is_proven and is_proof(verdict, self._mirror.recipe):
                self._is_proven = True
                yield SetupProven()
            yield from self._problem(verdict, folder)
            if verdict.state in self._acted_on and not self._is_futile(verdict, refusals):
                yield from self._actions(verdict, folder, refusals)
        named = [] if scope is None else [FolderCount(scope, Counts())]
        for seen in counter.open_folders or named:
            yield from self._ended(seen, refusals)

    def _actions(self, verdict: Verdict, folder: Folder, refusals: Refusals) -> Iterator[Planned]:
        yield from self._start(folder, refusals)
        if verdict.state is State.ORPHAN and verdict.rendition is not None:
            orphans = self._started[folder.key]
            if len(orphans) < MOST_DELETED:
                orphans.append(verdict.rendition)
            return
        action = action_for(verdict, folder.key, self._mirror.policy)
        if action is not None:
            yield action
            self._planned += 1
            if self._planned % _EVERY == 0:
                yield Expected(self._planned, is_all=False)

    def _ended(self, seen: FolderCount, refusals: Refusals) -> Iterator[Planned]:
        key, counts = seen.folder.key, seen.counts
        stored = self._stored.pop(key, Counts())
        if key not in self._started and counts == stored:
            yield FolderDone(key, counts)
            return
        yield from self._start(seen.folder, refusals)
        orphans = self._started.pop(key)
        deleted = deletions(key, orphans, counts, self._mirror.policy)
        self._planned += len(deleted)
        yield from deleted
        yield FolderPlanned(key, counts)

    def _start(self, folder: Folder, refusals: Refusals) -> Iterator[FolderStarted]:
        if folder.key not in self._started:
            self._started[folder.key] = []
            yield FolderStarted(folder, refusals)

    def _problem(self, verdict: Verdict, folder: Folder) -> Iterator[ListedProblem]:
        """Yield why a name cannot be mirrored, if so; remember folders that cannot be listed."""
        if verdict.state is State.UNREADABLE:
            self._is_complete = False
            if verdict.photo is not None and verdict.name.endswith("/"):
                self._closed_folders.append(verdict.name)
        problem = _problem_of(verdict, folder.key, self._mirror)
        if problem is not None and self._found < _MOST_FOUND:
            self._found += 1
            yield ListedProblem(problem)

    def _is_futile(self, verdict: Verdict, refusals: Refusals) -> bool:
        """Return whether a stale rendition cannot be regenerated, because its photo was refused."""
        photo = verdict.photo
        return (
            verdict.state is State.STALE
            and photo is not None
            and self._mirror.is_refused(photo, refusals)
        )


def _problem_of(verdict: Verdict, folder: str, mirror: Mirror) -> Blocked | Unreadable | None:
    photo, rendition = verdict.photo, verdict.rendition
    match verdict.state:
        case State.UNREADABLE if photo is not None and photo.denied:
            return Unreadable(folder, photo.name, photo.denied)
        case State.UNREADABLE if photo is not None and rendition is not None:
            name, why = rendition.name, rendition.denied
            reason = f"{name} in the resized container cannot be read: {why}"
            return Unreadable(folder, photo.name, reason)
        case State.BLOCKED if photo is not None and rendition is not None:
            is_ours = verdict.stamp is not None
            reason = why_not_replaceable(rendition) if is_ours else rendition.denied
            other = mirror.recipe.naming.other(photo.name)
            return Blocked(folder, photo.name, reason, rendition=other)
    return None
