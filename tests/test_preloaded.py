"""A program that is started preloaded does what it does when it is started from nothing."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import preloaded

BIN = Path(sys.executable).parent
JOB = ("job", "execute", "-m", "orchestration.definitions", "-j", "no_such_job")


@pytest.mark.parametrize(
    ("code", "command"),
    [(3, [BIN / "photo-mirror", "plan"]), (2, [sys.executable, "-m", "dagster", *JOB])],
    ids=["script", "module"],
)
def test_its_exit_code_and_its_output_are_the_same(
    tmp_path: Path, code: int, command: list[str | Path]
) -> None:
    settings = os.environ | {"PHOTO_MIRROR_RAW": str(tmp_path / "missing"), "COLUMNS": "200"}
    expected = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    ran = preloaded.run(command, env=settings)
    assert expected.returncode == code
    assert (ran.returncode, ran.stdout, ran.stderr.splitlines()[-1:]) == (
        expected.returncode,
        expected.stdout,
        expected.stderr.splitlines()[-1:],
    )


def test_it_can_be_stopped_and_killed() -> None:
    program = preloaded.start([sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "0"])
    assert program.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        program.wait(0.01)
    program.kill()
    assert (program.wait(60), program.poll()) == (-signal.SIGKILL, -signal.SIGKILL)
