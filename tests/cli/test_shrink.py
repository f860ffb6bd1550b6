"""`photo-mirror shrink`: one file, by the recipe of the environment."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from orchestration.cli import main
from resize_core import probe
from tests.resize_core.sample_files import DRONE, sample


@pytest.fixture
def drone(tmp_path: Path) -> Path:
    path = tmp_path / "drone.jpg"
    path.write_bytes(DRONE)
    return path


def shrink(*arguments: str | Path, **environment: str) -> Result:
    return CliRunner().invoke(main, ["shrink", *map(str, arguments)], env=environment)


def test_options_override_the_recipe_of_the_environment(drone: Path, tmp_path: Path) -> None:
    small = tmp_path / "small.jpg"
    ran = shrink(drone, "-o", small, PHOTO_MIRROR_BUDGET="90kB", PHOTO_MIRROR_MAX_SIDE="500")
    assert ran.exit_code == 0, ran.output
    assert "640x480 -> 500x375 px" in ran.stdout
    assert "scaled at quality" in ran.stdout
    assert small.stat().st_size <= 90_000
    ran = shrink(drone, "-o", small, "--max-side", "300", "--json", PHOTO_MIRROR_BUDGET="90kB")
    facts = json.loads(ran.stdout)
    assert (facts["sides_after"], facts["bytes_before"]) == ([300, 225], len(DRONE))
    assert facts["bytes_after"] == small.stat().st_size
    assert probe(small.read_bytes()).width == 300


def test_a_refused_photo_ends_with_one_and_no_file(drone: Path, tmp_path: Path) -> None:
    drone.write_bytes(DRONE[:90_000])
    ran = shrink(drone, "-o", tmp_path / "small.jpg", "--budget", "100kB")
    assert (ran.exit_code, "cut short" in ran.stderr) == (1, True)
    assert not (tmp_path / "small.jpg").exists()


def test_invalid_usage_ends_with_2_an_unwritable_file_with_3(drone: Path, tmp_path: Path) -> None:
    assert shrink(drone, "-o", drone).exit_code == 2
    assert shrink(drone, "-o", tmp_path / "b.jpg", "--budget", "lots").exit_code == 2
    assert shrink(tmp_path / "none.jpg", "-o", drone).exit_code == 2
    assert shrink(drone, "-o", tmp_path / "no" / "b.jpg").exit_code == 3
    assert drone.read_bytes() == DRONE


def test_in_a_folder_a_rendition_is_called_as_a_run_would_call_it(tmp_path: Path) -> None:
    for name in ("a.webp", "b.png"):
        (tmp_path / name).write_bytes(sample(name[2:]))
        ran = shrink(tmp_path / name, "-o", tmp_path / "made", PHOTO_MIRROR_ACCEPTS="jpeg png")
        assert ran.exit_code == 0, ran.output
        assert (tmp_path / "made").is_file()
        (tmp_path / "made").unlink()
        (tmp_path / "small").mkdir(exist_ok=True)
        ran = shrink(tmp_path / name, "-o", tmp_path / "small", PHOTO_MIRROR_ACCEPTS="jpeg png")
        assert ran.exit_code == 0, ran.output
        assert ("WebP -> JPEG" in ran.stdout) == (name == "a.webp")
    assert sorted(path.name for path in (tmp_path / "small").iterdir()) == ["a.webp.jpg", "b.png"]
    assert shrink(tmp_path / "b.png", "-o", tmp_path).exit_code == 2
