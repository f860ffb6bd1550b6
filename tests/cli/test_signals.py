"""`photo-mirror run` passes a signal on to the run, waits, and ends by the signal."""

import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from tests import preloaded
from tests.cli.test_run import COMMAND
from tests.dagster_home import fill
from tests.noise_photos import BUDGET, photo

PATIENCE = 120


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "raw" / "a").mkdir(parents=True)
    for at in range(300):
        (tmp_path / "raw" / "a" / f"{at:03}.jpg").write_bytes(photo(at % 20, 160))
    return os.environ | {
        "PHOTO_MIRROR_RAW": str(tmp_path / "raw"),
        "PHOTO_MIRROR_RESIZED": str(tmp_path / "resized"),
        "PHOTO_MIRROR_BUDGET": str(BUDGET),
        "PHOTO_MIRROR_WORKERS": "1",
        "DAGSTER_HOME": str(fill(tmp_path / "home")),
    }


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("recipient", ["the command", "its process group", "twice"])
def test_a_signal_ends_the_run_and_then_the_command(
    sent: signal.Signals, recipient: str, environment: dict[str, str], tmp_path: Path
) -> None:
    with (tmp_path / "stderr").open("w") as stderr:
        run = preloaded.start([COMMAND, "run"], env=environment, stderr=stderr, process_group=0)
    deadline = time.monotonic() + PATIENCE
    while not any(tmp_path.glob("resized/a/*.jpg")) and time.monotonic() < deadline:
        time.sleep(0.05)
    below = psutil.Process(run.pid).children(recursive=True)
    assert below
    for _ in range(2 if recipient == "twice" else 1):
        if recipient == "its process group":
            os.killpg(run.pid, sent)
        else:
            run.send_signal(sent)
    assert run.wait(PATIENCE) == -sent
    assert f"stopped by {sent.name}" in (tmp_path / "stderr").read_text()
    gone, alive = psutil.wait_procs(below, timeout=10)
    assert not alive, [one.cmdline() for one in alive]
    assert len(gone) == len(below)
    assert not [*tmp_path.rglob(".photo-mirror-*")]
    assert not [*tmp_path.rglob("photo_mirror_runs/*")]
    assert 0 < len([*tmp_path.glob("resized/a/*.jpg")]) < 300
