import os
import signal
import subprocess
import sys
import time

STARTS = """
import signal
from tests.azurite.emulator import running
with running() as azurite:
    print(azurite.process, flush=True)
    signal.pause()
"""


def test_azurite_ends_with_who_started_it_however_that_ends() -> None:
    with subprocess.Popen([sys.executable, "-c", STARTS], stdout=subprocess.PIPE) as starter:
        assert starter.stdout
        azurite = int(starter.stdout.readline())
        assert _lives(azurite)
        starter.send_signal(signal.SIGKILL)
    until = time.monotonic() + 60
    while _lives(azurite) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _lives(azurite)


def test_a_missing_azurite_is_a_sentence_and_no_skip() -> None:
    script = (
        "from pathlib import Path; from tests.azurite import emulator\n"
        "emulator.AZURITE = Path('missing')\n"
        "with emulator.running(): pass"
    )
    tried = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert "Azurite is not installed: run the tests with `make test`" in tried.stderr


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
