"""`python -m resize_core`, for one file."""

import subprocess
import sys
from pathlib import Path

from PIL import Image

from tests.resize_core.sample_files import DRONE


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "resize_core", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_photo_is_made_to_fit(tmp_path: Path) -> None:
    photo, small = tmp_path / "photo.jpg", tmp_path / "small.jpg"
    photo.write_bytes(DRONE)
    done = run(photo, "-o", small, "--budget", "90kB")
    assert (done.returncode, done.stderr) == (0, "")
    assert "re-encoded at quality" in done.stdout
    assert "640x480" in done.stdout
    assert small.stat().st_size <= 90_000
    run(photo, "-o", small, "--budget", "custom-vision-training", "--max-side", "300")
    with Image.open(small) as made:
        assert made.size == (300, 225)


def test_help_tells_how_to_use_it_and_what_its_exit_codes_mean() -> None:
    told = run("--help")
    assert told.returncode == 0
    assert "--budget" in told.stdout
    assert "exit codes" in told.stdout


def test_a_refused_photo_exits_with_one_sentence_and_no_file(tmp_path: Path) -> None:
    photo, small = tmp_path / "photo.jpg", tmp_path / "small.jpg"
    photo.write_bytes(DRONE[:90_000])
    done = run(photo, "-o", small, "--budget", "100kB")
    assert done.returncode == 1
    assert "cut short" in done.stderr
    assert "Traceback" not in done.stderr
    assert not small.exists()


def test_a_command_that_makes_no_sense_exits_with_two(tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(DRONE)
    for arguments, told in (
        ((photo, "-o", tmp_path / "b.jpg", "--budget", "lots"), "no budget"),
        ((photo, "-o", photo, "--budget", "6MB"), "photo itself"),
        ((tmp_path / "none.jpg", "-o", photo, "--budget", "6MB"), "none.jpg"),
    ):
        done = run(*arguments)
        assert done.returncode == 2
        assert told in done.stderr
        assert "Traceback" not in done.stderr
    assert photo.read_bytes() == DRONE
