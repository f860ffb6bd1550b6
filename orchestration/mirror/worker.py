"""What makes a process a worker: a memory ceiling, and an end to decoding that does not end."""

import faulthandler
import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The most memory a worker may hold in bytes, and the longest a photo may take in seconds."""

    memory: int = 4_000_000_000
    seconds: float = 300.0


@dataclass(slots=True)
class _Self:
    """What this process knows of itself once it is a worker."""

    limits: Limits | None = None
    driver: int = 0


_self = _Self()


def become_worker(limits: Limits, driver: int = 0) -> None:
    """Turn this process into a worker of its parent `driver`; 0: of one that ends it otherwise.

    The terminal's Ctrl-C is the driver's to handle: it stops its workers.
    """
    _self.limits, _self.driver = limits, driver
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    ceiling = limits.memory if most == resource.RLIM_INFINITY else min(limits.memory, most)
    resource.setrlimit(resource.RLIMIT_DATA, (ceiling, most))


@contextmanager
def watched() -> Iterator[None]:
    """End this worker if what follows takes longer than one photo may.

    Native code that loops holds the interpreter, so nothing gentler would be noticed.
    """
    if _self.limits is None:
        yield
        return
    faulthandler.dump_traceback_later(_self.limits.seconds, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def end_with_driver() -> None:
    """End this worker if its driver is gone: nobody would hear of what it does next."""
    if _self.driver and os.getppid() != _self.driver:
        os._exit(1)
