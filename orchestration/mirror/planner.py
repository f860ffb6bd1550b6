"""What a run has to do: one listing of both ends, told folder from folder, verdict to action."""

from collections.abc import Iterable, Iterator

from orchestration.mirror.act.folder_run import FolderRun
from orchestration.mirror.decide.actions import Action
from orchestration.mirror.decide.classify import State, Verdict, is_proof, what_holds
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.decide.folder_counter import FolderCount
from orchestration.mirror.folders import Folder, folder_at
from orchestration.mirror.ledger.contact_sheets import SheetQuota
from orchestration.mirror.ledger.folder_counts import forget_counts, read_counts
from orchestration.mirror.ledger.refusals import Refusals
from orchestration.mirror.mirror import Mirror
from orchestration.mirror.outcomes import (
    Blocked,
    Expected,
    FolderDone,
    Found,
    Note,
    Noticed,
    Planned,
    Unreadable,
)

# How often it is told how much there is to do.
_EVERY = 100
# So many names for which nothing can be done are told one by one; the counts have them all.
_MOST_FOUND = 1_000


class Planner:
    """Holds the folders that were begun and are not complete.

    `outgrown` are keys the ledger remembers and there are no folders for, at this depth.
    `is_proven`: a rendition was met that this recipe and these libraries have made before.
    """

    def __init__(self, mirror: Mirror) -> None:
        self.open: dict[str, FolderRun] = {}
        self._mirror = mirror
        self._quota = SheetQuota(mirror.ledger, mirror.policy.shown, mirror.now)
        self._remembered: dict[str, Counts] = {}
        self._planned = 0
        self._everywhere: Refusals | None = None
        self._is_whole = True
        self._found = 0
        self._shut: list[str] = []
        self._odd: dict[str, str] = {}
        self.is_proven = False
        self.outgrown: list[str] = []
        policy = mirror.policy
        self._acted_on = (
            {State.DUE}
            | ({State.STALE} if policy.rebuild_stale else set())
            | ({State.ORPHAN} if policy.delete_orphans else set())
        )

    def items(self, folders: Iterable[Folder] | None) -> Iterator[Action | Note]:
        """Yield what these folders ask for, or all folders in one listing.

        A folder that asks for nothing and stands as the ledger remembers it is done at once.
        """
        mirror = self._mirror
        self._remembered = {
            taken.key: taken.counts for taken in read_counts(mirror.ledger, odd=self.notice)
        }
        if folders is None:
            refusals = Refusals(mirror.ledger, odd=self.notice)
            self._everywhere = refusals
            yield from self._listed(None, refusals)
            for key in [*self._remembered]:  # neither end holds anything of these any more
                try:
                    gone = folder_at(key, mirror.depth)
                except ValueError:  # folders were deeper then
                    self.outgrown.append(key)
                    continue
                if not any(gone.prefix.startswith(one) for one in self._shut):
                    yield from self._ended(FolderCount(gone, Counts()), refusals)
        for folder in folders or ():
            yield from self._listed(folder, Refusals(mirror.ledger, folder, self.notice))
        yield Expected(self._planned, is_all=True)

    def again(self, folder_runs: Iterable[FolderRun]) -> Iterator[Action | Note]:
        """Yield what is to be done about photos that were superseded."""
        for folder_run in folder_runs:
            names, folder_run.superseded = folder_run.superseded, set()
            folder_run.is_planned = False
            self.open[folder_run.folder.key] = folder_run
            for verdict in self._mirror.verdicts(folder_run.folder, refusals=folder_run.refusals):
                if verdict.photo is not None and verdict.photo.name in names:
                    yield from folder_run.actions(verdict)
            yield Planned(folder_run.folder.key)

    def _listed(self, scope: Folder | None, refusals: Refusals) -> Iterator[Action | Note]:
        counter = self._mirror.folder_counter()
        for verdict in self._mirror.verdicts(scope, refusals=refusals):
            folder, ended = counter.add(verdict)
            for seen in ended:
                yield from self._ended(seen, refusals)
            self.is_proven = self.is_proven or is_proof(verdict, self._mirror.recipe)
            yield from self._told(verdict, folder)
            if verdict.state in self._acted_on and not self._is_vain(verdict, refusals):
                for action in self._folder_run(folder, refusals).actions(verdict):
                    yield action
                    self._planned += 1
                    if self._planned % _EVERY == 0:
                        yield Expected(self._planned, is_all=False)
        for seen in counter.open_folders or (
            [] if scope is None else [FolderCount(scope, Counts())]
        ):
            yield from self._ended(seen, refusals)

    def notice(self, name: str, why: str) -> None:
        """Keep in mind what in the ledger is not ours."""
        self._odd.setdefault(name, why)

    def noticed(self) -> Iterator[Noticed]:
        """Yield what was noticed in the ledger."""
        return (Noticed(name, why) for name, why in self._odd.items())

    def forget_outgrown(self) -> None:
        """Drop what the ledger remembers of folders, and of photos, that there are none of."""
        for key in self.outgrown:
            forget_counts(self._mirror.ledger, key)
        if self._everywhere is not None and self._is_whole:
            self._everywhere.forget_unmet()

    def _is_vain(self, verdict: Verdict, refusals: Refusals) -> bool:
        """Whether a stale rendition could not be regenerated, for its photo was refused then."""
        photo = verdict.photo
        return (
            verdict.state is State.STALE
            and photo is not None
            and self._mirror.is_refused(photo, refusals)
        )

    def _told(self, verdict: Verdict, folder: Folder) -> Iterator[Found]:
        """Tell of a name for which nothing can be done; keep in mind which folders are shut."""
        self._is_whole = self._is_whole and verdict.state is not State.UNREADABLE
        if verdict.state is State.UNREADABLE and verdict.photo and verdict.name.endswith("/"):
            self._shut.append(verdict.name)
        outcome = _standing(verdict, folder.key, self._mirror)
        if outcome is not None and self._found < _MOST_FOUND:
            self._found += 1
            yield Found(outcome)

    def _ended(self, seen: FolderCount, refusals: Refusals) -> Iterator[Action | Note]:
        key, counts = seen.folder.key, seen.counts
        remembered = self._remembered.pop(key, Counts())
        if key not in self.open and counts == remembered:
            yield FolderDone(key, counts)
            return
        orphans = self._folder_run(seen.folder, refusals).ended(counts)
        self._planned += len(orphans)
        yield from orphans
        yield Planned(key)

    def _folder_run(self, folder: Folder, refusals: Refusals) -> FolderRun:
        folder_run = self.open.get(folder.key)
        if folder_run is None:
            folder_run = self.open[folder.key] = FolderRun(
                folder, self._mirror, refusals, self._quota, self.notice
            )
        return folder_run


def _standing(verdict: Verdict, folder: str, mirror: Mirror) -> Blocked | Unreadable | None:
    """Say why nothing can be done for a name, if so."""
    photo, held = verdict.photo, verdict.rendition
    match verdict.state:
        case State.UNREADABLE if photo is not None and photo.denied:
            return Unreadable(folder, photo.name, photo.denied)
        case State.UNREADABLE if photo is not None and held is not None:
            reason = f"{held.name} in the resized place cannot be looked into: {held.denied}"
            return Unreadable(folder, photo.name, reason)
        case State.BLOCKED if photo is not None and held is not None:
            other = mirror.recipe.naming.other(photo.name)
            reason = what_holds(held) if verdict.stamp is not None else held.denied
            return Blocked(folder, photo.name, reason, rendition=other)
    return None
