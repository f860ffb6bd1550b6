"""DECIDE how long the sensor waits before it requests another run of a folder that failed. Pure."""

from collections.abc import Collection, Iterable, Mapping
from hashlib import blake2b
from typing import NamedTuple

A_DAY = 86_400.0

# When runs of more folders than this fail, the cause is the mirror: all folders wait together.
MAX_BACKOFFS = 500
ALL = "all"


class Backoff(NamedTuple):
    """How many runs of a folder failed in a row, and until when, in seconds, none is requested."""

    failures: int
    not_before: float


def mark_of(key: str) -> str:
    """Return the short digest that stands for a folder in a cursor."""
    return blake2b(key.encode(), digest_size=8).hexdigest()


def after_failure(before: Backoff | None, now: float, sweep_seconds: float) -> Backoff:
    """Return the backoff after one more failure: 2^n sweeps after n failures, at most a day."""
    failures = (before.failures if before else 0) + 1
    wait = min(A_DAY, sweep_seconds * 2 ** min(failures, 32))
    return Backoff(failures, float(int(now + wait)))


def after_failures(
    before: Mapping[str, Backoff], keys: Collection[str], now: float, sweep_seconds: float
) -> Mapping[str, Backoff]:
    """Return the backoffs after runs of these folders failed; one for all, when they are many."""
    if not keys:
        return before
    if ALL in before:
        return {ALL: after_failure(before[ALL], now, sweep_seconds)}
    marks = map(mark_of, keys)
    failed = {mark: after_failure(before.get(mark), now, sweep_seconds) for mark in marks}
    after = {**before, **failed}
    if len(after) <= MAX_BACKOFFS:
        return after
    return {ALL: max(after.values(), key=lambda backoff: backoff.not_before)}


def after_success(
    before: Mapping[str, Backoff], keys: Iterable[str] | None
) -> Mapping[str, Backoff]:
    """Return the backoffs after a run of these folders succeeded, or of all of them (None)."""
    if keys is None:
        return {}
    return {mark: backoff for mark, backoff in without_backoff(before, keys).items() if mark != ALL}


def without_backoff(before: Mapping[str, Backoff], keys: Iterable[str]) -> Mapping[str, Backoff]:
    """Return the backoffs without those of these folders, which were found in sync."""
    marks = set(map(mark_of, keys))
    return {mark: backoff for mark, backoff in before.items() if mark not in marks}


def is_backing_off(backoffs: Mapping[str, Backoff], key: str, now: float) -> bool:
    """Whether the sensor must not yet request another run of this folder."""
    mark = ALL if ALL in backoffs else mark_of(key)
    backoff = backoffs.get(mark)
    return backoff is not None and now < backoff.not_before
