"""The output of a run that a person or a CI service started: plan, progress, table, failure.

Only runs of `dagster job execute`, `dg launch`, `dagster asset materialize` and `photo-mirror run`
print it. Runs of the daemon have the UI.
"""

import atexit
import gc
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from time import monotonic
from typing import TextIO

import dagster as dg

from orchestration.ci_service import CiService, ci_service
from orchestration.defs.progress import TERMINAL, progress
from orchestration.defs.run_tally import RunTally
from orchestration.escaping import in_a_line
from orchestration.mirror.outcomes import Expected, Note, Outcome

_MOST_WARNINGS = 9  # a step of GitHub Actions shows ten
_STOPPED = "the run was stopped; finished work is kept, and the next run continues"

Context = dg.OpExecutionContext | dg.AssetExecutionContext


def is_console_run(run: dg.DagsterRun) -> bool:
    """Whether a command in this process started the run, and not the daemon, the UI or a test."""
    return run.job_code_origin is not None and run.remote_job_origin is None


def has_photo_lines(run: dg.DagsterRun) -> bool:
    """Whether the step prints a line per photo: if its output is stored and not shown live."""
    return TERMINAL in os.environ or not is_console_run(run)


def begin_output(context: Context) -> None:
    """Have the reason of a failure printed last, whatever fails from here on, and only once."""
    if is_console_run(context.run):
        _end_of(context.run_id).begin(context)


@contextmanager
def run_output(context: Context, heading: str) -> Iterator[Callable[[Outcome | Note], None]]:
    """Yield the function to call with every event of a run.

    The table and the reason of a failure follow when this process ends, after all that Dagster
    prints. `begin_output` comes before.
    """
    if not is_console_run(context.run):
        with progress(context.log.info) as show:
            yield show
        return
    end = _end_of(context.run_id)
    end.print_heading(heading)
    with progress(end.print) as show:

        def add(event: Outcome | Note) -> None:
            end.add(event)
            show(event)

        yield add


class _RunEnd:
    """Prints a run's table and, last, the reason of its failure, when the process ends."""

    def __init__(self) -> None:
        self._is_begun = False
        self._tally = RunTally()
        self._started = monotonic()
        self._heading = ""
        self._reason = ""
        self._is_over = False
        self._expected = -1

    def begin(self, context: Context) -> None:
        """Listen to the events of the run, and print the rest when the process ends."""
        if self._is_begun:
            return  # the step is retried
        self._is_begun = True
        context.instance.add_event_listener(context.run_id, self._listen)
        atexit.register(self._finish)
        if TERMINAL not in os.environ:
            # Dagster makes a logger for the run and one for each step, and lists them nowhere.
            for one in gc.get_objects():
                if issubclass(type(one), logging.StreamHandler):
                    one.addFilter(_is_no_repetition)

    def print_heading(self, heading: str) -> None:
        """Print once what is mirrored."""
        if not self._heading and TERMINAL not in os.environ:
            self.print(heading)
        self._heading = heading

    def add(self, event: Outcome | Note) -> None:
        """Add an event; print the plan when it is complete."""
        self._tally.add(event)
        if isinstance(event, Expected) and event.is_all and event.actions != self._expected:
            self._expected = event.actions
            with _stream() as stream:
                if stream.isatty():
                    return  # the progress bar shows it
            if event.actions:
                photos = "1 photo" if event.actions == 1 else f"{event.actions:,} photos"
                self.print(f"Planned: {photos} to process")
            else:
                self.print("Planned: nothing is due")

    def print(self, line: str) -> None:
        """Print a line, or lines, on the terminal or CI log that started the run."""
        with _stream() as stream:
            print(line, file=stream, flush=True)

    def _listen(self, event: dg.EventLogEntry) -> None:
        found = event.dagster_event
        if found is None:
            return
        if found.event_type is dg.DagsterEventType.STEP_FAILURE:
            self._reason = self._reason or _reason(found)
        elif found.event_type is dg.DagsterEventType.RUN_CANCELED:
            self._reason = _STOPPED
        elif found.event_type in _ENDS:
            self._is_over = True
            if found.event_type is dg.DagsterEventType.RUN_SUCCESS:
                self._reason = ""

    def _finish(self) -> None:
        seconds = monotonic() - self._started
        if not self._is_over and not self._reason:
            self._reason = _STOPPED
        service = ci_service(os.environ)
        for line in self._tally.text(self._reason, seconds) if self._heading else ():
            self.print(line)
        if service is not None:
            self._summarize(service, seconds)
        is_alone = TERMINAL not in os.environ
        if is_alone and self._tally.afterwards:
            self.print(f"Afterwards: {self._tally.afterwards}")
        if is_alone or service is not None:
            self._print_troubles(service)
        if not is_alone or not self._reason:
            return  # the command that started this run prints the reason
        if service is None:
            self.print(f"Error: {in_a_line(self._reason)}")
        else:
            self.print(service.annotate("error", self._reason))

    def _summarize(self, service: CiService, seconds: float) -> None:
        title = f"photo-mirror {'failed' if self._reason else 'succeeded'}"
        summary = self._tally.markdown(title, self._reason, seconds)
        try:
            line = service.summarize(summary)
        except OSError as error:
            line = f"The summary for {service.name} cannot be written: {error}"
        if line:
            self.print(line)

    def _print_troubles(self, service: CiService | None) -> None:
        for at, (word, name, why) in enumerate(self._tally.troubles):
            line = in_a_line(f"{word}: {name}: {why}")
            is_marked = service is not None and at < _MOST_WARNINGS
            self.print(service.annotate("warning", line) if service and is_marked else line)
        if self._tally.more_troubles > 0:
            self.print(f"... and {self._tally.more_troubles:,} more")


_ENDS = {
    dg.DagsterEventType.RUN_SUCCESS,
    dg.DagsterEventType.RUN_FAILURE,
    dg.DagsterEventType.RUN_CANCELED,
}

# A retried step continues with these counts.
_end_of = cache(lambda _run_id: _RunEnd())


def _is_no_repetition(record: logging.LogRecord) -> bool:
    """Whether a line says more than the reason, which is printed last: a traceback does."""
    message = record.getMessage()
    is_ours = f"{dg.Failure.__module__}.{dg.Failure.__qualname__}: " in message
    is_end = "STEP_FAILURE" in message or "RUN_FAILURE" in message
    return not ((is_ours and is_end) or "Dependencies for step " in message)


def _reason(event: dg.DagsterEvent) -> str:
    failure = event.step_failure_data
    if failure.user_failure_data is not None:
        return failure.user_failure_data.description or ""
    return failure.error.message.strip() if failure.error is not None else ""


@contextmanager
def _stream() -> Iterator[TextIO]:
    descriptor = os.environ.get(TERMINAL)
    if descriptor is None:
        yield sys.stdout
        return
    with os.fdopen(os.dup(int(descriptor)), "w", errors="backslashreplace") as stream:
        yield stream
