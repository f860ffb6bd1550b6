"""Runs the main job by `dagster job execute`, with this terminal kept open for its progress."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from uuid import uuid4

import dagster as dg
import yaml

from orchestration.defs.progress import TERMINAL

_TAG = "photo_mirror/launch"


def launch(config: Mapping[str, object], log: Path) -> str:
    """Run `mirror_folders` with this op config; return '' or, in a sentence, why it failed.

    Dagster's own output goes to the file `log`; the run is in the UI afterwards.
    """
    identity = uuid4().hex
    with NamedTemporaryFile("w", suffix=".yaml") as settings, log.open("w") as output:
        yaml.safe_dump({"ops": {"mirror_folders_op": {"config": dict(config)}}}, settings)
        settings.flush()
        command = [sys.executable, "-m", "dagster", "job", "execute"]
        command += ["-m", "orchestration.definitions", "-j", "mirror_folders"]
        command += ["-c", settings.name, "--tags", f'{{"{_TAG}": "{identity}"}}']
        terminal = os.dup(sys.stderr.fileno())
        run = subprocess.Popen(  # noqa: S603 -- our own interpreter, and arguments of our own
            command,
            env={**os.environ, TERMINAL: str(terminal)},
            pass_fds=[terminal],
            stdout=output,
            stderr=output,
        )
        os.close(terminal)
        try:
            code = run.wait()
        except KeyboardInterrupt:
            code = run.wait()  # Ctrl-C reached the run too, which is stopping its workers
    return "" if code == 0 else _why(identity) or f"Dagster ended with code {code}; see {log}"


def _why(identity: str) -> str:
    """Look up what the run said when it failed."""
    with dg.DagsterInstance.get() as instance:
        for run in instance.get_runs(dg.RunsFilter(tags={_TAG: identity}), limit=1):
            for event in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE):
                failure = event.get_dagster_event().step_failure_data
                if failure.user_failure_data is not None:
                    return failure.user_failure_data.description or ""
                if failure.error is not None:
                    return failure.error.message.strip()
    return ""
