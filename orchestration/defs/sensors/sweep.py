"""One tick's tick of the sweep: as far as its time goes, and where to go on."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from math import inf

from orchestration.blobs.base import order
from orchestration.blobs.external_sort import sorted_on_disk
from orchestration.defs.sensors.cursor import Cursor
from orchestration.mirror.decide.counts import Counts, lacking
from orchestration.mirror.decide.folder_counter import Seen, Sweep
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.errors import OutOfOrderError, TooManyFoldersError
from orchestration.mirror.folders import MOST_KEYS, Folder, folder_at
from orchestration.mirror.ledger.folder_counts import FolderCounts, read_counts
from orchestration.mirror.mirror import Listing, Mirror


@dataclass(frozen=True, slots=True)
class SweepTick:
    """What a tick looked over, from one cursor to the next: the folders that ended in it.

    `needing_run` are those that have something for a run to do, `idle` the others.
    """

    before: Cursor
    needing_run: list[Seen]
    idle: list[Seen]
    after: Cursor

    @property
    def seen(self) -> int:
        """How many folders were looked over."""
        return len(self.needing_run) + len(self.idle)


def sweep_tick(
    mirror: Mirror, before: Cursor, clock: Callable[[], float], seconds: float
) -> SweepTick:
    """Sweep on for so many seconds, then see which folders stand otherwise than remembered.

    The ledger's refusals are not read, its counts only for their folders: one row a folder.

    Raises OutOfOrderError where a store lists in an order of its own and the time does not suffice
    for all of it; TooManyFoldersError, StoreUnavailableError.
    """
    ends_at = clock() + seconds
    try:
        seen, after = _names(mirror, before, clock, seconds)
    except OutOfOrderError as error:
        # There is no going on from a name there: everything is compared in this tick, or nothing.
        ordered = replace(mirror, ordered=_sorted_in_time(clock, ends_at, error))
        seen, after = _names(ordered, replace(before, after="", begun=()), clock, inf)
    rows = islice(read_counts(mirror.ledger), MOST_KEYS + 1)
    remembered = {taken.key: taken for taken in rows}
    if len(remembered) > MOST_KEYS:
        raise TooManyFoldersError(MOST_KEYS)
    seen += _vanished(mirror, remembered, before, after, seen)
    needing_run, idle = list[Seen](), list[Seen]()
    for one in seen:
        held = _trusted(remembered.get(one.folder.key), mirror)
        (needing_run if needs_run(one.counts, held, mirror.policy) else idle).append(one)
    return SweepTick(before, needing_run, idle, after)


def needs_run(seen: Counts, remembered: Counts | None, policy: Policy) -> bool:
    """Whether a folder has something for a run to do.

    That is photos that are due (or stale, or orphans, where the run takes those on), or counts
    that are not the ones remembered: refusals, orphans and blocked names alone stay idle.

    `seen` may be counted without a look at the refusals: of the same photos, as many lack a
    rendition as were refused, so none is due.
    """
    held = remembered or Counts()
    return bool(
        held.due
        or (policy.rebuild_stale and seen.stale)
        or (policy.delete_orphans and seen.orphan)
        or lacking(seen) != lacking(held)
    )


def _sorted_in_time(
    clock: Callable[[], float], ends_at: float, error: OutOfOrderError
) -> Callable[[Listing], Listing]:
    """Sort listings on disk; raise the error as soon as that takes longer than there is time."""

    def in_time(listing: Listing) -> Listing:
        for blob in listing:
            if clock() > ends_at:
                raise error
            yield blob

    return lambda listing: in_time(sorted_on_disk(in_time(listing)))


def _names(
    mirror: Mirror, before: Cursor, clock: Callable[[], float], seconds: float
) -> tuple[list[Seen], Cursor]:
    """Compare names until the time is up; return the folders that ended, and the new cursor."""
    started = clock()
    began = before.sweep_began if before.after else started
    rules = mirror.rules_without_refusals
    walk = Sweep(rules, mirror.depth, before.begun)
    seen: list[Seen] = []
    last = order(before.after)
    after = ""
    for verdict in mirror.verdicts(rules, start_from=before.after):
        name = mirror.place_of(verdict)
        if before.after and order(name) <= last:
            continue
        # Two photos may come with one name between them: they are counted in one tick.
        if after and name != after and clock() - started > seconds:
            return seen, replace(
                before,
                after=after,
                begun=walk.begun,
                ticks=before.ticks + 1,
                sweep_began=began,
            )
        seen += walk.take(verdict)[1]
        after = name
    seen += walk.begun
    took = clock() - began
    at_the_end = replace(before, after="", begun=(), ticks=0, sweep_began=0.0, sweep_seconds=took)
    return seen, at_the_end


def _vanished(
    mirror: Mirror,
    remembered: Iterable[str],
    before: Cursor,
    after: Cursor,
    seen: Iterable[Seen],
) -> Iterator[Seen]:
    """Yield the folders the ledger knows that should have come by in this tick, and did not."""
    known = {one.folder.key for one in (*seen, *after.begun)}
    for key in remembered:
        if key in known:
            continue
        try:
            folder = folder_at(key, mirror.depth)
        except ValueError:
            continue  # of the days of another depth; a run over everything forgets it
        if _ends_between(folder, before.after, after.after):
            yield Seen(folder, Counts())


def _trusted(taken: FolderCounts | None, mirror: Mirror) -> Counts | None:
    """What is remembered of a folder; under other terms, every refusal may be due."""
    if taken is None:
        return None
    return taken.counts if taken.recipe == mirror.recipe.terms else lacking(taken.counts)


def _ends_between(folder: Folder, after: str, until: str) -> bool:
    """Whether the last name a folder could hold comes behind `after`, and by `until` ('': ever)."""
    if not folder.prefix:
        return not until
    behind = order(f"{folder.prefix[:-1]}0")  # '0' is what follows '/'
    return order(after) < behind and (not until or behind <= order(until))
