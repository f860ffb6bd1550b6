"""Mirror folders: plan, dispatch, record, list again, count. Yields the outcome of every photo."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

from orchestration.blobs.errors import StoreUnavailableError
from orchestration.mirror.act.circuit_breaker import CircuitBreaker
from orchestration.mirror.act.dispatch import dispatch
from orchestration.mirror.act.engine import Engine
from orchestration.mirror.act.folder_run import FolderRun
from orchestration.mirror.decide.actions import Action, Refuse
from orchestration.mirror.ledger.contact_sheets import SheetQuota
from orchestration.mirror.ledger.folder_counts import forget_counts
from orchestration.mirror.ledger.refusals import Refusals
from orchestration.mirror.mirror import Mirror, in_known_order
from orchestration.mirror.outcomes import (
    Expected,
    FolderDone,
    LedgerWarning,
    ListedProblem,
    Note,
    Outcome,
    Refused,
    refused_when_listed,
)
from orchestration.mirror.partition_keys import Folder
from orchestration.mirror.planner import (
    AllListed,
    FolderOutgrown,
    FolderPlanned,
    FolderStarted,
    Planned,
    SetupProven,
    plan_again,
    plan_run,
)
from orchestration.mirror.preflight import check_work
from orchestration.mirror.workers.context import WorkContext
from orchestration.mirror.workers.existing_rendition import already_done

# A folder's refusals are recorded in batches of this size, so that few are lost by a kill.
BATCH = 64

_Event = Refused | Expected | ListedProblem | FolderDone | FolderPlanned


def mirror_folders(
    mirror: Mirror, engine: Engine, folders: Iterable[Folder] | None = None
) -> Iterator[Outcome | Note]:
    """Bring the renditions of these folders, or of all folders, in sync with their photos.

    Workers are busy across folders. Photos that are replaced meanwhile are planned once more at
    the end. Yields every outcome as it arrives, and FolderDone after the last outcome of a folder.

    Raises RunStoppedError or StoreUnavailableError when the run cannot go on. What was done by
    then is kept.
    """
    asked = None if folders is None else [*dict.fromkeys(folders)]
    # Photos done before a listing turned out to be unordered will be in sync.
    yield from in_known_order(mirror, lambda going: _Run(going, engine).events(asked))


class _Run:
    """Holds a FolderRun for every folder that has work, until its counts are written."""

    def __init__(self, mirror: Mirror, engine: Engine) -> None:
        self._mirror = mirror
        self._engine = engine
        self._breaker = CircuitBreaker(mirror.policy)
        self._quota = SheetQuota(mirror.ledger, mirror.policy.shown, mirror.now)
        self._open: dict[str, FolderRun] = {}
        self._complete: list[FolderRun] = []
        self._superseded: list[FolderRun] = []
        self._outgrown: list[str] = []
        self._all_listed: Refusals | None = None
        self._warnings: dict[str, str] = {}
        self._may_write = False

    def events(self, folders: list[Folder] | None) -> Iterator[Outcome | Note]:
        """Do the planned actions, then plan the superseded photos once more."""
        try:
            yield from self._round(plan_run(self._mirror, folders, self._warn))
            superseded, self._superseded = self._superseded, []
            yield from self._round(self._planned_again(superseded))
        except (StoreUnavailableError, KeyboardInterrupt):
            self._record_what_waits()
            raise
        self._complete += self._superseded
        self._breaker.end()
        yield from self._close()
        self._forget()
        yield from (LedgerWarning(name, why) for name, why in self._warnings.items())

    def _round(self, plan: Iterator[Planned]) -> Iterator[Outcome | Note]:
        events: Iterator[Outcome | _Event] = dispatch(
            self._opened(plan), self._engine, self._already_done
        )
        for event in events:
            match event:
                case Expected() | ListedProblem() | FolderDone():
                    yield event
                    continue
                case FolderPlanned(key, counts):
                    folder_run = self._open[key]
                    folder_run.end_planning(counts)
                case outcome:
                    yield outcome
                    folder_run = self._open[outcome.folder]
                    folder_run.settle(outcome)
                    self._breaker.watch(outcome)
            if folder_run.is_complete:
                del self._open[folder_run.folder.key]
                (self._superseded if folder_run.superseded else self._complete).append(folder_run)
            # Nothing is recorded against a photo until the breaker trusts the run.
            if self._breaker.has_passed:
                folder_run.record_refusals(at_least=BATCH)
            if self._breaker.has_passed or not any(one.has_refusals for one in self._complete):
                yield from self._close()

    def _opened(self, plan: Iterator[Planned]) -> Iterator[Action | _Event]:
        """Open a FolderRun for each folder that is started; pass on what is to be dispatched."""
        for event in plan:
            match event:
                case FolderStarted(folder, refusals):
                    self._open[folder.key] = FolderRun(
                        folder, self._mirror, refusals, self._quota, self._warn
                    )
                case FolderOutgrown(key):
                    self._outgrown.append(key)
                case AllListed(refusals):
                    self._all_listed = refusals
                case SetupProven():
                    self._breaker.prove()
                case Expected() | ListedProblem() | FolderDone() | FolderPlanned():
                    yield event
                case Refuse():
                    self._check_once(event)
                    self._open[event.folder].expect()
                    yield refused_when_listed(event)
                case action:
                    self._check_once(action)
                    yield self._open[action.folder].marked(action)

    def _planned_again(self, superseded: list[FolderRun]) -> Iterator[Planned]:
        for folder_run in superseded:
            key, counts = folder_run.folder.key, folder_run.counts
            self._open[key] = folder_run
            photos = folder_run.reopen()
            yield from plan_again(self._mirror, folder_run.folder, photos, folder_run.refusals)
            yield FolderPlanned(key, counts)

    def _check_once(self, first: Action | Refuse) -> None:
        """Before the first action, check that a run has the permissions it needs."""
        if not self._may_write:
            check_work(self._mirror, first)
            self._may_write = True

    def _already_done(self, action: Action) -> Outcome | None:
        mirror = self._mirror
        return already_done(action, WorkContext(mirror.raw, mirror.resized, mirror.recipe))

    def _close(self) -> Iterator[FolderDone]:
        complete, self._complete = self._complete, []
        for folder_run in complete:
            counts = folder_run.close()
            yield FolderDone(folder_run.folder.key, counts, folder_run.sheet.write())

    def _forget(self) -> None:
        """Delete the ledger's data about folders and photos that no longer exist."""
        for key in self._outgrown:
            forget_counts(self._mirror.ledger, key)
        if self._all_listed is not None:
            self._all_listed.forget_unmet()

    def _record_what_waits(self) -> None:
        """Record the refusals found so far, if the ledger can still be reached."""
        if self._breaker.has_passed:
            with suppress(StoreUnavailableError):
                for folder_run in [*self._open.values(), *self._complete, *self._superseded]:
                    folder_run.record_refusals()

    def _warn(self, name: str, why: str) -> None:
        """Keep the first warning about each blob of the ledger until the run's end."""
        self._warnings.setdefault(name, why)
