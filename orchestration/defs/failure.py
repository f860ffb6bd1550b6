"""Failures that say what to do: a run logs the sentence without a stack trace."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dagster as dg

_executing = list[object]()


def failure(text: str) -> dg.Failure:
    """Return the failure of a step that no retry would mend.

    Dagster logs the stack trace of every exception. Python leaves it out while `tracebacklimit`
    is 0, which `hiding_traces` restores at the end of the run; elsewhere it is not set.
    """
    if _executing:
        sys.tracebacklimit = 0
    return dg.Failure(text, allow_retries=False)


@contextmanager
def after_failure(act: Callable[[], object]) -> Iterator[None]:
    """Call `act` if the block fails or is cancelled, and let the exception pass.

    A generator that is closed has not failed.
    """
    try:
        yield
    except GeneratorExit:
        raise
    except BaseException:
        act()
        raise


@contextmanager
def hiding_traces() -> Iterator[None]:
    """Let `failure` hide stack traces while a run is executed in this process."""
    before, mark = getattr(sys, "tracebacklimit", None), object()
    _executing.append(mark)
    try:
        yield
    finally:
        _executing.remove(mark)
        if before is not None:
            sys.tracebacklimit = before
        elif hasattr(sys, "tracebacklimit"):
            del sys.tracebacklimit
