"""What a run keeps of one folder while the folder's actions are out with the workers."""

from collections.abc import Iterator
from dataclasses import replace

from orchestration.blobs.base import BlobInfo
from orchestration.mirror.decide.actions import Action, Delete, action_for
from orchestration.mirror.decide.classify import State, Verdict
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.folders import Folder
from orchestration.mirror.ledger.contact_sheets import FolderSheet, SheetQuota
from orchestration.mirror.ledger.folder_counts import StoredCounts, write_counts
from orchestration.mirror.ledger.refusal_record import Refusal, terms_for
from orchestration.mirror.ledger.refusals import Refusals
from orchestration.mirror.ledger.unexpected_blobs import Odd
from orchestration.mirror.mirror import Mirror, count_folders
from orchestration.mirror.outcomes import Blocked, Done, Outcome, Refused, Superseded

# So many orphans of a folder are kept in mind at most; a later run deletes the next.
MOST_DELETED = 50_000
# A share of few renditions says nothing: one of three is more than a tenth.
FEW, SMALL = 2, 10


class FolderRun:
    """One folder: its actions still out, what waits to be recorded, and in the end its counts."""

    def __init__(
        self, folder: Folder, mirror: Mirror, refusals: Refusals, quota: SheetQuota, odd: Odd
    ) -> None:
        self._odd = odd
        self.folder = folder
        self.refusals = refusals
        self.sheet = FolderSheet(folder, quota)
        self.superseded: set[str] = set()
        self._mirror = mirror
        self._orphans: list[BlobInfo] = []
        self._refused: list[Refused] = []
        self.is_planned = False
        self._counts: Counts | None = None
        self._out = 0
        self._held = 0
        self._unrecorded = 0
        self._is_touched = False

    @property
    def is_complete(self) -> bool:
        """Whether all is planned and everything planned has come back."""
        return self.is_planned and not self._out

    @property
    def counts(self) -> Counts:
        """How the folder stood when its listing ended."""
        return self._counts or Counts()

    @property
    def has_refusals(self) -> bool:
        """Whether refusals of this run wait to be recorded."""
        return bool(self._refused)

    def actions(self, verdict: Verdict) -> Iterator[Action]:
        """Yield what is to be done about a name of this folder, if anything, and await it."""
        policy = self._mirror.policy
        if verdict.state is State.ORPHAN and policy.delete_orphans and verdict.rendition:
            if len(self._orphans) < MOST_DELETED:
                self._orphans.append(verdict.rendition)
            return
        action = action_for(verdict, self.folder.key, policy)
        if action is not None:
            self._out += 1
            yield self.sheet.mark_if_shown(action, self._mirror.recipe.budget)

    def ended(self, counts: Counts) -> list[Action]:
        """Learn how the folder stood when its listing ended; say which orphans may go.

        None may when the photos' listing is empty or incomplete, or when they are more than FEW and
        more than a share of the renditions; of a SMALL folder, all may.
        """
        self._counts = counts
        most = max(FEW, self._mirror.policy.most_orphans * counts.renditions)
        few = counts.orphan <= most or counts.renditions < SMALL
        is_whole = counts.photos and not counts.unreadable
        orphans, self._orphans = self._orphans if is_whole and few else [], []
        self._out += len(orphans)
        return [Delete(self.folder.key, orphan) for orphan in orphans]

    def settle(self, outcome: Outcome) -> None:
        """Take note of how an action went."""
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
        """Write the refusals that wait to the ledger, once they are so many."""
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
        """Record what is left to record, count the folder as it stands now, and return that."""
        mirror = self._mirror
        self.record_refusals()
        counts = self.counts
        if self._is_touched:
            (seen,) = count_folders(mirror, [self.folder])
            # No listing tells of them, and another run would come to the same.
            held = min(self._held, seen.counts.due)
            due = seen.counts.due - held
            refused = min(self._unrecorded, due)
            counts = replace(
                seen.counts, due=due - refused, held=held, refused=seen.counts.refused + refused
            )
        if not counts.unreadable:
            self.refusals.forget_outdated(self.folder)
        taken = StoredCounts(self.folder.key, mirror.recipe.terms, mirror.now(), counts)
        write_counts(mirror.ledger, taken, self._odd)
        if counts.is_empty:
            self.sheet.delete()
        return counts
