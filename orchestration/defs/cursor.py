"""Where the sweeping sensor stands between two ticks."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from orchestration.mirror.counts import Counts
from orchestration.mirror.folders import folder_at
from orchestration.mirror.patience import Setback
from orchestration.mirror.sweep import Seen

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Cursor:
    """Everything a tick hands to the next.

    `after` is the last name that was counted ('' at the start of a sweep) and `begun` the folders
    being counted there. `sweep_began` and `runs_until` are moments in seconds; finished runs up
    to the latter are accounted for in `setbacks`. `sweep_seconds` is how long the last one took.
    """

    after: str = ""
    begun: Sequence[Seen] = ()
    sweep_began: float = 0.0
    sweep_seconds: float = 0.0
    runs_until: float = 0.0
    setbacks: Mapping[str, Setback] = field(default_factory=dict)

    def to_text(self) -> str:
        """Return it as Dagster keeps it."""
        return json.dumps(
            {
                "version": _VERSION,
                "after": self.after,
                "begun": {seen.folder.key: asdict(seen.counts) for seen in self.begun},
                "sweep_began": self.sweep_began,
                "sweep_seconds": self.sweep_seconds,
                "runs_until": self.runs_until,
                "setbacks": {
                    key: [setback.failures, setback.not_before]
                    for key, setback in self.setbacks.items()
                },
            }
        )


def read_cursor(text: str | None, depth: int) -> Cursor:
    """Read a cursor; one that is missing, damaged or of another version starts a new sweep."""
    try:
        found = json.loads(text or "")
        if found["version"] != _VERSION:
            return Cursor()
        return Cursor(
            after=found["after"],
            begun=[
                Seen(folder_at(key, depth), Counts(**counts))
                for key, counts in found["begun"].items()
            ],
            sweep_began=found["sweep_began"],
            sweep_seconds=found["sweep_seconds"],
            runs_until=found["runs_until"],
            setbacks={key: Setback(*pair) for key, pair in found["setbacks"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return Cursor()
