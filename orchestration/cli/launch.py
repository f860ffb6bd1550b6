"""Runs the main job by `dagster job execute`, with this terminal kept open for its progress."""

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

_TAG = "photo_mirror/launch"
# What ends a command: it is passed on, the run stops its workers, and then the command ends so too.
_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# `make` and a terminal pass on one signal twice; a second one would cut short what the first began.
_ECHO_SECONDS = 5.0


class StoppedError(Exception):
    """The run was stopped by a signal that this command was sent; what was done is kept."""

    def __init__(self, by: signal.Signals) -> None:
        super().__init__(f"stopped by {by.name}; what was done is kept, and the next run goes on")
        self.by = by

    def __reduce__(self) -> tuple[type["StoppedError"], tuple[signal.Signals]]:
        return type(self), (self.by,)


def launch(config: Mapping[str, object], log: Path) -> str:
    """Run `mirror_folders` with this op config; return '' or, in a sentence, why it failed.

    Dagster's own output goes to the file `log`; the run is in the UI afterwards.

    Raises StoppedError, after the run has ended, when a signal was to end this command.
    """
    identity = uuid4().hex
    with NamedTemporaryFile("w", suffix=".yaml") as settings, log.open("w") as output:
        yaml.safe_dump({"ops": {"mirror_folders_op": {"config": dict(config)}}}, settings)
        settings.flush()
        command = [sys.executable, "-m", "orchestration.run_dagster", "job", "execute"]
        command += ["-m", "orchestration.definitions", "-j", "mirror_folders"]
        command += ["-c", settings.name, "--tags", f'{{"{_TAG}": "{identity}"}}']
        terminal = os.dup(sys.stderr.fileno())
        with _passing_on() as passed:
            # In a group of its own: from a terminal's Ctrl-C it hears once, and by us.
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


class _PassedOn:
    """The signals that came, each sent on to the run as soon as there is one."""

    def __init__(self) -> None:
        self.signals: list[signal.Signals] = []
        self._latest = 0.0
        self._run: subprocess.Popen[bytes] | None = None

    def to(self, run: "subprocess.Popen[bytes]") -> None:
        """Send on what came, and what comes."""
        self._run = run
        for one in self.signals[:1]:
            run.send_signal(_as_heard(one))

    def take(self, number: int, _frame: object) -> None:
        """Be the handler of a signal."""
        now = monotonic()
        is_echo = bool(self.signals) and now - self._latest < _ECHO_SECONDS
        self.signals.append(signal.Signals(number))
        self._latest = now
        if self._run is not None and not is_echo:
            self._run.send_signal(_as_heard(self.signals[-1]))


@contextmanager
def _passing_on() -> Iterator[_PassedOn]:
    """Take the signals that end a command, but those that are ignored (nohup)."""
    passed = _PassedOn()
    before = {one: signal.getsignal(one) for one in _ENDS}
    taken = [one for one in _ENDS if before[one] is not signal.SIG_IGN]
    for one in taken:
        signal.signal(one, passed.take)
    try:
        yield passed
    finally:
        for one in taken:
            signal.signal(one, before[one])


def _as_heard(sent: signal.Signals) -> signal.Signals:
    """Dagster stops a run in order on SIGINT and SIGTERM, but dies of SIGHUP."""
    return signal.SIGTERM if sent is signal.SIGHUP else sent


def _why(identity: str) -> str:
    """Look up what the run said when it failed."""
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
