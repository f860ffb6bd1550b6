"""Verify a mirror: list both containers, read renditions, compute their digests again."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random

from orchestration.mirror.decide.classify import State, Verdict
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.mirror import Mirror, in_known_order
from orchestration.mirror.partition_keys import Folder
from orchestration.mirror.verify.contents import ContentsReport, ExtraChecks, check_contents
from orchestration.mirror.verify.listing import Drift, listed_drift

# The maximum number of names yielded per kind of problem; further ones are only counted.
MOST_NAMED = 10_000
READERS = 8

_OURS = frozenset({State.IN_SYNC, State.STALE, State.DUE, State.REFUSED, State.ORPHAN})


@dataclass(frozen=True, slots=True)
class Verified:
    """What was checked, and the number of problems by kind.

    `moved` renditions were replaced or deleted while they were to be read.
    """

    counts: Counts
    drifts: Counter[str]
    read: int
    bytes: int
    moved: int

    @property
    def is_right(self) -> bool:
        """Whether no problem was found."""
        return not self.drifts


def verify(
    mirror: Mirror,
    extra_checks: ExtraChecks,
    folders: Iterable[Folder] | None = None,
    *,
    sample: int | None = None,
) -> Iterator[Drift | Verified]:
    """Yield the problems of these folders, or of all folders, and last the totals.

    Reads `sample` renditions chosen at random, or all. Writes nothing.

    Raises StoreUnavailableError.
    """
    asked = None if folders is None else [*folders]
    (listed,) = in_known_order(mirror, lambda going: [_listed(going, asked, sample)])
    yield from listed.drifts
    found, read, size, moved = Counter(listed.found), 0, 0, 0
    rows = listed.chosen if sample is not None else _ours(listed.mirror, asked)
    for examined in _examined(rows, listed.mirror, extra_checks):
        read += not examined.has_moved
        moved += examined.has_moved
        size += examined.bytes
        found.update(drift.kind for drift in examined.drifts)
        yield from examined.drifts
    yield Verified(listed.counts, found, read, size, moved)


@dataclass(slots=True)
class _Listed:
    """The problems that the two listings show, and the renditions chosen to be read."""

    mirror: Mirror
    counts: Counts = field(default_factory=Counts)
    drifts: list[Drift] = field(default_factory=list)
    found: Counter[str] = field(default_factory=Counter)
    chosen: list[Verdict] = field(default_factory=list)


def _listed(mirror: Mirror, folders: Iterable[Folder] | None, sample: int | None) -> _Listed:
    listed, seen = _Listed(mirror), 0
    chance = Random()  # noqa: S311 -- chooses a sample
    builder = mirror.count_builder()
    for verdict in mirror.verdicts_of(folders):
        builder.add(verdict)
        drift = listed_drift(verdict, mirror.recipe)
        if drift is not None:
            listed.found[drift.kind] += 1
            if listed.found[drift.kind] <= MOST_NAMED:
                listed.drifts.append(drift)
        if sample and _is_ours(verdict):
            # Reservoir sampling: each rendition so far is chosen with the same probability.
            seen += 1
            if len(listed.chosen) < sample:
                listed.chosen.append(verdict)
            elif (at := chance.randrange(seen)) < sample:
                listed.chosen[at] = verdict
    listed.counts = builder.counts
    return listed


def _ours(mirror: Mirror, folders: Iterable[Folder] | None) -> Iterator[Verdict]:
    return filter(_is_ours, mirror.verdicts_of(folders))


def _is_ours(verdict: Verdict) -> bool:
    return verdict.rendition is not None and verdict.state in _OURS


def _examined(
    rows: Iterable[Verdict], mirror: Mirror, extra_checks: ExtraChecks
) -> Iterator[ContentsReport]:
    """Check renditions, READERS at a time, and start a few more ahead."""
    under_way: deque[Future[ContentsReport]] = deque()
    with ThreadPoolExecutor(READERS) as readers:
        try:
            for verdict in rows:
                under_way.append(readers.submit(check_contents, verdict, mirror, extra_checks))
                if len(under_way) > READERS:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for future in under_way:
                future.cancel()
