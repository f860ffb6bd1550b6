"""The examples for CI: the very commands in them, run as the services run them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestration.blobs.address import parse_address
from orchestration.blobs.base import Properties
from orchestration.blobs.open import open_store
from tests.azurite.emulator import Azurite
from tests.noise_photos import BUDGET, photo

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples" / "ci"
GITHUB = yaml.safe_load((EXAMPLES / "github-actions.yaml").read_text())
PIPELINES = yaml.safe_load((EXAMPLES / "azure-pipelines.yaml").read_text())
Ran = subprocess.CompletedProcess[str]


def github_steps() -> dict[str, str]:
    return {
        step["name"]: step["run"] for step in GITHUB["jobs"]["mirror"]["steps"] if "run" in step
    }


def pipeline_steps() -> dict[str, str]:
    (job,) = PIPELINES["jobs"]
    return {step["displayName"]: step["script"] for step in job["steps"] if "script" in step}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What a runner has after the step Install."""
    (tmp_path / ".venv").symlink_to(sys.prefix)
    shutil.copy(ROOT / "dagster.yaml", tmp_path)
    return tmp_path


def run(script: str, checkout: Path, **environment: str) -> Ran:
    """Run a step as both services do: in a shell that stops at the first failure."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PHOTO_MIRROR_", "DAGSTER_"))
    }
    mine = {"PHOTO_MIRROR_BUDGET": str(BUDGET), "PHOTO_MIRROR_EFFORT": "balanced"}
    return subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=checkout,
        env=kept | mine | {"PHOTO_MIRROR_WORKERS": "1"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def put(url: str, photos: Mapping[str, bytes]) -> None:
    store = open_store(parse_address(url, "resized"))
    for name, data in photos.items():
        store.write(name, data, Properties("image/jpeg"))


def names(url: str) -> list[str]:
    return [row.name for row in open_store(parse_address(url, "resized")).list()]


def test_the_github_workflow_mirrors_a_container_then_a_list_of_folders(
    checkout: Path, azurite: Azurite
) -> None:
    steps = github_steps()
    assert [*steps] == ["Install", "Mirror", "Say what cannot be made to fit"]
    places = {
        "PHOTO_MIRROR_RAW": azurite.new_container("raw"),
        "PHOTO_MIRROR_RESIZED": azurite.new_container("resized"),
    }
    put(places["PHOTO_MIRROR_RAW"], {"a/b/1.jpg": photo(1), "a/c/2.jpg": photo(2)[:2_000]})
    ran = run(steps["Mirror"], checkout, FOLDERS="", **places)
    assert ran.returncode == 0, ran.stderr
    assert names(places["PHOTO_MIRROR_RESIZED"]) == ["a/b/1.jpg"]
    told = run(steps["Say what cannot be made to fit"], checkout, **places)
    assert (told.returncode, "a/c/2.jpg" in told.stdout) == (0, True)
    put(places["PHOTO_MIRROR_RAW"], {"d/e/3.jpg": photo(3), "d/f/4.jpg": photo(4)})
    ran = run(steps["Mirror"], checkout, FOLDERS='["d/f", "a/b"]', **places)
    assert ran.returncode == 0, ran.stderr
    assert names(places["PHOTO_MIRROR_RESIZED"]) == ["a/b/1.jpg", "d/f/4.jpg"]


def test_the_pipeline_mirrors_one_folder_or_all_and_fails_when_it_must(checkout: Path) -> None:
    steps = pipeline_steps()
    assert [*steps] == ["Install", "Mirror", "Say what cannot be made to fit"]
    places = {
        "PHOTO_MIRROR_RAW": str(checkout / "raw"),
        "PHOTO_MIRROR_RESIZED": str(checkout / "small"),
    }
    (checkout / "raw").mkdir()
    put(places["PHOTO_MIRROR_RAW"], {"a/b/1.jpg": photo(1), "a/c d/2.jpg": photo(2)})
    ran = run(steps["Mirror"], checkout, FOLDER=" a/c d ", **places)
    assert ran.returncode == 0, ran.stderr
    assert names(places["PHOTO_MIRROR_RESIZED"]) == ["a/c d/2.jpg"]
    ran = run(steps["Mirror"], checkout, FOLDER=" ", **places)
    assert ran.returncode == 0, ran.stderr
    assert names(places["PHOTO_MIRROR_RESIZED"]) == ["a/b/1.jpg", "a/c d/2.jpg"]
    missing = {**places, "PHOTO_MIRROR_RAW": str(checkout / "mistyped")}
    assert run(steps["Mirror"], checkout, FOLDER=" ", **missing).returncode == 1


def test_both_install_what_a_clone_installs() -> None:
    for steps in (github_steps(), pipeline_steps()):
        assert steps["Install"] == "make install"
    dry = subprocess.run(
        ["make", "--dry-run", "--always-make", "install"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "locks/install.py locks/run.txt" in dry.stdout
    assert '"--require-hashes"' in (ROOT / "locks" / "install.py").read_text()


def test_no_secret_and_no_two_runs_at_once() -> None:
    said: Any = (EXAMPLES / "github-actions.yaml").read_text()
    assert "secrets." not in said
    assert GITHUB["permissions"] == {"contents": "read", "id-token": "write"}
    assert GITHUB["concurrency"]["cancel-in-progress"] is False
    assert PIPELINES["trigger"] == "none"


def test_a_job_that_is_mistyped_is_code_2(checkout: Path) -> None:
    ran = run(
        ".venv/bin/dagster job execute -m orchestration.definitions -j mirror_foldrs", checkout
    )
    assert ran.returncode == 2


def test_the_workflow_of_wheels_builds_and_tries_both_distributions() -> None:
    jobs = yaml.safe_load((EXAMPLES / "wheels.yaml").read_text())["jobs"]
    assert [*jobs] == ["sdist", "wheel"]
    known = {step["uses"] for step in GITHUB["jobs"]["mirror"]["steps"] if "uses" in step}
    for kind, job in jobs.items():
        steps = {step["name"]: step["run"] for step in job["steps"] if "run" in step}
        assert f"python -m build --{kind}" in steps["Build"]
        assert "photo-mirror --version | grep ', kernel '" in steps["Try"]
        used = {step["uses"] for step in job["steps"] if "uses" in step}
        assert used <= known | {"actions/upload-artifact@v4"}
        assert [*job["steps"][-1]["with"]] == ["name", "path"]


def test_the_image_installs_the_wheel() -> None:
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text()
    assert "pip wheel " in dockerfile
    assert "--editable" not in dockerfile
    ignored = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text().split()
    copied = [
        name
        for line in dockerfile.splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for name in line.split()[1:-1]
    ]
    assert sorted(copied) == sorted(name[1:] for name in ignored if name.startswith("!"))
