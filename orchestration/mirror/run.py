"""Mirror folders: list, plan, hand out, settle, look again, count. Yields how each photo went."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

from orchestration.blobs.errors import StoreUnavailableError
from orchestration.mirror.act.circuit_breaker import Breaker
from orchestration.mirror.act.dispatch import dispatch
from orchestration.mirror.act.engine import Engine
from orchestration.mirror.act.folder_run import FolderRun
from orchestration.mirror.decide.actions import Action
from orchestration.mirror.folders import Folder
from orchestration.mirror.mirror import Mirror, in_known_order
from orchestration.mirror.outcomes import (
    Expected,
    FolderDone,
    Found,
    Note,
    Noticed,
    Outcome,
    Planned,
)
from orchestration.mirror.planner import Planner
from orchestration.mirror.preflight import check_work
from orchestration.mirror.workers.context import WorkContext
from orchestration.mirror.workers.existing_rendition import already_done

# So many refusals are recorded at once, so that a huge folder does not keep them to its end.
BATCH = 64


def mirror_folders(
    mirror: Mirror, engine: Engine, folders: Iterable[Folder] | None = None
) -> Iterator[Outcome | Note]:
    """Bring the renditions of these folders, or of all there are, in sync with their photos.

    Workers are busy across folders. Photos that were replaced meanwhile are planned once more at
    the end. Yields every outcome as it comes, and each folder once its own are all in.

    Raises RunStoppedError or StoreUnavailableError when the whole run cannot go on; what was done
    by then is kept.
    """
    asked = None if folders is None else [*dict.fromkeys(folders)]
    # What was done before a listing turned out to be unordered will be found in sync.
    yield from in_known_order(mirror, lambda going: _Run(going, engine).rounds(asked))


class _Run:
    """Holds the folders that may be closed, and those that are owed a second look."""

    def __init__(self, mirror: Mirror, engine: Engine) -> None:
        self._mirror = mirror
        self._engine = engine
        self._planner = Planner(mirror)
        self._breaker = Breaker(mirror.policy)
        self._complete: list[FolderRun] = []
        self._superseded: list[FolderRun] = []
        self._may_write = False

    def rounds(self, folders: list[Folder] | None) -> Iterator[Outcome | Note]:
        """Do what is asked for, then once more what was superseded meanwhile."""
        try:
            yield from self._round(self._planner.items(folders))
            superseded, self._superseded = self._superseded, []
            yield from self._round(self._planner.again(superseded))
        except (StoreUnavailableError, KeyboardInterrupt):
            self._record_what_waits()
            raise
        self._complete += self._superseded
        self._breaker.end()
        yield from self._close()
        self._planner.forget_outgrown()
        yield from self._planner.noticed()

    def _record_what_waits(self) -> None:
        """Keep the refusals that were found so far, if the ledger can still be reached."""
        if self._breaker.has_passed:
            with suppress(StoreUnavailableError):
                for folder_run in [
                    *self._planner.open.values(),
                    *self._complete,
                    *self._superseded,
                ]:
                    folder_run.record_refusals()

    def _round(self, items: Iterator[Action | Note]) -> Iterator[Outcome | Note]:
        for event in dispatch(self._checked(items), self._engine, self._already_done):
            if not isinstance(event, Planned):
                yield event
            if isinstance(event, Expected | Found | Noticed | FolderDone):
                continue
            folder_run = self._planner.open[event.folder]
            if isinstance(event, Planned):
                folder_run.is_planned = True
            else:
                folder_run.settle(event)
                if self._planner.is_proven:
                    self._breaker.prove()
                self._breaker.watch(event)
            if folder_run.is_complete:
                del self._planner.open[event.folder]
                (self._superseded if folder_run.superseded else self._complete).append(folder_run)
            # Nothing is recorded against a photo until the breaker trusts the run.
            if self._breaker.has_passed:
                folder_run.record_refusals(at_least=BATCH)
            if self._breaker.has_passed or not any(
                folder_run.has_refusals for folder_run in self._complete
            ):
                yield from self._close()

    def _checked(self, items: Iterator[Action | Note]) -> Iterator[Action | Note]:
        """Pass items on; before the first action, see that what it takes is allowed at all."""
        for item in items:
            if not self._may_write and isinstance(item, Action):
                check_work(self._mirror, item)
                self._may_write = True
            yield item

    def _already_done(self, action: Action) -> Outcome | None:
        mirror = self._mirror
        return already_done(action, WorkContext(mirror.raw, mirror.resized, mirror.recipe))

    def _close(self) -> Iterator[FolderDone]:
        complete, self._complete = self._complete, []
        for folder_run in complete:
            counts = folder_run.close()
            yield FolderDone(folder_run.folder.key, counts, folder_run.sheet.write())
