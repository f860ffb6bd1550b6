"""The sensor in the hands of Dagster's own daemon: photos drop in, and the right runs appear."""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

from tests.defs.test_job_execute import environment
from tests.noise_photos import photo

ROOT = Path(__file__).parents[3]
DAGSTER = (sys.executable, "-m", "dagster")
# A machine that is busy with other tests takes its time.
PATIENCE = 240.0


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A Dagster home with the sensor switched on and the daemon at work, until the test is over."""
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "raw").mkdir()
    shutil.copy(ROOT / "dagster.yaml", home)
    places = {
        "PHOTO_MIRROR_RAW": str(tmp_path / "raw"),
        "PHOTO_MIRROR_RESIZED": str(tmp_path / "resized"),
        "PHOTO_MIRROR_WORKERS": "1",
    }
    known = environment(home, **places)
    code = ("-m", "orchestration.definitions")
    subprocess.run(
        [*DAGSTER, "sensor", "start", "new_photos", *code],
        env=known,
        check=True,
        capture_output=True,
        timeout=PATIENCE,
    )
    with (tmp_path / "daemon.log").open("w") as log:
        daemon = subprocess.Popen(
            [sys.executable, "-m", "dagster._daemon", "run", *code],
            env=known,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        yield home
        daemon.send_signal(signal.SIGINT)
        try:
            daemon.wait(60)
        except subprocess.TimeoutExpired:
            daemon.kill()


def wait(until: Callable[[], bool], what: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not until():
        if time.monotonic() > deadline:
            pytest.fail(what.read_text()[-3_000:])
        time.sleep(0.5)


def test_three_added_photos_are_mirrored_by_the_runs_they_need(home: Path) -> None:
    raw = home.parent / "raw"
    for at, name in enumerate(("2024/a/1.jpg", "2024/a/2.jpg", "2024/b/3.jpg")):
        (raw / name).parent.mkdir(parents=True, exist_ok=True)
        (raw / f"{name}.part").write_bytes(photo(at))
        (raw / f"{name}.part").rename(raw / name)
    with dg.DagsterInstance.from_config(str(home)) as instance:

        def is_done() -> bool:
            made = [*(home.parent / "resized").rglob("?.jpg")]
            return len(made) == 3 and all(run.is_finished for run in instance.get_runs())

        wait(is_done, home.parent / "daemon.log")
        runs = instance.get_runs()
        assert {run.tags.get("dagster/sensor_name") for run in runs} == {"new_photos"}
        assert all(run.is_success for run in runs)
        assert {run.tags.get("dagster/partition") for run in runs} == {"2024/a", "2024/b"}
