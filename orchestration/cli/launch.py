"""Runs the main job by `dagster job execute`, and shows its progress on this terminal."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import monotonic
from uuid import uuid4

import yaml

from orchestration.defs.progress import TERMINAL

# Finds the run again. Dagster keeps tags with this prefix, and does not show them.
_TAG = ".dagster/photo_mirror_launch"
# Signals that end a command: the run receives them, stops its workers, and then the command ends.
_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# `make` and a terminal pass on one signal twice; the second one would interrupt the clean end.
_ECHO_SECONDS = 5.0


class StoppedError(Exception):
    """The run was stopped by a signal sent to this command; finished work is kept."""

    def __init__(self, by: signal.Signals) -> None:
        super().__init__(f"stopped by {by.name}; finished work is kept, and the next run continues")
        self.by = by

    def __reduce__(self) -> tuple[type["StoppedError"], tuple[signal.Signals]]:
        return type(self), (self.by,)


def launch(config: Mapping[str, object], log: Path) -> str:
    """Run `mirror_folders` with this op config; return '' or, in a sentence, why it failed.

    Dagster's own output goes to the file `log`; the run is in the UI afterwards.

    Raises StoppedError after the run has ended, if this command received a signal.
    """
    identity = uuid4().hex
    with NamedTemporaryFile("w", suffix=".yaml") as settings, log.open("w") as output:
        yaml.safe_dump({"ops": {"mirror_folders_op": {"config": dict(config)}}}, settings)
        settings.flush()
        command = [sys.executable, "-m", "orchestration.run_dagster", "job", "execute"]
        command += ["-m", "orchestration.definitions", "-j", "mirror_folders"]
        command += ["-c", settings.name, "--tags", f'{{"{_TAG}": "{identity}"}}']
        terminal = os.dup(sys.stderr.fileno())
        with _forwarding_signals() as passed:
            # In its own process group: it receives a terminal's Ctrl-C once, from this command.
            run = subprocess.Popen(  # noqa: S603 -- our own interpreter, and arguments of our own
                command,
                env={**os.environ, TERMINAL: str(terminal)},
                pass_fds=[terminal],
                stdout=output,
                stderr=output,
                process_group=0,
            )
            os.close(terminal)
            passed.to(run)
            code = run.wait()
    if passed.signals:
        raise StoppedError(passed.signals[0])
    return "" if code == 0 else _why(identity) or f"Dagster ended with code {code}; see {log}"


class _SignalForwarder:
    """Stores the signals received, and sends each to the run as soon as the run exists."""

    def __init__(self) -> None:
        self.signals: list[signal.Signals] = []
        self._latest = 0.0
        self._run: subprocess.Popen[bytes] | None = None

    def to(self, run: "subprocess.Popen[bytes]") -> None:
        """Send the signals received so far, and later ones, to this run."""
        self._run = run
        for one in self.signals[:1]:
            run.send_signal(_for_dagster(one))

    def handle(self, number: int, _frame: object) -> None:
        """Handle a signal."""
        now = monotonic()
        is_echo = bool(self.signals) and now - self._latest < _ECHO_SECONDS
        self.signals.append(signal.Signals(number))
        self._latest = now
        if self._run is not None and not is_echo:
            self._run.send_signal(_for_dagster(self.signals[-1]))


@contextmanager
def _forwarding_signals() -> Iterator[_SignalForwarder]:
    """Forward the signals that end a command, except ignored ones (nohup)."""
    passed = _SignalForwarder()
    before = {one: signal.getsignal(one) for one in _ENDS}
    taken = [one for one in _ENDS if before[one] is not signal.SIG_IGN]
    for one in taken:
        signal.signal(one, passed.handle)
    try:
        yield passed
    finally:
        for one in taken:
            signal.signal(one, before[one])


def _for_dagster(sent: signal.Signals) -> signal.Signals:
    """Return the signal to send: Dagster stops cleanly on SIGINT and SIGTERM, but not on SIGHUP."""
    return signal.SIGTERM if sent is signal.SIGHUP else sent


def _why(identity: str) -> str:
    """Return the message of the failed run, or ''."""
    import dagster as dg  # noqa: PLC0415 -- it takes a second, and few runs fail

    with dg.DagsterInstance.get() as instance:
        for run in instance.get_runs(dg.RunsFilter(tags={_TAG: identity}), limit=1):
            for event in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE):
                failure = event.get_dagster_event().step_failure_data
                if failure.user_failure_data is not None:
                    return failure.user_failure_data.description or ""
                if failure.error is not None:
                    return failure.error.message.strip()
    return ""
