"""Dagster on Postgres, its runs placed by the cluster or beside it, while a machine is lost."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from ray.job_submission import JobSubmissionClient

from tests.azurite.emulator import KEY
from tests.cluster.mirror_on_emulator import Place, on_one_machine
from tests.cluster.postgresql import postgres
from tests.cluster.ray_cluster import Machines, eventually, free_port, machines

HERE = Path(__file__).parents[2]
FOLDERS = [f"2024/{at}" for at in range(4)]
PATIENCE = 300.0


@pytest.mark.timeout(400)
@pytest.mark.parametrize("launcher", ["ray", "default"])
def test_all_partitions_of_a_backfill_succeed_though_a_machine_is_lost(
    place: Place, tmp_path: Path, launcher: str
) -> None:
    place.fill(60, len(FOLDERS))
    with (
        dagster(place, tmp_path, launcher) as cluster,
        dg.DagsterInstance.from_config(str(tmp_path)) as instance,
    ):
        instance.add_dynamic_partitions("photo_mirror_folders", FOLDERS)
        place.when_written(5, cluster.lose_one)
        backfill(FOLDERS)
        eventually(lambda: ended(instance) == set(FOLDERS), PATIENCE)
        assert cluster.second is None
        jobs = JobSubmissionClient(os.environ["PHOTO_MIRROR_RAY_JOBS"]).list_jobs()
        assert len(jobs) >= (len(FOLDERS) if launcher == "ray" else 0)
        for secret in (KEY, os.environ["DAGSTER_PG_PASSWORD"], os.environ["RAY_AUTH_TOKEN"]):
            assert secret not in str(jobs)
        shown = instance.get_materialized_partitions(dg.AssetKey("resized_photos"))
        assert shown == set(FOLDERS)
    assert place.state() == on_one_machine(place)
    assert place.written_twice() == []


@contextmanager
def dagster(place: Place, home: Path, launcher: str) -> Iterator[Machines]:
    """Postgres, two machines, and a daemon on the configuration that is shipped."""
    settings: dict[str, Any] = yaml.safe_load((HERE / "deploy/dagster.cluster.yaml").read_text())
    settings["run_monitoring"]["poll_interval_seconds"] = 3
    settings["concurrency"]["runs"]["max_concurrent_runs"] = 3
    if launcher == "default":
        del settings["run_launcher"]
    (home / "dagster.yaml").write_text(yaml.safe_dump(settings))
    port, jobs = free_port(), free_port()
    with (
        postgres() as database,
        inherited(
            database
            | place.environment
            | {
                "DAGSTER_HOME": str(home),
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "PHOTO_MIRROR_ENGINE": "ray",
                "PHOTO_MIRROR_RAY_ADDRESS": f"127.0.0.1:{port}",
                "PHOTO_MIRROR_RAY_JOBS": f"http://127.0.0.1:{jobs}",
                "PHOTO_MIRROR_WORKERS": "2",
            }
        ),
        machines(port, include_dashboard=True, dashboard_port=jobs) as cluster,
        (home / "daemon.log").open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-m", "dagster._daemon", "run", "-w", "workspace.yaml"],
            cwd=HERE,
            stdout=output,
            stderr=output,
        ) as daemon,
    ):
        try:
            yield cluster
        finally:
            daemon.terminate()


def backfill(keys: list[str]) -> None:
    command = [sys.executable, "-m", "dagster", "job", "backfill", "-w", "workspace.yaml"]
    command += ["-j", "mirror_folder", "--partitions", ",".join(keys), "--noprompt"]
    ran = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def ended(instance: dg.DagsterInstance) -> set[str | None]:
    """The partitions whose last run succeeded, once no run is under way."""
    runs = instance.get_runs()
    if any(not run.is_finished for run in runs):
        return set()
    return {run.tags.get("dagster/partition") for run in runs if run.is_success}


@contextmanager
def inherited(more: dict[str, str]) -> Iterator[None]:
    """Put this into the environment of every process that is started now."""
    before = dict(os.environ)
    os.environ.update(more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
