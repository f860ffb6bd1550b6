"""End workers that were stopped (SIGSTOP), because their own time limit is stopped too."""

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress

# The maximum time counted between two checks, because this process may have been stopped too.
_LONGEST_GAP = 2.0


class StoppedWorkers:
    """Records for how many seconds each worker has been stopped."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._stopped: dict[int, float] = {}
        self._ended: set[int] = set()
        self._looked = time.monotonic()

    def end(self, workers: Iterable[int]) -> set[int]:
        """Check these process ids; end those stopped for too long. Return all that were ended."""
        now = time.monotonic()
        passed, self._looked = min(now - self._looked, _LONGEST_GAP), now
        self._stopped = {
            pid: self._stopped.get(pid, 0.0) + passed for pid in workers if _is_stopped(pid)
        }
        for pid, seconds in self._stopped.items():
            if seconds > self._seconds and pid not in self._ended:
                self._ended.add(pid)
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        return self._ended


def _is_stopped(pid: int) -> bool:
    try:
        look = os.WSTOPPED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, pid, look) is not None
    except ChildProcessError:
        return False
