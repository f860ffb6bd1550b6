"""ACT: hand chunks of actions to workers, bring their outcomes back, and survive their deaths."""

from collections.abc import Callable, Generator, Iterator
from typing import TypeVar

from orchestration.blobs.errors import StoreUnavailableError
from orchestration.mirror.act.action_queue import LARGEST_CHUNK, ActionQueue
from orchestration.mirror.act.crash_isolation import (
    OUT_OF_MEMORY,
    Suspects,
    see_that_a_worker_answers,
)
from orchestration.mirror.act.engine import Chunk, Engine, Lost
from orchestration.mirror.decide.actions import Action
from orchestration.mirror.errors import RunStoppedError
from orchestration.mirror.outcomes import Outcome, Refused, StoreDown

N = TypeVar("N")

# Planned while the workers are busy: enough to start with the largest, and to tell the time left.
MOST_QUEUED = 20_000
# Machines are taken away without a chunk's doing; one that lost so many is a suspect all the same.
MOST_MOVES = 8


def dispatch(
    items: Iterator[Action | N], engine: Engine, already_done: Callable[[Action], Outcome | None]
) -> Iterator[Outcome | N]:
    """Do the actions, the largest known first, and yield how each went; notes are passed on.

    `already_done` looks whether an action was done by a worker that was lost afterwards.

    Raises what planning raises, and StoreUnavailableError when a photo met with that, but only
    after all in flight is back.
    """
    queue, suspects = ActionQueue(), Suspects(engine, already_done)
    is_planning = True
    failure: Exception | None = None
    while True:
        may_submit = failure is None and not suspects
        can_submit = may_submit and queue and engine.in_flight <= engine.workers
        can_plan = failure is None and is_planning and len(queue) < MOST_QUEUED
        try:
            if engine.has_ended_chunk or (engine.in_flight and not can_submit and not can_plan):
                outcomes = _outcomes_of(*engine.take(), engine, suspects, already_done)
            elif failure is None and suspects and not engine.in_flight:
                outcomes = suspects.tried()
            elif can_submit:
                outcomes = _hand_out(queue, engine, already_done)
            elif can_plan:
                is_planning = yield from _plan(items, queue)
                continue
            else:
                break
            for outcome in outcomes:
                if isinstance(outcome, StoreDown):
                    failure = failure or outcome.error
                yield outcome
        except (RunStoppedError, StoreUnavailableError) as error:
            failure = failure or error
    if failure is not None:
        raise failure


def _plan(items: Iterator[Action | N], queue: ActionQueue) -> Generator[N, None, bool]:
    """Plan one thing more; return whether there was one."""
    item = next(items, None)
    if isinstance(item, Action):
        queue.add(item)
    elif item is not None:
        yield item
    return item is not None


def _hand_out(
    queue: ActionQueue, engine: Engine, already_done: Callable[[Action], Outcome | None]
) -> Iterator[Outcome]:
    """Submit the next chunk, without what was found done: of each large one, one is looked at.

    Raises MachineError when no worker answers before the first.
    """
    if not queue.has_started:
        see_that_a_worker_answers(engine)
    actions = queue.next_chunk(engine.workers)
    if len(actions) == LARGEST_CHUNK and already_done(actions[-1]) is not None:
        queue.shuffle()
    if queue.is_shuffled:
        actions = yield from _left_of(actions, already_done)
    if actions:
        engine.submit(Chunk(tuple(actions)))


def _left_of(
    actions: list[Action], already_done: Callable[[Action], Outcome | None]
) -> Generator[Outcome, None, list[Action]]:
    """Yield what was done since it was planned, by whomever; return the rest."""
    left = []
    for action in actions:
        outcome = already_done(action)
        if outcome is None:
            left.append(action)
        else:
            yield outcome
    return left


def _outcomes_of(
    chunk: Chunk,
    result: list[Outcome] | Lost,
    engine: Engine,
    suspects: Suspects,
    already_done: Callable[[Action], Outcome | None],
) -> Iterator[Outcome]:
    """Yield what became of a chunk; what was lost of it is handed out again, one by one."""
    if not isinstance(result, Lost):
        for outcome in result:
            if isinstance(outcome, Refused) and outcome.kind == OUT_OF_MEMORY:
                suspects.add(next(one for one in chunk.actions if one.blob.name == outcome.name))
            else:
                yield outcome
        return
    left = yield from _left_of([*chunk.actions], already_done)
    if result.with_machine and chunk.moves < MOST_MOVES:
        if left:
            engine.submit(Chunk(tuple(left), chunk.moves + 1))
        return
    for action in left:
        if len(chunk.actions) > 1:
            engine.submit(Chunk((action,), chunk.moves))
        else:
            suspects.add(action)
