"""Where the sweeping sensor stands between two ticks."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from orchestration.defs.sensors.backoff import Backoff
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.decide.folder_counter import Seen
from orchestration.mirror.folders import folder_at

_VERSION = 2


@dataclass(frozen=True, slots=True)
class Cursor:
    """Everything a tick hands to the next: a few kilobytes, however large the containers are.

    `about` is what the mirror is about: another one starts a new sweep. `after` is the last name
    that was counted ('' at the start of a sweep), `begun` the folders being counted there, and
    `touched_meanwhile` those of them a run was on meanwhile. The sweep has taken `ticks` so far and began at
    `sweep_began`, a moment in seconds; the last one took `sweep_seconds`. Runs that ended by
    `runs_until` are accounted for in `backoffs`, by the mark of a folder. Until `paused_until`
    nothing is sweep_tick at all, for the reason `pause_reason`.
    """

    about: str = ""
    after: str = ""
    begun: Sequence[Seen] = ()
    touched_meanwhile: frozenset[str] = frozenset()
    ticks: int = 0
    sweep_began: float = 0.0
    sweep_seconds: float = 0.0
    runs_until: float = 0.0
    backoffs: Mapping[str, Backoff] = field(default_factory=dict)
    paused_until: float = 0.0
    pause_reason: str = ""

    def to_text(self) -> str:
        """Return it as Dagster keeps it."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(
            fields
            | {
                "version": _VERSION,
                "begun": {seen.folder.key: asdict(seen.counts) for seen in self.begun},
                "touched_meanwhile": sorted(self.touched_meanwhile),
                "backoffs": {
                    mark: [backoff.failures, int(backoff.not_before)]
                    for mark, backoff in self.backoffs.items()
                },
            }
        )


def read_cursor(text: str | None, about: str, depth: int) -> Cursor:
    """Read a cursor; one that is missing, damaged or of another version or mirror starts anew."""
    anew = Cursor(about)
    try:
        found = json.loads(text or "")
        if (found.pop("version"), found["about"]) != (_VERSION, about):
            return anew
        begun = [
            Seen(folder_at(key, depth), Counts(**counts))
            for key, counts in found.pop("begun").items()
        ]
        backoffs = {mark: Backoff(*pair) for mark, pair in found.pop("backoffs").items()}
        touched_meanwhile = frozenset(found.pop("touched_meanwhile"))
        return Cursor(begun=begun, backoffs=backoffs, touched_meanwhile=touched_meanwhile, **found)
    except (ValueError, KeyError, TypeError, AttributeError):
        return anew
