"""The state of one folder during a run, until its counts are written."""

from dataclasses import replace

from orchestration.mirror.decide.actions import Action
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.ledger.contact_sheets import FolderSheet, SheetQuota
from orchestration.mirror.ledger.folder_counts import StoredCounts, write_counts
from orchestration.mirror.ledger.refusal_record import Refusal, terms_for
from orchestration.mirror.ledger.refusals import Refusals
from orchestration.mirror.ledger.unexpected_blobs import Warn
from orchestration.mirror.mirror import Mirror, count_folders
from orchestration.mirror.outcomes import Blocked, Done, Outcome, Refused, Superseded
from orchestration.mirror.partition_keys import Folder


class FolderRun:
    """Holds how many outcomes a folder still expects, and the refusals to be recorded."""

    def __init__(
        self, folder: Folder, mirror: Mirror, refusals: Refusals, quota: SheetQuota, warn: Warn
    ) -> None:
        self._warn = warn
        self.folder = folder
        self.refusals = refusals
        self.sheet = FolderSheet(folder, quota)
        self.superseded: set[str] = set()
        self._mirror = mirror
        self._refused: list[Refused] = []
        self._is_planned = False
        self._counts: Counts | None = None
        self._out = 0
        self._held = 0
        self._unrecorded = 0
        self._is_touched = False

    @property
    def is_complete(self) -> bool:
        """Whether all actions were planned and all outcomes were received."""
        return self._is_planned and not self._out

    @property
    def counts(self) -> Counts:
        """The counts from the listing before the work."""
        return self._counts or Counts()

    @property
    def has_refusals(self) -> bool:
        """Whether refusals of this run are not recorded yet."""
        return bool(self._refused)

    def expect(self) -> None:
        """Expect one more outcome."""
        self._out += 1

    def marked(self, action: Action) -> Action:
        """Expect the outcome of an action; return it, marked if its photo is to be shown."""
        self.expect()
        return self.sheet.mark_if_shown(action, self._mirror.recipe.budget)

    def end_planning(self, counts: Counts) -> None:
        """Expect no more actions; `counts` are those of the folder when its listing ended."""
        self._counts = counts
        self._is_planned = True

    def reopen(self) -> set[str]:
        """Expect actions again; return the names of the photos that were superseded."""
        names, self.superseded = self.superseded, set()
        self._is_planned = False
        return names

    def settle(self, outcome: Outcome) -> None:
        """Record the outcome of an action."""
        self._out -= 1
        match outcome:
            case Done():
                self._is_touched = True
                self.sheet.add(outcome)
            case Refused():
                self._is_touched = True
                self._refused.append(outcome)
            case Blocked(reason=reason):
                self._is_touched = True
                self._held += bool(reason)
            case Superseded(name=name):
                self._is_touched = True
                self.superseded.add(name)

    def record_refusals(self, at_least: int = 1) -> None:
        """Write the waiting refusals to the ledger, if there are `at_least` that many."""
        if len(self._refused) < at_least:
            return
        mirror, refused, self._refused = self._mirror, self._refused, []
        self._unrecorded += self.refusals.record(
            self.folder,
            (
                Refusal(
                    name=outcome.name,
                    etag=outcome.etag,
                    terms=terms_for(mirror.recipe, outcome.unreadable),
                    kind=outcome.kind,
                    reason=outcome.reason,
                    smallest=outcome.smallest,
                    first_seen=mirror.now(),
                )
                for outcome in refused
            ),
        )

    def close(self) -> Counts:
        """Record the remaining refusals, count the folder again, store and return the counts."""
        mirror = self._mirror
        self.record_refusals()
        counts = self.counts
        if self._is_touched:
            (seen,) = count_folders(mirror, [self.folder])
            # The listing does not show that these names are taken, and a new run would not help.
            held = min(self._held, seen.counts.due)
            due = seen.counts.due - held
            refused = min(self._unrecorded, due)
            counts = replace(
                seen.counts, due=due - refused, held=held, refused=seen.counts.refused + refused
            )
        if not counts.unreadable:
            self.refusals.forget_outdated(self.folder)
        taken = StoredCounts(self.folder.key, mirror.recipe.terms, mirror.now(), counts)
        write_counts(mirror.ledger, taken, self._warn)
        if counts.is_empty:
            self.sheet.delete()
        return counts
