"""A command that is started without standard streams, as by some services, works all the same."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.dagster_home import fill
from tests.noise_photos import BUDGET, photo

COMMAND = Path(sys.executable).parent / "photo-mirror"


@pytest.mark.parametrize("closed", ["2>&-", "<&- >&- 2>&-"], ids=["stderr", "all"])
def test_a_run_without_standard_streams_makes_the_renditions(closed: str, tmp_path: Path) -> None:
    raw, resized = tmp_path / "raw", tmp_path / "resized"
    raw.mkdir()
    (raw / "1.jpg").write_bytes(photo())
    environment = os.environ | {
        "PHOTO_MIRROR_RAW": str(raw),
        "PHOTO_MIRROR_RESIZED": str(resized),
        "PHOTO_MIRROR_BUDGET": str(BUDGET),
        "PHOTO_MIRROR_WORKERS": "1",
        "DAGSTER_HOME": str(fill(tmp_path / "home")),
    }
    shell = ["/bin/sh", "-c", f'exec "$@" {closed}', "sh", str(COMMAND)]
    ran = subprocess.run([*shell, "run"], env=environment, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stdout
    assert (resized / "1.jpg").stat().st_size <= BUDGET
    wrong = environment | {"PHOTO_MIRROR_BUDGET": "six"}
    ran = subprocess.run([*shell, "plan"], env=wrong, capture_output=True, check=False)
    assert ran.returncode == 2, ran.stdout
