"""Adds up what a run did, and shows it as a table of text or Markdown. Pure."""

from collections import Counter
from datetime import timedelta

from rich.filesize import decimal

from orchestration.escaping import in_a_line, in_markdown
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.outcomes import (
    Blocked,
    Done,
    Failed,
    FolderDone,
    ListedProblem,
    Note,
    Outcome,
    Refused,
    StoreDown,
    Superseded,
    Unreadable,
    why_blocked,
)

MOST_TROUBLES = 20

_ORDER = (
    "rendered", "passed through", "restamped", "found", "adopted", "restored", "deleted",
    "refused", "blocked", "unreadable", "failed", "changed meanwhile", "not reached",
)  # fmt: skip


class RunTally:
    """Photos by outcome, their bytes, and the first problems, in bounded memory."""

    def __init__(self) -> None:
        self._photos: Counter[str] = Counter()
        self._before: Counter[str] = Counter()
        self._after: Counter[str] = Counter()
        self._counts = Counts()
        self.troubles: list[tuple[str, str, str]] = []

    def add(self, event: Outcome | Note) -> None:
        """Add an event of a run."""
        match event:
            case Done(how=how):
                word = how.replace("_", " ")
                self._photos[word] += 1
                self._before[word] += event.bytes_before
                self._after[word] += event.bytes_after
            case ListedProblem(outcome):
                self._add_trouble(outcome)
            case FolderDone(counts=counts):
                self._counts += counts
            case Refused() | Blocked() | Unreadable() | Failed():
                self._add_trouble(event)
            case Superseded():
                self._photos["changed meanwhile"] += 1
            case StoreDown():
                self._photos["not reached"] += 1

    def _add_trouble(self, outcome: Refused | Blocked | Unreadable | Failed) -> None:
        word, why = _trouble(outcome)
        self._photos[word] += 1
        if len(self.troubles) < MOST_TROUBLES:
            self.troubles.append((word, outcome.name, why))

    @property
    def more_troubles(self) -> int:
        """The number of photos with problems that are not in `troubles`."""
        number = sum(self._photos[word] for word in ("refused", "blocked", "unreadable", "failed"))
        return number - len(self.troubles)

    @property
    def afterwards(self) -> str:
        """The counts of this run's folders, in one line; '' if none was finished."""
        counts = self._counts
        if counts.is_empty:
            return ""
        numbers = {
            "in sync": counts.in_sync,
            "stale": counts.stale,
            "due": counts.due,
            "refused": counts.refused,
            "blocked": counts.blocked + counts.held,
            "unreadable": counts.unreadable,
            "orphans": counts.orphan,
        }
        counted = [f"{number:,} {word}" for word, number in numbers.items() if number]
        photos = "1 photo" if counts.photos == 1 else f"{counts.photos:,} photos"
        sizes = f"{decimal(counts.photo_bytes)} -> {decimal(counts.rendition_bytes)}"
        return f"{photos}: {', '.join(counted) or 'none in sync'}; {sizes}"

    def text(self, reason: str, seconds: float) -> list[str]:
        """Return the lines of a table for a terminal or a log.

        `reason` is why the run failed, or ''.
        """
        rows = [("outcome", "photos", "before", "after"), *self._rows()]
        if len(rows) == 1:
            return [] if reason else [f"Nothing was due ({_time(seconds)})."]
        rows.append((f"total, in {_time(seconds)}", *self._total()))
        widths = [max(len(row[at]) for row in rows) for at in range(4)]
        return [
            "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()
            for row in rows
        ]

    def markdown(self, title: str, reason: str, seconds: float) -> str:
        """Return a summary: a heading, the table, the reason of a failure, and the troubles."""
        lines = [f"### {title}", ""]
        if rows := self._rows():
            lines += ["| Outcome | Photos | Before | After |", "|---|---:|---:|---:|"]
            lines += [f"| {' | '.join(row)} |" for row in rows]
            lines += [f"| **total**, in {_time(seconds)} | {' | '.join(self._total())} |", ""]
        elif not reason:
            lines += [f"Nothing was due ({_time(seconds)}).", ""]
        if self.afterwards:
            lines += [f"Afterwards: {self.afterwards}.", ""]
        if reason:
            lines += [f"**Failed**: {_cell(reason)}", ""]
        if self.troubles:
            lines += ["| Photo | | Why |", "|---|---|---|"]
            lines += [
                f"| {_cell(name)} | {word} | {_cell(why)} |" for word, name, why in self.troubles
            ]
            lines += [""]
        if self.more_troubles > 0:
            lines += [f"... and {self.more_troubles:,} more.", ""]
        return "\n".join([*lines, ""])

    def _rows(self) -> list[tuple[str, str, str, str]]:
        return [
            (
                word,
                f"{self._photos[word]:,}",
                decimal(self._before[word]) if self._before[word] else "",
                decimal(self._after[word]) if self._after[word] else "",
            )
            for word in _ORDER
            if self._photos[word]
        ]

    def _total(self) -> tuple[str, str, str]:
        before, after = self._before.total(), self._after.total()
        return f"{self._photos.total():,}", decimal(before), decimal(after)


def _trouble(outcome: Refused | Blocked | Unreadable | Failed) -> tuple[str, str]:
    """Return the word for an outcome, and its reason."""
    match outcome:
        case Refused(reason=reason):
            return "refused", reason
        case Unreadable(reason=reason):
            return "unreadable", reason
        case Blocked():
            return "blocked", why_blocked(outcome)
        case Failed(traceback=traceback):
            return "failed", traceback.strip().rpartition("\n")[2]


def _cell(text: str) -> str:
    return in_markdown(in_a_line(text)).replace("|", r"\|")


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else str(timedelta(seconds=round(seconds)))  # noqa: PLR2004 -- a minute
