"""DECIDE how long a folder whose runs fail is left alone. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

A_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Setback:
    """So many runs of a folder failed in a row; none is asked for before a moment in seconds."""

    failures: int
    not_before: float


def after_failure(before: Setback | None, now: float, sweep_seconds: float) -> Setback:
    """Return the patience to have after one more failure: 2^n sweeps after n, up to a day."""
    failures = (before.failures if before else 0) + 1
    wait = min(A_DAY, sweep_seconds * 2 ** min(failures, 32))
    return Setback(failures, now + wait)


def has_patience_left(setbacks: Mapping[str, Setback], key: str, now: float) -> bool:
    """Whether a folder is to be left alone for a while yet."""
    setback = setbacks.get(key)
    return setback is not None and now < setback.not_before
