"""ACT: hand chunks of actions to workers, yield their outcomes, and replace lost workers."""

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

# The number of actions planned ahead: enough to start with the largest and to estimate the rest.
MOST_QUEUED = 20_000
# A machine may be lost for other reasons, but after this many losses the chunk is suspected.
MOST_MOVES = 8


def dispatch(
    items: Iterator[Action | N], engine: Engine, already_done: Callable[[Action], Outcome | None]
) -> Iterator[Outcome | N]:
    """Let workers do the actions, largest first; yield their outcomes. Other items are passed on.

    `already_done` returns the outcome of an action that a lost worker, or another run, has done.

    Raises what `items` raises, and StoreUnavailableError when an outcome was StoreDown, but only
    after the chunks in flight have ended.
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
    """Take the next item of the plan; return whether there was one."""
    item = next(items, None)
    if isinstance(item, Action):
        queue.add(item)
    elif item is not None:
        yield item
    return item is not None


def _hand_out(
    queue: ActionQueue, engine: Engine, already_done: Callable[[Action], Outcome | None]
) -> Iterator[Outcome]:
    """Submit the next chunk, without the actions that are done already.

    One action of each full chunk is checked; if it is done, another run is active.

    Raises MachineError when no worker responds before the first chunk.
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
    """Yield the outcomes of actions that are done already; return the other actions."""
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
    """Yield the outcomes of a chunk. Submit its lost actions again, one by one."""
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
