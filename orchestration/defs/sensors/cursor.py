"""The cursor of the sensor `new_photos`: what one tick hands to the next, as Dagster keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from orchestration.defs.sensors.backoff import Backoff
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.partition_keys import folder_at

_VERSION = 3


@dataclass(frozen=True, slots=True)
class Cursor:
    """The position of a sweep: a few kilobytes, however large the containers are. Times in seconds.

    `about` identifies the mirror and its recipe: with another one, a new sweep starts. `after` is
    the last name that was counted, '' at the start of a sweep. `begun` has the counts of the
    folders whose end was not reached, by key; `touched_meanwhile` are those of them that a run
    worked on since. `ticks` is how many ticks the sweep took so far, `sweep_began` when it started,
    `sweep_seconds` how long the previous one took. Runs that ended by `runs_until` are counted in
    `backoffs`, by the mark of a folder. Until `paused_until` nothing is compared, for the reason
    `pause_reason`.
    """

    about: str = ""
    after: str = ""
    begun: Mapping[str, Counts] = field(default_factory=dict)
    touched_meanwhile: frozenset[str] = frozenset()
    ticks: int = 0
    sweep_began: float = 0.0
    sweep_seconds: float = 0.0
    runs_until: float = 0.0
    backoffs: Mapping[str, Backoff] = field(default_factory=dict)
    paused_until: float = 0.0
    pause_reason: str = ""
    version: int = _VERSION

    def to_text(self) -> str:
        """Return the cursor as JSON."""
        return _CODEC.dump_json(self).decode()


_CODEC = TypeAdapter(Cursor)


def read_cursor(text: str | None, about: str, depth: int) -> Cursor:
    """Read a cursor from JSON.

    A missing or damaged one, one of another version, and one about another mirror give a cursor at
    the start of a sweep.
    """
    start = Cursor(about)
    try:
        cursor = _CODEC.validate_json(text or "")
        for key in cursor.begun:
            folder_at(key, depth)
    except ValueError:
        return start
    return cursor if (cursor.version, cursor.about) == (_VERSION, about) else start
