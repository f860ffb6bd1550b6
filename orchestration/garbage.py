"""Pauses Python's garbage collection where many objects are made, none of which is garbage."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class _Pauses:
    """How many pauses are going on, in all threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._going_on = 0
        self._was_enabled = False

    def begin(self) -> None:
        with self._lock:
            if not self._going_on:
                self._was_enabled = gc.isenabled()
                gc.disable()
            self._going_on += 1

    def end(self) -> None:
        with self._lock:
            self._going_on -= 1
            if not self._going_on and self._was_enabled:
                gc.enable()


_PAUSES = _Pauses()


@contextmanager
def paused_collection() -> Iterator[None]:
    """Pause garbage collection in all threads.

    While thousands of objects are made, each collection looks at all of them in vain, which takes
    as long as making them. Objects that nothing refers to are freed meanwhile, too, except
    circles.
    """
    _PAUSES.begin()
    try:
        yield
    finally:
        _PAUSES.end()
