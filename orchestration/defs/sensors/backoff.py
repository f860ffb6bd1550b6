"""DECIDE how long a folder whose runs fail is left alone. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b

A_DAY = 86_400.0

# When runs of so many folders fail it is the mirror that ails, and no folder: all are left alone.
MOST_SETBACKS = 500
ALL = "all"


@dataclass(frozen=True, slots=True)
class Setback:
    """So many runs of a folder failed in a row; none is asked for before a moment in seconds."""

    failures: int
    not_before: float


def mark_of(key: str) -> str:
    """A folder as setbacks know it: short, however long its key is."""
    return blake2b(key.encode(), digest_size=8).hexdigest()


def after_failure(before: Setback | None, now: float, sweep_seconds: float) -> Setback:
    """Return the patience to have after one more failure: 2^n sweeps after n, up to a day."""
    failures = (before.failures if before else 0) + 1
    wait = min(A_DAY, sweep_seconds * 2 ** min(failures, 32))
    return Setback(failures, now + wait)


def after_failures(
    before: Mapping[str, Setback], keys: Collection[str], now: float, sweep_seconds: float
) -> Mapping[str, Setback]:
    """Return the setbacks after runs of these folders failed; all as one when they are many."""
    if not keys:
        return before
    if ALL in before:
        return {ALL: after_failure(before[ALL], now, sweep_seconds)}
    marks = map(mark_of, keys)
    failed = {mark: after_failure(before.get(mark), now, sweep_seconds) for mark in marks}
    after = {**before, **failed}
    if len(after) <= MOST_SETBACKS:
        return after
    return {ALL: max(after.values(), key=lambda setback: setback.not_before)}


def after_success(
    before: Mapping[str, Setback], keys: Iterable[str] | None
) -> Mapping[str, Setback]:
    """Return the setbacks after a run of these folders succeeded, or of all of them (None)."""
    if keys is None:
        return {}
    return {mark: setback for mark, setback in forgiven(before, keys).items() if mark != ALL}


def forgiven(before: Mapping[str, Setback], keys: Iterable[str]) -> Mapping[str, Setback]:
    """Return the setbacks after these folders were found in sync."""
    marks = set(map(mark_of, keys))
    return {mark: setback for mark, setback in before.items() if mark not in marks}


def has_patience_left(setbacks: Mapping[str, Setback], key: str, now: float) -> bool:
    """Whether a folder is to be left alone for a while yet."""
    mark = ALL if ALL in setbacks else mark_of(key)
    setback = setbacks.get(mark)
    return setback is not None and now < setback.not_before
