"""What a run says of a folder: metadata for the UI, and how the checks came out."""

from collections import Counter
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import dagster as dg
from rich.filesize import decimal

from orchestration.mirror.counts import Counts
from orchestration.mirror.outcomes import Blocked, Done, Failed, Outcome, Overtaken, Refused

# A table in the UI is for reading; the ledger has the rest.
MOST_ROWS = 20


@dataclass(slots=True)
class Report:
    """One folder's outcomes, added up while the run goes on; memory does not grow with them."""

    tallied: Counter[str] = field(default_factory=Counter)
    bytes_before: int = 0
    bytes_after: int = 0
    refused: list[Refused] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    started: float = field(default_factory=monotonic)

    def take(self, outcome: Outcome) -> None:
        """Take note of how one photo went."""
        match outcome:
            case Done():
                self.tallied[outcome.how] += 1
                self.bytes_before += outcome.bytes_before
                self.bytes_after += outcome.bytes_after
            case Refused():
                self.tallied["newly_refused"] += 1
                if len(self.refused) < MOST_ROWS:
                    self.refused.append(outcome)
            case Failed():
                self.tallied["failed"] += 1
                if len(self.failed) < MOST_ROWS:
                    self.failed.append(outcome)
            case Overtaken():
                self.tallied["overtaken"] += 1
            case Blocked():
                self.tallied["newly_blocked"] += 1

    @property
    def failures(self) -> int:
        """How many photos failed in ways nobody foresaw."""
        return self.tallied["failed"]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was tried."""
        return not self.tallied

    def metadata(self, counts: Counts) -> dict[str, Any]:
        """What the folder's materialization shows."""
        shown: dict[str, Any] = {
            "photos": counts.photos,
            "rendered": self.tallied["rendered"],
            "passed_through": self.tallied["passed_through"],
            "restamped": self.tallied["restamped"],
            "deleted": self.tallied["deleted"],
            "failed": self.tallied["failed"],
            "refused": counts.refused,
            "blocked": counts.blocked,
            "stale": counts.stale,
            "orphans": counts.orphan,
            "bytes_before": self.bytes_before,
            "bytes_after": self.bytes_after,
            "seconds": round(monotonic() - self.started, 1),
            "dagster/partition_row_count": counts.renditions,
        }
        for key, rows in (("refused_now", self.refused), ("failed_now", self.failed)):
            if rows:
                shown[key] = dg.MetadataValue.table([_record(row) for row in rows])
        return shown


def _record(outcome: Refused | Failed) -> dg.TableRecord:
    match outcome:
        case Refused(name=name, kind=kind, reason=reason):
            return dg.TableRecord({"name": name, "why": kind, "reason": reason})
        case Failed(name=name, traceback=traceback):
            last = traceback.strip().splitlines()[-1]
            return dg.TableRecord({"name": name, "why": "unexpected", "reason": last})


def told(outcome: Outcome) -> str:
    """Say in a line how one photo went."""
    match outcome:
        case Done(name=name, how=how):
            sizes = f"{decimal(outcome.bytes_before)} -> {decimal(outcome.bytes_after)}"
            return f"{name}: {how.replace('_', ' ')}, {sizes}"
        case Refused(name=name, reason=reason):
            return f"{name}: refused, {reason}"
        case Failed(name=name, traceback=traceback):
            return f"{name}: failed\n{traceback}"
        case _:
            return f"{outcome.name}: {type(outcome).__name__.lower()}"
