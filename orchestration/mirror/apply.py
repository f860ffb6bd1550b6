"""ACT: hand chunks of actions to workers, bring their outcomes back, and survive their deaths."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Protocol

from orchestration.blobs.errors import StoreUnavailableError
from orchestration.mirror.ahead import LARGEST_CHUNK, Ahead
from orchestration.mirror.errors import RunStoppedError
from orchestration.mirror.outcomes import Note, Outcome, Refused, Unreached
from orchestration.mirror.plan import Action

# Planned while the workers are busy: enough to start with the heaviest, and to tell the time left.
MOST_AHEAD = 20_000
# A chunk lost twice is run photo by photo.
LOSSES_OF_A_CHUNK = 2
# Machines are taken away without a chunk's doing; one that lost so many is a suspect all the same.
MOST_MOVES = 8


@dataclass(frozen=True, slots=True)
class Chunk:
    """Actions for one worker, and how often a worker, or its whole machine, was lost over them."""

    actions: tuple[Action, ...]
    losses: int = 0
    moves: int = 0


@dataclass(frozen=True, slots=True)
class Lost:
    """The worker died over the chunk; `how` is a clause for a person.

    `with_machine`: it was not the chunk that ended it.
    """

    how: str
    with_machine: bool = False


class Engine(Protocol):
    """Runs `render_chunk` somewhere, on several chunks at once."""

    @property
    def workers(self) -> int:
        """How many chunks are worth having out."""
        ...

    @property
    def in_flight(self) -> int:
        """How many chunks were submitted and not yet taken back."""
        ...

    @property
    def has_ended_chunk(self) -> bool:
        """Whether `take` would return at once."""
        ...

    def submit(self, chunk: Chunk) -> None:
        """Hand a chunk to a worker, soon."""
        ...

    def take(self) -> tuple[Chunk, list[Outcome] | Lost]:
        """Wait for any chunk in flight to end, and return it with what became of it."""
        ...


def apply(
    items: Iterator[Action | Note], engine: Engine, settled: Callable[[Action], Outcome | None]
) -> Iterator[Outcome | Note]:
    """Do the actions, the heaviest known first, and yield how each went; notes are passed on.

    `settled` looks whether an action was done by a worker that was lost afterwards.

    Raises what planning raises, and StoreUnavailableError when a photo met with that, but only
    after all in flight is back.
    """
    ahead = Ahead()
    is_planning = True
    failure: Exception | None = None
    while True:
        can_submit = failure is None and ahead and engine.in_flight <= engine.workers
        can_plan = failure is None and is_planning and len(ahead) < MOST_AHEAD
        if engine.has_ended_chunk or (engine.in_flight and not can_submit and not can_plan):
            for outcome in _settle(*engine.take(), engine, settled):
                if isinstance(outcome, Unreached):
                    failure = failure or outcome.error
                yield outcome
        elif can_submit or can_plan:
            try:
                if can_submit:
                    yield from _hand_out(ahead, engine, settled)
                else:
                    is_planning = yield from _plan(items, ahead)
            except (RunStoppedError, StoreUnavailableError) as error:
                failure = error
        else:
            break
    if failure is not None:
        raise failure


def _plan(items: Iterator[Action | Note], ahead: Ahead) -> Generator[Note, None, bool]:
    """Plan one thing more; return whether there was one."""
    item = next(items, None)
    if isinstance(item, Action):
        ahead.add(item)
    elif item is not None:
        yield item
    return item is not None


def _hand_out(
    ahead: Ahead, engine: Engine, settled: Callable[[Action], Outcome | None]
) -> Iterator[Outcome]:
    """Submit the next chunk, without what was found done: of each large one, one is looked at."""
    actions = ahead.cut(engine.workers)
    if len(actions) == LARGEST_CHUNK and settled(actions[-1]) is not None:
        ahead.scatter()
    if ahead.is_scattered:
        actions = yield from _left_of(actions, settled)
    if actions:
        engine.submit(Chunk(tuple(actions)))


def _left_of(
    actions: list[Action], settled: Callable[[Action], Outcome | None]
) -> Generator[Outcome, None, list[Action]]:
    """Yield what was done since it was planned, by whomever; return the rest."""
    left = []
    for action in actions:
        outcome = settled(action)
        if outcome is None:
            left.append(action)
        else:
            yield outcome
    return left


def _settle(
    chunk: Chunk,
    result: list[Outcome] | Lost,
    engine: Engine,
    settled: Callable[[Action], Outcome | None],
) -> Iterator[Outcome]:
    """Yield what became of a chunk; what was lost of it is handed out again, at last one by one."""
    if not isinstance(result, Lost):
        yield from result
        return
    is_moved = result.with_machine and chunk.moves < MOST_MOVES
    if chunk.losses >= LOSSES_OF_A_CHUNK and not is_moved:
        for action in chunk.actions:
            yield _refused(action, result)
        return
    left = yield from _left_of([*chunk.actions], settled)
    if is_moved and left:
        engine.submit(Chunk(tuple(left), chunk.losses, chunk.moves + 1))
        return
    losses = chunk.losses + 1
    parts = [left] if losses < LOSSES_OF_A_CHUNK else [[action] for action in left]
    for part in filter(None, parts):
        engine.submit(Chunk(tuple(part), losses, chunk.moves))


def _refused(action: Action, lost: Lost) -> Outcome:
    reason = f"working on it ended the worker three times; the last one {lost.how}"
    return Refused(action.folder, action.blob.name, action.blob.etag, "crashed", reason)
