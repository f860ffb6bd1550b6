"""Limits the concurrent requests to an account: fewer when it is busy, slowly more when not."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition

MOST = 32
SECONDS_BETWEEN_CUTS = 1.0


class RateLimit:
    """Additive increase, multiplicative decrease (Chiu and Jain 1989), shared by all threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._limit = float(MOST)
        self._going = 0
        self._cut = -SECONDS_BETWEEN_CUTS
        self._change = Condition()

    @property
    def limit(self) -> int:
        """Return how many requests may be sent at a time."""
        return int(self._limit)

    @contextmanager
    def request(self) -> Iterator[None]:
        """Wait until one more request may be sent, and count it until it ends."""
        with self._change:
            self._change.wait_for(lambda: self._going < self.limit)
            self._going += 1
        try:
            yield
        finally:
            with self._change:
                self._going -= 1
                self._change.notify()

    def succeeded(self) -> None:
        """Raise the limit by one for each round of successful requests."""
        with self._change:
            self._limit = min(MOST, self._limit + 1 / self._limit)

    def throttled(self) -> None:
        """Halve the limit; requests that were throttled together count once."""
        with self._change:
            now = self._clock()
            if now - self._cut >= SECONDS_BETWEEN_CUTS:
                self._cut = now
                self._limit = max(1.0, self._limit / 2)
