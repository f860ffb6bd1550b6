"""One tick of the sweep: compare names until the time is up; decide which folders need a run."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from math import inf

from orchestration.blobs.base import order
from orchestration.blobs.external_sort import sorted_on_disk
from orchestration.defs.sensors.cursor import Cursor
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.decide.folder_counter import FolderCount
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.errors import OutOfOrderError, TooManyFoldersError
from orchestration.mirror.ledger.folder_counts import StoredCounts, read_counts
from orchestration.mirror.ledger.refusals import NoRefusals
from orchestration.mirror.mirror import Listing, Mirror
from orchestration.mirror.partition_keys import MOST_KEYS, Folder, folder_at


@dataclass(frozen=True, slots=True)
class SweepTick:
    """The folders whose end one tick reached, from the cursor `before` to the cursor `after`.

    `needing_run` are those with work for a run, `idle` the others.
    """

    before: Cursor
    needing_run: list[FolderCount]
    idle: list[FolderCount]
    after: Cursor

    @property
    def checked(self) -> int:
        """How many folders were checked."""
        return len(self.needing_run) + len(self.idle)


def sweep_tick(
    mirror: Mirror, before: Cursor, clock: Callable[[], float], seconds: float
) -> SweepTick:
    """Compare names for so many seconds, then compare the folders with the counts of the ledger.

    The ledger's refusals are not read; of its counts, one row per folder.

    Raises OutOfOrderError when a store lists in another order and there is not enough time to sort
    the listing; TooManyFoldersError, StoreUnavailableError.
    """
    ends_at = clock() + seconds
    try:
        seen, after = _names(mirror, before, clock, seconds)
    except OutOfOrderError as error:
        # Such a listing cannot be resumed at a name: this tick compares everything, or nothing.
        ordered = replace(mirror, ordered=_sorted_in_time(clock, ends_at, error))
        seen, after = _names(ordered, replace(before, after="", begun={}), clock, inf)
    rows = islice(read_counts(mirror.ledger), MOST_KEYS + 1)
    remembered = {taken.key: taken for taken in rows}
    if len(remembered) > MOST_KEYS:
        raise TooManyFoldersError(MOST_KEYS)
    seen += _vanished(mirror, remembered, before, after, seen)
    needing_run, idle = list[FolderCount](), list[FolderCount]()
    for one in seen:
        known = _comparable(remembered.get(one.folder.key), mirror)
        (needing_run if needs_run(one.counts, known, mirror.policy) else idle).append(one)
    return SweepTick(before, needing_run, idle, after)


def needs_run(seen: Counts, remembered: Counts | None, policy: Policy) -> bool:
    """Whether a folder has work for a run.

    Work is: photos that are due; stale renditions and orphans, if the policy includes them; and
    counts that differ from the remembered ones. Refusals, orphans and blocked names that the
    ledger already counts are no work.

    `seen` may be counted without reading refusals: then each refused photo is counted as due.
    """
    known = remembered or Counts()
    return bool(
        known.due
        or (policy.rebuild_stale and seen.stale)
        or (policy.delete_orphans and seen.orphan)
        or seen.with_refused_as_due() != known.with_refused_as_due()
    )


def _sorted_in_time(
    clock: Callable[[], float], ends_at: float, error: OutOfOrderError
) -> Callable[[Listing], Listing]:
    """Return a function that sorts a listing on disk, and raises `error` at the time `ends_at`."""

    def in_time(listing: Listing) -> Listing:
        for blob in listing:
            if clock() > ends_at:
                raise error
            yield blob

    return lambda listing: in_time(sorted_on_disk(in_time(listing)))


def _names(
    mirror: Mirror, before: Cursor, clock: Callable[[], float], seconds: float
) -> tuple[list[FolderCount], Cursor]:
    """Compare names until the time is up; return the folders that ended, and the new cursor."""
    started = clock()
    began = before.sweep_began if before.after else started
    begun = [
        FolderCount(folder_at(key, mirror.depth), counts) for key, counts in before.begun.items()
    ]
    counter = mirror.folder_counter(begun)
    seen: list[FolderCount] = []
    last = order(before.after)
    after = ""
    for verdict in mirror.verdicts(refusals=NoRefusals(), start_from=before.after):
        name = mirror.sort_name(verdict)
        if before.after and order(name) <= last:
            continue
        # Two verdicts may have the same name: both are counted in one tick.
        if after and name != after and clock() - started > seconds:
            return seen, replace(
                before,
                after=after,
                begun={one.folder.key: one.counts for one in counter.open_folders},
                ticks=before.ticks + 1,
                sweep_began=began,
            )
        seen += counter.add(verdict)[1]
        after = name
    seen += counter.open_folders
    took = clock() - began
    at_the_end = replace(before, after="", begun={}, ticks=0, sweep_began=0.0, sweep_seconds=took)
    return seen, at_the_end


def _vanished(
    mirror: Mirror,
    remembered: Iterable[str],
    before: Cursor,
    after: Cursor,
    seen: Iterable[FolderCount],
) -> Iterator[FolderCount]:
    """Yield the folders of the ledger that this tick should have met and did not, as empty."""
    known = {one.folder.key for one in seen} | after.begun.keys()
    for key in remembered:
        if key in known:
            continue
        try:
            folder = folder_at(key, mirror.depth)
        except ValueError:
            continue  # counted with another partition depth; a run over everything removes it
        if _ends_between(folder, before.after, after.after):
            yield FolderCount(folder, Counts())


def _comparable(taken: StoredCounts | None, mirror: Mirror) -> Counts | None:
    """Return what the ledger counted; under another recipe, each refused photo counts as due."""
    if taken is None:
        return None
    is_current = taken.recipe == mirror.recipe.terms
    return taken.counts if is_current else taken.counts.with_refused_as_due()


def _ends_between(folder: Folder, after: str, until: str) -> bool:
    """Whether a listing from the name `after` to the name `until` passes the end of a folder.

    `until` is '' for the end of the listing.
    """
    if not folder.prefix:
        return not until
    behind = order(f"{folder.prefix[:-1]}0")  # '0' is what follows '/'
    return order(after) < behind and (not until or behind <= order(until))
