"""What hands chunks of actions to workers: the promise that every engine keeps."""

from dataclasses import dataclass
from typing import Protocol

from orchestration.mirror.act.machine_probe import Sides
from orchestration.mirror.decide.actions import Action
from orchestration.mirror.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class Chunk:
    """Actions for one worker, and how often its whole machine was lost over them."""

    actions: tuple[Action, ...]
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

    def probe(self, sides: Sides) -> str:
        """Have a worker shrink a picture of ours; return '', or in a clause why it could not.

        Nothing else is in flight then.
        """
        ...
