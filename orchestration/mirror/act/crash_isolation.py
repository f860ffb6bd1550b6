"""Find out whether a photo or the machine ended a worker: retry each suspect alone."""

import time
from collections import deque
from collections.abc import Callable, Iterator

from orchestration.mirror.act.engine import Chunk, Engine, Lost
from orchestration.mirror.act.machine_probe import ORDINARY, SMALL, Sides
from orchestration.mirror.decide.actions import Action
from orchestration.mirror.errors import MachineError
from orchestration.mirror.outcomes import Outcome, Refused

OUT_OF_MEMORY = "out-of-memory"

# With the loss that made it a suspect, a photo ends three workers before it is refused.
_LOSSES_ALONE = 2
# After more losses than this that the machine may have caused, the run ends.
_MOST_IN_DOUBT = 8
# Seconds between attempts, for a machine that is short of memory for a moment.
_PAUSES = (0.5, 1.0, 2.0, 4.0)


def see_that_a_worker_answers(engine: Engine, sides: Sides = SMALL) -> None:
    """Let a worker shrink a test image, with pauses between attempts.

    Raises MachineError when every attempt failed.
    """
    for pause in _PAUSES:
        if not engine.probe(sides):
            return
        time.sleep(pause)
    reason = engine.probe(sides)
    if reason:
        raise MachineError(reason)


class Suspects:
    """Holds photos to be retried alone, with nothing else in flight, between two probes.

    A photo is refused only if it ends its worker repeatedly while a test image is shrunk before
    and after it.
    """

    def __init__(self, engine: Engine, already_done: Callable[[Action], Outcome | None]) -> None:
        self._engine = engine
        self._already_done = already_done
        self._waiting: deque[Action] = deque()

    def __bool__(self) -> bool:
        """Whether any photo waits to be retried."""
        return bool(self._waiting)

    def add(self, action: Action) -> None:
        """Add a photo to be retried alone."""
        self._waiting.append(action)

    def tried(self) -> Iterator[Outcome]:
        """Retry the next photo alone, and yield its outcome.

        Raises MachineError when the probes fail too, so that the photo is not the cause.
        """
        action = self._waiting.popleft()
        losses = doubts = 0
        while True:
            found = self._already_done(action)
            if found is not None:
                yield found
                return
            see_that_a_worker_answers(self._engine, ORDINARY)
            self._engine.submit(Chunk((action,)))
            _, result = self._engine.take()
            bad = _against(action, result)
            if bad is None:
                yield from result if not isinstance(result, Lost) else ()
                return
            is_of_photo = not self._engine.probe(ORDINARY)
            if isinstance(result, Lost) and result.with_machine and doubts < _MOST_IN_DOUBT:
                is_of_photo = False
            if is_of_photo:
                losses += 1
            else:
                doubts += 1
            if losses == _LOSSES_ALONE:
                yield bad
                return
            if doubts > _MOST_IN_DOUBT:
                raise MachineError(bad.reason)


def _against(action: Action, result: list[Outcome] | Lost) -> Refused | None:
    """Return the refusal that a retry suggests, or None when the photo was rendered."""
    if isinstance(result, Lost):
        reason = (
            f"the worker process ended three times while processing it; the last one {result.how}, "
            "and a test picture was processed before and after"
        )
        return Refused(action.folder, action.blob.name, action.blob.etag, "crashed", reason)
    for outcome in result:
        if isinstance(outcome, Refused) and outcome.kind == OUT_OF_MEMORY:
            return outcome
    return None
