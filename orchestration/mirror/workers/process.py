"""Turn a process into a worker: memory limit, time limit per photo, signals."""

import ctypes
import faulthandler
import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock, Thread


@dataclass(frozen=True, slots=True)
class Limits:
    """The memory limit of a worker in bytes, and the time limit of one photo in seconds."""

    memory: int = 4_000_000_000
    seconds: float = 300.0


@dataclass(slots=True)
class _Self:
    """The state of this process as a worker."""

    limits: Limits | None = None
    driver: int = 0
    writing: Lock = field(default_factory=Lock)


_self = _Self()

# glibc's maximum number of arenas, the size from which a freed block is returned to the system at
# once, and the maximum of free memory that is kept. glibc's limit for the second is 32 MB.
_M_ARENA_MAX, _M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD = -8, -3, -1
_LARGEST_KEPT, _MOST_KEPT = 32 << 20, 128 << 20

# The driver waits a little longer than this for a worker to end.
_LONGEST_LAST_WRITE = 2.0


def become_worker(limits: Limits, driver: int = 0) -> None:
    """Turn this process into a worker of its parent, the process id `driver`.

    With 0, something else ends it with its driver.

    The driver handles the terminal's Ctrl-C and stops its workers. On SIGTERM, a worker finishes
    the active write.
    """
    _self.limits, _self.driver = limits, driver
    _limit_free_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if driver:
        told, tell = os.pipe()
        os.set_blocking(tell, False)
        # A handler would wait until native code gives the main thread back.
        signal.signal(signal.SIGTERM, lambda *_: None)
        signal.set_wakeup_fd(tell)
        Thread(target=_end_when_told, args=[told], daemon=True).start()
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    ceiling = limits.memory if most == resource.RLIM_INFINITY else min(limits.memory, most)
    resource.setrlimit(resource.RLIMIT_DATA, (ceiling, most))


def _limit_free_memory() -> None:
    """Let glibc use one arena for all threads, and keep free memory in it for the next photo.

    With one arena for each thread, memory grows with the photos. Without free memory, a tenth
    of a worker's time is spent on zeroing pages for each photo.
    """
    with suppress(AttributeError):  # another C library
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_ARENA_MAX, 1)
        mallopt(_M_MMAP_THRESHOLD, _LARGEST_KEPT)
        mallopt(_M_TRIM_THRESHOLD, _MOST_KEPT)


@contextmanager
def time_limited() -> Iterator[None]:
    """End this worker if the block takes longer than the time limit of one photo.

    Native code that loops holds the interpreter lock, so other signals would have no effect.
    """
    if _self.limits is None:
        yield
        return
    faulthandler.dump_traceback_later(_self.limits.seconds, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


@contextmanager
def uninterrupted_write() -> Iterator[None]:
    """Delay the end of this worker until the block has written."""
    with _self.writing:
        yield


def _end_when_told(told: int) -> None:
    while os.read(told, 1) != bytes([signal.SIGTERM]):
        pass
    _self.writing.acquire(timeout=_LONGEST_LAST_WRITE)
    os._exit(128 + signal.SIGTERM)


def end_with_driver() -> None:
    """End this worker if its driver has ended, because nothing would read its outcomes."""
    if _self.driver and os.getppid() != _self.driver:
        os._exit(1)
