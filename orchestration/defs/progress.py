"""Shows the progress of a run: a bar on a terminal, or else a line every 15 seconds."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread
from time import monotonic

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from orchestration.mirror.outcomes import (
    Done,
    Expected,
    FolderDone,
    LedgerWarning,
    ListedProblem,
    Note,
    Outcome,
)

# Holds the file descriptor of the starter's terminal: Dagster captures a step's own streams.
TERMINAL = "PHOTO_MIRROR_TERMINAL"

_SECONDS_BETWEEN_LINES = 15.0


class RunProgress:
    """The number of photos that are done, their total number, and the start time."""

    def __init__(self) -> None:
        self.done = 0
        self.expected = 0
        self._bytes = 0
        self._is_all = False
        self._started = monotonic()

    def add(self, event: Outcome | Note) -> None:
        """Count an event."""
        match event:
            case Expected(actions, is_all):
                self.expected, self._is_all = actions, is_all
            case ListedProblem() | LedgerWarning() | FolderDone():
                pass
            case _:
                self.done += 1
                self._bytes += event.bytes_before if isinstance(event, Done) else 0

    @property
    def rate(self) -> str:
        """Photos per second, and bytes so far."""
        seconds = monotonic() - self._started
        return f"{self.done / max(seconds, 0.001):.1f} photos/s, {decimal(self._bytes)}"

    @property
    def line(self) -> str:
        """The progress and the remaining time in one line."""
        if not self.expected and not self.done:
            return "Comparing the containers" if not self._is_all else "Nothing is due"
        of = f"{self.expected:,}" if self._is_all else f"{self.expected:,} or more"
        line = f"{self.done:,} of {of} photos, {self.rate}"
        if self._is_all and self.done:
            left = (monotonic() - self._started) * (self.expected - self.done) / self.done
            line += f", {timedelta(seconds=round(left))} left"
        return line


@contextmanager
def progress(log: Callable[[str], None]) -> Iterator[Callable[[Outcome | Note], None]]:
    """Yield the function to call with every event of a run."""
    descriptor = os.environ.get(TERMINAL)
    if descriptor is None:
        with _lines(log) as show:
            yield show
        return
    with os.fdopen(os.dup(int(descriptor)), "w") as stream:
        if not stream.isatty():
            with _lines(lambda line: print(line, file=stream, flush=True)) as show:
                yield show
            return
        with Progress(
            TextColumn("photos"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=Console(file=stream),
            # Dagster writes to the step's own streams.
            redirect_stdout=False,
            redirect_stderr=False,
        ) as bar:
            yield _bar(bar)


def _bar(bar: Progress) -> Callable[[Outcome | Note], None]:
    run, task = RunProgress(), bar.add_task("", total=None, rate="")

    def show(event: Outcome | Note) -> None:
        run.add(event)
        bar.update(task, total=run.expected or None, completed=run.done, rate=run.rate)

    return show


@contextmanager
def _lines(write: Callable[[str], None]) -> Iterator[Callable[[Outcome | Note], None]]:
    """Write a line every 15 seconds, also while there are no events."""
    run, ended = RunProgress(), Event()

    def tick() -> None:
        while not ended.wait(_SECONDS_BETWEEN_LINES):
            write(run.line)

    clock = Thread(target=tick, daemon=True)
    clock.start()
    try:
        yield run.add
    finally:
        ended.set()
        clock.join()
