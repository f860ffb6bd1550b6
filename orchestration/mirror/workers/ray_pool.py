"""Engine of a Ray cluster, which replaces workers that end."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Self

import ray
from ray.exceptions import (
    NodeDiedError,
    ObjectLostError,
    OutOfMemoryError,
    RayError,
    RayTaskError,
    WorkerCrashedError,
)

from orchestration.mirror.act.engine import Chunk, Lost
from orchestration.mirror.act.machine_probe import Sides, answer
from orchestration.mirror.decide.actions import Action
from orchestration.mirror.errors import EngineLostError
from orchestration.mirror.outcomes import Outcome
from orchestration.mirror.workers.process import Limits, become_worker
from orchestration.mirror.workers.ray_connection import connect, is_reachable
from orchestration.mirror.workers.shared_folders import Landmark, within_reach

Work = Callable[[tuple[Action, ...]], list[Outcome]]

# Chunks wait in the cluster so that an autoscaler sees them and adds machines: up to twice the
# current size, or from none to a few.
CHUNKS_A_CORE = 2
FEWEST_CHUNKS = 8
# Signals to the driver are handled between waits, and the cluster is checked from time to time. One
# that does not respond for longer is given up; Ray itself would end this process a little later.
_HEARTBEAT = 0.5
_SECONDS_BETWEEN_LOOKS = 5.0
_SECONDS_OF_SILENCE = 25.0


class RayPool:
    """An engine of Ray tasks. As a context manager, it ends them all.

    Each chunk is one task on one core of any machine. Ray retries none: the dispatcher reads the
    stamps of lost photos first.

    `most` is the maximum number of chunks in flight; 0 derives it from the cluster's size.
    """

    def __init__(
        self, work: Work, address: str, most: int, limits: Limits, marks: list[Landmark]
    ) -> None:
        self._work = within_reach(work, marks)
        self._limits = limits
        self._most = most
        self._running: dict[Any, Chunk] = {}
        self._ended: SimpleQueue[Any] = SimpleQueue()
        self._looked = float("-inf")
        self._cores = 0
        self._is_guest = ray.is_initialized()
        if not self._is_guest:
            connect(address)
        self._task, self._probe = (
            ray.remote(work_of).options(
                num_cpus=1, max_retries=0, scheduling_strategy="SPREAD", name=name
            )
            for work_of, name in ((_run, "render_chunk"), (_answer, "probe"))
        )

    @property
    def workers(self) -> int:
        """How many chunks to keep in flight."""
        return self._most or max(FEWEST_CHUNKS, CHUNKS_A_CORE * self._cores_now())

    @property
    def in_flight(self) -> int:
        """How many chunks were submitted and not yet taken."""
        return len(self._running)

    @property
    def has_ended_chunk(self) -> bool:
        """Whether `take` would return at once."""
        return not self._ended.empty()

    def submit(self, chunk: Chunk) -> None:
        """Hand a chunk to the cluster."""
        task = self._task.remote(self._work, chunk.actions, self._limits)
        self._running[task] = chunk
        future: Future[list[Outcome]] = task.future()
        future.add_done_callback(lambda _: self._ended.put(task))

    def take(self) -> tuple[Chunk, list[Outcome] | Lost]:
        """Wait until a chunk ends; return it with its outcomes, or with how it was lost.

        Raises an error of the chunk that is not an error of one photo, and EngineLostError.
        """
        task = self._next_ended()
        chunk = self._running.pop(task)
        try:
            return chunk, ray.get(task)
        except RayTaskError as error:
            raise error.cause from None
        except WorkerCrashedError:
            return chunk, Lost("died, or took longer than the time limit of a photo")
        except (NodeDiedError, ObjectLostError):
            return chunk, Lost("was lost with its machine", with_machine=True)
        except OutOfMemoryError:
            return chunk, Lost("was ended because its machine ran out of memory", with_machine=True)
        except RayError as error:
            raise EngineLostError(str(error)) from error

    def probe(self, sides: Sides) -> str:
        """Have a worker shrink a test image; return '', or in a clause why it failed.

        Raises EngineLostError.
        """
        task = self._probe.remote(sides, self._limits)
        future: Future[str] = task.future()
        future.add_done_callback(lambda _: self._ended.put(task))
        self._next_ended()
        try:
            said: str = ray.get(task)
        except RayTaskError as error:
            return f"a worker that had to shrink a test image raised {error.cause!r}"
        except (WorkerCrashedError, NodeDiedError, ObjectLostError, OutOfMemoryError) as error:
            return f"a worker that had to shrink a test image was lost ({type(error).__name__})"
        except RayError as error:
            raise EngineLostError(str(error)) from error
        return said

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, EngineLostError):
            self._running.clear()  # the cluster is gone
        self._leave()

    def _leave(self) -> None:
        """End the running tasks by force, because native code ignores other requests."""
        for task in self._running:
            ray.cancel(task, force=True)
        self._running.clear()
        if not self._is_guest:
            ray.shutdown()

    def _next_ended(self) -> Any:
        heard = looked = time.monotonic()
        while True:
            try:
                return self._ended.get(timeout=_HEARTBEAT)
            except Empty:
                now = time.monotonic()
            if now - looked < _SECONDS_BETWEEN_LOOKS:
                continue
            looked = now
            if is_reachable():
                heard = now
            elif now - heard > _SECONDS_OF_SILENCE:
                raise EngineLostError(f"it has been silent for {now - heard:.0f} seconds")

    def _cores_now(self) -> int:
        if time.monotonic() - self._looked > _SECONDS_BETWEEN_LOOKS:
            self._looked = time.monotonic()
            self._cores = int(ray.cluster_resources().get("CPU", 0))
        return self._cores


def _run(work: Work, actions: tuple[Action, ...], limits: Limits) -> list[Outcome]:
    """Work on a chunk in a process that Ray ends with its driver."""
    become_worker(limits)
    return work(actions)


def _answer(sides: Sides, limits: Limits) -> str:
    """Shrink a test image under the limits of a worker."""
    become_worker(limits)
    return answer(sides)
