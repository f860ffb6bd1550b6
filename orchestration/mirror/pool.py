"""Workers on this machine: spawned processes, replaced when they die."""

import os
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from types import TracebackType
from typing import Self

from pebble import ProcessExpired, ProcessPool

from orchestration.mirror.apply import Chunk, Lost
from orchestration.mirror.outcomes import Outcome
from orchestration.mirror.plan import Action
from orchestration.mirror.worker import Limits, become_worker

# Signals to the driver are handled between waits.
_HEARTBEAT = 0.5


class LocalPool:
    """An engine of worker processes; a context manager that leaves none behind."""

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
        self._pool = self._new_pool()

    @property
    def in_flight(self) -> int:
        """How many chunks were submitted and not yet taken back."""
        return len(self._running) + len(self._stranded)

    @property
    def has_ended_chunk(self) -> bool:
        """Whether `take` would return at once."""
        return bool(self._stranded) or any(future.done() for future in self._running)

    def submit(self, chunk: Chunk) -> None:
        """Hand a chunk to the next worker that is free."""
        try:
            future = self._pool.schedule(self._work, args=[chunk.actions])
        except RuntimeError:  # what Pebble says of a pool that broke
            self._rebuild()
            future = self._pool.schedule(self._work, args=[chunk.actions])
        self._running[future] = chunk

    def take(self) -> tuple[Chunk, list[Outcome] | Lost]:
        """Wait for any chunk to end.

        Raises what the chunk's work raised beyond any one photo.
        """
        while not self._stranded:
            done, _ = wait(self._running, timeout=_HEARTBEAT, return_when=FIRST_COMPLETED)
            if not done:
                if not self._pool.active:
                    self._rebuild()
                continue
            future = done.pop()
            chunk = self._running.pop(future)
            try:
                return chunk, future.result()
            except ProcessExpired as error:
                return chunk, Lost(_how(error.exitcode))
            except BrokenProcessPool:
                self._stranded.append(chunk)
                self._rebuild()
        return self._stranded.pop(), Lost("was lost with all others", with_machine=True)

    def _new_pool(self) -> ProcessPool:
        return ProcessPool(
            max_workers=self.workers,
            initializer=become_worker,
            initargs=(self._limits, os.getpid()),
            context=get_context("spawn"),
        )

    def _rebuild(self) -> None:
        """Start anew: a worker that dies with nothing to do takes Pebble's whole pool down."""
        self._stranded += self._running.values()
        self._running.clear()
        self._pool.stop()  # type: ignore[no-untyped-call]  # Pebble leaves these untyped
        self._pool.join()
        self._pool = self._new_pool()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._pool.close()  # type: ignore[no-untyped-call]  # Pebble leaves these untyped
        else:
            self._pool.stop()  # type: ignore[no-untyped-call]  # as above
        self._pool.join()


def _how(exit_code: int) -> str:
    if exit_code == 1:
        return "took longer than one photo may, or lost its driver"
    return f"ended with code {exit_code}" if exit_code >= 0 else f"died of signal {-exit_code}"
