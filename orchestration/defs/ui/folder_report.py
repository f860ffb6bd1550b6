"""The report of a folder in a run: metadata of its materialization, and a line per photo."""

import sys
from collections import Counter
from dataclasses import dataclass, field
from heapq import heappush, heappushpop
from time import monotonic
from typing import Any

import dagster as dg
from rich.filesize import decimal

from orchestration.defs.ui import tables
from orchestration.defs.ui.charts import class_of, drawn, histogram, inline
from orchestration.escaping import in_a_line, in_lines, in_markdown
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.outcomes import (
    Blocked,
    Done,
    Failed,
    Outcome,
    Refused,
    Sheet,
    Superseded,
    Unreadable,
    why_blocked,
    word_for,
)

# How many rows a table in the UI shows; the ledger has the rest.
MOST_ROWS = 20
_MOST_LARGEST = 10
_MOST_NAME = 80


@dataclass(slots=True)
class Report:
    """The outcomes of one folder, added up during the run, in bounded memory."""

    counts: Counter[str] = field(default_factory=Counter)
    bytes_before: int = 0
    bytes_after: int = 0
    refused: list[Refused] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    blocked: list[Blocked] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    largest: list[tuple[int, str, Done]] = field(default_factory=list)
    settings: Counter[tuple[str, str]] = field(default_factory=Counter)
    qualities: tuple[int, float] = (0, 0.0)
    scales: tuple[int, float] = (0, 0.0)
    sizes_before: Counter[int] = field(default_factory=Counter)
    sizes_after: Counter[int] = field(default_factory=Counter)
    overtaken: set[str] = field(default_factory=set)
    started: float = field(default_factory=monotonic)

    def add(self, outcome: Outcome) -> None:
        """Count the outcome of one photo."""
        match outcome:
            case Done():
                self.counts[outcome.how] += 1
                self.bytes_before += outcome.bytes_before
                self.bytes_after += outcome.bytes_after
                if outcome.how in {"rendered", "passed_through"}:
                    self._add_made(outcome)
            case Refused():
                self.counts["newly_refused"] += 1
                if len(self.refused) < MOST_ROWS:
                    self.refused.append(outcome)
            case Failed():
                self.counts["failed"] += 1
                if len(self.failed) < MOST_ROWS:
                    self.failed.append(outcome)
            case Superseded(name=name):
                self.counts["overtaken"] += 1
                if name in self.overtaken:
                    self.counts["overtaken_twice"] += 1
                self.overtaken.add(name)
            case Unreadable():
                self.counts["unreadable"] += 1
                if len(self.unreadable) < MOST_ROWS:
                    self.unreadable.append(outcome)
            case Blocked():
                self.counts["newly_blocked"] += 1
                self._add_blocked(outcome)

    def add_listed(self, outcome: Blocked | Unreadable) -> None:
        """Add a name that cannot be processed, as its listing shows."""
        match outcome:
            case Unreadable() if len(self.unreadable) < MOST_ROWS:
                self.unreadable.append(outcome)
            case Blocked():
                self._add_blocked(outcome)

    def _add_blocked(self, outcome: Blocked) -> None:
        if len(self.blocked) < MOST_ROWS:
            self.blocked.append(outcome)

    @property
    def failures(self) -> int:
        """How many photos failed with an unexpected error."""
        return self.counts["failed"]

    @property
    def unread(self) -> int:
        """How many photos could not be read."""
        return self.counts["unreadable"]

    @property
    def outrun(self) -> int:
        """How many photos changed each time this run processed them."""
        return self.counts["overtaken_twice"]

    def arrivals(self, counts: Counts) -> int:
        """How many photos arrived or changed during the run, and are due."""
        return max(0, counts.due - self.failures - self.unread - self.outrun)

    @property
    def is_empty(self) -> bool:
        """Whether there were no outcomes."""
        return not self.counts

    def metadata(self, counts: Counts) -> dict[str, Any]:
        """Return the metadata of the folder's materialization: a chart, numbers and tables."""
        shown: dict[str, Any] = {}
        if self.largest:
            picture = drawn(histogram(self.sizes_before, self.sizes_after), "sizes")
            shown["sizes"] = dg.MetadataValue.md(f"Photos by size, before and after:\n\n{picture}")
        shown |= {
            "photos": counts.photos,
            "new_photos": self.arrivals(counts),
            **self.done,
            "refused": counts.refused,
            "blocked": counts.blocked + counts.held,
            "stale": counts.stale,
            "orphans": counts.orphan,
            "dagster/partition_row_count": counts.renditions,
        }
        if self.settings:
            shown["settings"] = tables.settings(self.settings)
        if self.largest:
            ordered = sorted(self.largest, reverse=True)
            shown["largest"] = tables.largest(done for *_, done in ordered)
        return shown | self.troubles

    @property
    def done(self) -> dict[str, int | float]:
        """Return what was done so far, as numbers that Dagster plots over time."""
        seconds = monotonic() - self.started
        shown: dict[str, int | float] = {
            "rendered": self.counts["rendered"],
            "passed_through": self.counts["passed_through"],
            "restamped": self.counts["restamped"],
            "deleted": self.counts["deleted"],
            "failed": self.counts["failed"],
            "bytes_before": self.bytes_before,
            "bytes_after": self.bytes_after,
            "seconds": round(seconds, 1),
            "photos_per_second": round(sum(self.counts.values()) / max(seconds, 0.001), 2),
        }
        for name, (number, summed) in (("quality", self.qualities), ("scale", self.scales)):
            if number:
                shown[f"{name}_mean"] = round(summed / number, 3)
        return shown

    @property
    def troubles(self) -> dict[str, Any]:
        """Return tables of the photos that this run refused, or could not process, and why."""
        shown = {}
        if self.refused:
            shown["refused_now"] = tables.troubles(self.refused)
        if self.failed:
            shown["failed_now"] = tables.troubles(self.failed)
        if self.unreadable:
            shown["unreadable_now"] = tables.troubles(self.unreadable)
        if self.blocked:
            shown["blocked_now"] = tables.troubles(self.blocked)
        return shown

    def _add_made(self, done: Done) -> None:
        self.sizes_before[class_of(done.bytes_before)] += 1
        self.sizes_after[class_of(done.bytes_after)] += 1
        keep = heappush if len(self.largest) < _MOST_LARGEST else heappushpop
        keep(self.largest, (done.bytes_before, done.name, done))
        if done.setting is not None:
            self.settings[tables.band(done.setting)] += 1
            self.scales = self.scales[0] + 1, self.scales[1] + done.setting.scale
            if done.setting.quality is not None:
                self.qualities = self.qualities[0] + 1, self.qualities[1] + done.setting.quality


def pictures(sheet: Sheet | None) -> dict[str, Any]:
    """Show photos before and after: a small sheet inline, in at most 40 kB."""
    if sheet is None:
        return {}
    rows = []
    for at, done in enumerate(sheet.shown[: sheet.rows], 1):
        sizes = f"{decimal(done.bytes_before)} → {decimal(done.bytes_after)}"
        name = done.rendition or done.name
        name = name if len(name) <= _MOST_NAME else f"…{name[1 - _MOST_NAME :]}"
        setting = tables.setting_in_words(done.setting)
        rows.append(f"{at}. {in_markdown(name)}: {sizes}, {setting}{_scores(done)}")
    caption = (
        "Where each photo lost most, before (left) and after (right), one pixel to one; a scaled "
        "rendition is next to the photo scaled to its pixels. Scores are out of 100; from about 90 "
        "up no difference is visible:"
    )
    sheet_inline = inline(sheet.small, "webp", "before and after")
    return {"pictures": dg.MetadataValue.md("\n\n".join([caption, sheet_inline, "\n".join(rows)]))}


def _scores(done: Done) -> str:
    seen = done.comparison
    if seen is None or seen.score is None or seen.places[0].score is None:
        return ""
    return f", score {seen.places[0].score:.0f} here and {seen.score:.0f} over the whole photo"


def printable(text: str) -> str:
    """Return a text as standard output can encode it: file names may contain any bytes."""
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def outcome_line(outcome: Outcome) -> str:
    """Return the outcome of one photo as a line."""
    return in_lines(_line(outcome)) if isinstance(outcome, Failed) else in_a_line(_line(outcome))


def _line(outcome: Outcome) -> str:
    match outcome:
        case Done(name=name, how=how):
            sizes = f"{decimal(outcome.bytes_before)} -> {decimal(outcome.bytes_after)}"
            called = f" as {outcome.rendition}" if outcome.rendition else ""
            return f"{name}: {how.replace('_', ' ')}{called}, {sizes}"
        case Refused(name=name, reason=reason):
            return f"{name}: refused, {reason}"
        case Failed(name=name, traceback=traceback):
            return f"{in_a_line(name)}: failed\n{traceback}"
        case Unreadable(name=name, reason=reason):
            return f"{name}: unreadable, {reason}"
        case Blocked(name=name):
            return f"{name}: blocked, {why_blocked(outcome)}"
        case _:
            return f"{outcome.name}: {word_for(outcome)}"
