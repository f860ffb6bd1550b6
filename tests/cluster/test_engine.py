"""A mirror over two machines: workers, machines and drivers are taken away under it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from orchestration.defs.resources import EngineResource
from orchestration.mirror.outcomes import Done, Refused
from tests.cluster.mirror_on_emulator import Place, on_one_machine
from tests.cluster.ray_cluster import Machines, eventually, free_port, machines, workers

PATIENCE = 120.0


def over(cluster: Machines) -> EngineResource:
    return EngineResource(engine="ray", ray_address=cluster.address, workers=2)


def assert_as_on_one_machine(place: Place) -> None:
    assert place.state() == on_one_machine(place)
    assert place.written_twice() == []


@contextmanager
def driver(place: Place, address: str, home: Path) -> "Iterator[subprocess.Popen[bytes]]":
    """A driver in a process of its own, which may be killed."""
    home.mkdir()
    command = [sys.executable, "-m", "dagster", "job", "execute"]
    command += ["-m", "orchestration.definitions", "-j", "mirror_folders"]
    mine = {
        "PHOTO_MIRROR_ENGINE": "ray",
        "PHOTO_MIRROR_RAY_ADDRESS": address,
        "PHOTO_MIRROR_WORKERS": "2",
        "DAGSTER_HOME": str(home),
    }
    with (
        (home / "output").open("wb") as output,
        subprocess.Popen(
            command, env=os.environ | place.environment | mine, stdout=output, stderr=output
        ) as running,
    ):
        try:
            yield running
        finally:
            running.kill()


def test_all_photos_are_in_sync_and_a_second_run_writes_nothing(
    cluster: Machines, place: Place
) -> None:
    first = [*place.run(over(cluster))]
    assert len([one for one in first if isinstance(one, Done)]) == 60
    assert [one.name for one in first if isinstance(one, Refused)] == ["2024/0/broken.jpg"]
    assert_as_on_one_machine(place)
    assert not [one for one in place.run(over(cluster)) if isinstance(one, Done | Refused)]


def test_a_worker_killed_over_a_chunk_costs_nothing(cluster: Machines, place: Place) -> None:
    killed: list[psutil.Process] = []

    def kill() -> None:
        killed.extend(workers()[:1])
        killed[0].kill()

    place.when_written(5, kill)
    assert [*place.run(over(cluster))]
    assert killed
    assert_as_on_one_machine(place)


def test_a_machine_lost_without_warning_costs_nothing(cluster: Machines, place: Place) -> None:
    place.when_written(5, cluster.lose_one)
    try:
        assert [*place.run(over(cluster))]
        assert cluster.second is None
    finally:
        cluster.replace()
    assert_as_on_one_machine(place)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_a_driver_that_ends_leaves_no_worker_and_the_next_continues(
    cluster: Machines, place: Place, tmp_path: Path, end: signal.Signals
) -> None:
    with driver(place, cluster.address, tmp_path / "home") as running:
        place.when_written(5, lambda: running.send_signal(end))
        assert running.wait(PATIENCE) != 0
    eventually(lambda: not workers())
    assert [*place.run(over(cluster))]
    assert_as_on_one_machine(place)


def test_a_run_goes_on_by_itself_once_its_lost_cluster_is_back(
    place: Place, tmp_path: Path
) -> None:
    port = free_port()
    with ExitStack() as stack:
        with machines(port) as first:
            running = stack.enter_context(driver(place, first.address, tmp_path / "home"))
            place.when_written(5, first.lose_all)
            eventually(lambda: "retrying in" in (tmp_path / "home" / "output").read_text())
        with machines(port):
            assert running.wait(PATIENCE) == 0
    assert_as_on_one_machine(place)
