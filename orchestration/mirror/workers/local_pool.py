"""Engine of this machine: worker processes, which are replaced when they end."""

import errno
import os
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from orchestration.mirror.act.engine import Chunk, Lost
from orchestration.mirror.act.machine_probe import Sides, answer
from orchestration.mirror.decide.actions import Action
from orchestration.mirror.errors import MachineError
from orchestration.mirror.outcomes import Outcome
from orchestration.mirror.workers.process import Limits, become_worker
from orchestration.mirror.workers.spawning import BareSpawnContext
from orchestration.mirror.workers.stopped_workers import StoppedWorkers

# Signals to the driver are handled between waits.
_HEARTBEAT = 0.5
# Seconds. A starting worker imports for a second, and much longer on a busy machine.
_LONGEST_PROBE = 300.0
_OF_THE_MACHINE = {errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ENOSPC}
_TOGETHER = "ended together with all others"

_A = TypeVar("_A")
_T = TypeVar("_T")


class LocalPool:
    """An engine of worker processes. As a context manager, it ends them all."""

    def __init__(
        self,
        work: Callable[[tuple[Action, ...]], list[Outcome]],
        workers: int,
        limits: Limits,
    ) -> None:
        self.workers = workers
        self._work = work
        self._limits = limits
        self._running: dict[Future[list[Outcome]], Chunk] = {}
        self._stranded: list[Chunk] = []
        self._stopped = StoppedWorkers(limits.seconds)
        self._pool = self._new_pool()

    @property
    def in_flight(self) -> int:
        """How many chunks were submitted and not yet taken."""
        return len(self._running) + len(self._stranded)

    @property
    def has_ended_chunk(self) -> bool:
        """Whether `take` would return at once."""
        return bool(self._stranded) or any(future.done() for future in self._running)

    def submit(self, chunk: Chunk) -> None:
        """Hand a chunk to the next free worker.

        Raises MachineError when no worker can be started.
        """
        self._running[self._scheduled(self._work, chunk.actions)] = chunk

    def take(self) -> tuple[Chunk, list[Outcome] | Lost]:
        """Wait until a chunk ends; return it with its outcomes, or with how it was lost.

        Raises an error of the chunk that is not an error of one photo.
        """
        while not self._stranded:
            done, _ = wait(self._running, timeout=_HEARTBEAT, return_when=FIRST_COMPLETED)
            ended = self._stopped.end(self._worker_ids())
            if not done:
                if not self._pool.active:
                    self._rebuild()
                continue
            future = done.pop()
            chunk = self._running.pop(future)
            try:
                return chunk, future.result()
            except ProcessExpired as error:
                if error.pid in ended:
                    return chunk, Lost("was stopped for too long", with_machine=True)
                return chunk, Lost(_how(error.exitcode))
            except BrokenProcessPool:
                self._stranded.append(chunk)
                self._rebuild()
            except (MemoryError, OSError, RuntimeError) as error:
                if not _is_of_the_machine(error):
                    raise
                return chunk, Lost(f"could not work ({error!r})", with_machine=True)
        return self._stranded.pop(), Lost(_TOGETHER, with_machine=True)

    def probe(self, sides: Sides) -> str:
        """Have a worker shrink a test image; return '', or in a clause why it failed."""
        until = time.monotonic() + _LONGEST_PROBE
        try:
            future = self._scheduled(answer, sides)
            while time.monotonic() < until:
                self._stopped.end(self._worker_ids())
                if wait([future], timeout=_HEARTBEAT).done:
                    return future.result()
                if not self._pool.active:
                    break
        except ProcessExpired as error:
            return f"a worker that had to shrink a test image {_how(error.exitcode)}"
        except BrokenProcessPool:
            self._rebuild()
            return "workers end as soon as they start"
        except MachineError as error:
            return error.reason
        except (MemoryError, OSError, RuntimeError, ImportError) as error:
            return f"a worker that had to shrink a test image raised {error!r}"
        self._rebuild()
        return "no worker responds"

    def _scheduled(self, work: Callable[[_A], _T], argument: _A) -> "Future[_T]":
        try:
            return self._pool.schedule(work, args=[argument])
        except (RuntimeError, OSError):  # Pebble raises these for a pool that broke or cannot start
            self._rebuild()
        try:
            return self._pool.schedule(work, args=[argument])
        except (RuntimeError, OSError) as error:
            raise MachineError(f"no worker can be started ({error.__cause__ or error})") from error

    def _worker_ids(self) -> list[int]:
        return [*self._pool._pool_manager.worker_manager.workers]  # noqa: SLF001 -- Pebble tells nobody

    def _new_pool(self) -> ProcessPool:
        return ProcessPool(
            max_workers=self.workers,
            initializer=become_worker,
            initargs=(self._limits, os.getpid()),
            context=BareSpawnContext(),
        )

    def _rebuild(self) -> None:
        """Start a new pool: an idle worker that ends breaks the whole pool of Pebble."""
        self._stranded += self._running.values()
        self._running.clear()
        self._stop()
        self._pool = self._new_pool()

    def _stop(self) -> None:
        """End the pool without the work that is still to be done."""
        self._pool.stop()  # type: ignore[no-untyped-call]  # Pebble leaves these untyped
        # An exception that a signal raised while a chunk was submitted can have cut off the queue's
        # notification. The next one is lost then, and Pebble's own sentinel would wake no thread.
        self._pool._context.task_queue.put(None)  # noqa: SLF001 -- Pebble has no other way
        self._pool.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._stop()
            return
        self._pool.close()  # type: ignore[no-untyped-call]  # as above
        self._pool.join()


def _how(exit_code: int) -> str:
    if exit_code == 1:
        return "took longer than the time limit of a photo, or lost its driver"
    return (
        f"ended with code {exit_code}" if exit_code >= 0 else f"was killed by signal {-exit_code}"
    )


def _is_of_the_machine(error: Exception) -> bool:
    """Whether the machine, not a photo, caused an error."""
    if isinstance(error, OSError):
        return error.errno in _OF_THE_MACHINE
    return isinstance(error, MemoryError) or "start new thread" in str(error)
