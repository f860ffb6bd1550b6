"""The protocol of an engine, which runs chunks of actions in workers."""

from dataclasses import dataclass
from typing import Protocol

from orchestration.mirror.act.machine_probe import Sides
from orchestration.mirror.decide.actions import Action
from orchestration.mirror.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class Chunk:
    """Actions for one worker. `moves` is how often a machine was lost while it ran them."""

    actions: tuple[Action, ...]
    moves: int = 0


@dataclass(frozen=True, slots=True)
class Lost:
    """The worker ended while it ran the chunk; `how` describes it in a clause.

    With `with_machine`, the cause was the machine, not the chunk.
    """

    how: str
    with_machine: bool = False


class Engine(Protocol):
    """Runs `render_chunk` somewhere, on several chunks at once."""

    @property
    def workers(self) -> int:
        """How many chunks to keep in flight."""
        ...

    @property
    def in_flight(self) -> int:
        """How many chunks were submitted and not yet taken."""
        ...

    @property
    def has_ended_chunk(self) -> bool:
        """Whether `take` would return at once."""
        ...

    def submit(self, chunk: Chunk) -> None:
        """Hand a chunk to a worker as soon as one is free."""
        ...

    def take(self) -> tuple[Chunk, list[Outcome] | Lost]:
        """Wait until a chunk ends; return it with its outcomes, or with the way it was lost."""
        ...

    def probe(self, sides: Sides) -> str:
        """Let a worker shrink a test image; return '', or in a clause why it failed.

        Called only when no chunk is in flight.
        """
        ...
