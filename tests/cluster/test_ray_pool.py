"""Workers as processes of a Ray cluster: they die, hang, eat memory, and see other folders."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from orchestration.blobs.address import Address
from orchestration.defs.resources import ContainersResource, EngineResource, RecipeResource
from orchestration.mirror.act.dispatch import dispatch
from orchestration.mirror.act.engine import Chunk, Lost
from orchestration.mirror.errors import EngineLostError, OutOfReachError
from orchestration.mirror.outcomes import Done, Failed, Outcome, Refused
from orchestration.mirror.run import mirror_folders
from orchestration.mirror.workers.process import Limits
from orchestration.mirror.workers.ray_pool import RayPool
from orchestration.mirror.workers.shared_folders import landmarks
from tests.cluster.ray_cluster import Machines, eventually, free_port, workers
from tests.mirror.fake_mirror import outcomes as told
from tests.mirror.workers.test_local_pool import act, actions
from tests.noise_photos import photo

LIMITS = Limits(memory=2_000_000_000, seconds=60)
NAMES = tuple(map(str, range(40)))


def pool_of(cluster: Machines, limits: Limits = LIMITS, most: int = 2) -> RayPool:
    return RayPool(act, cluster.address, most, limits, [])


def outcomes(engine: RayPool, *names: str) -> dict[str, Outcome]:
    return {one.name: one for one in told(dispatch(iter(actions(*names)), engine, lambda _: None))}


def test_the_photo_that_kills_its_worker_is_refused_and_no_other(cluster: Machines) -> None:
    with pool_of(cluster) as engine:
        told = outcomes(engine, *map(str, range(20)), "die")
    refused = [one for one in told.values() if isinstance(one, Refused)]
    assert [one.name for one in refused] == ["die"]
    assert len(told) == 21


def test_a_photo_that_hangs_costs_that_photo(cluster: Machines) -> None:
    with pool_of(cluster, Limits(memory=2_000_000_000, seconds=0.5)) as engine:
        told = outcomes(engine, "one", "hang", "two")
    assert isinstance(told["hang"], Refused)
    assert isinstance(told["one"], Done)
    assert isinstance(told["two"], Done)


def test_a_worker_cannot_hold_more_memory_than_it_may(cluster: Machines) -> None:
    with pool_of(cluster) as engine:
        told = outcomes(engine, "eat", "one")
    assert told["eat"] == Failed("f", "eat", "MemoryError")
    assert isinstance(told["one"], Done)


def test_leaving_on_an_error_stops_what_runs(cluster: Machines) -> None:
    with pytest.raises(KeyboardInterrupt):
        _interrupt_at_work(cluster)
    eventually(lambda: not workers())


def test_a_lost_machine_is_not_counted_against_a_photo(cluster: Machines) -> None:
    with pool_of(cluster) as engine:
        for _ in range(2):
            engine.submit(Chunk(tuple(actions("hang"))))
        eventually(lambda: len(workers()) == 2)
        cluster.lose_one()
        try:
            _, lost = engine.take()
        finally:
            cluster.replace()
    assert isinstance(lost, Lost)
    assert lost.with_machine


def test_a_missing_cluster_is_reported_in_one_message() -> None:
    with pytest.raises(EngineLostError, match="nothing listens at"):
        RayPool(act, f"127.0.0.1:{free_port()}", 2, LIMITS, [])


def test_two_folders_are_mirrored_where_every_worker_sees_them(
    cluster: Machines, tmp_path: Path
) -> None:
    containers = folders(tmp_path)
    engine = EngineResource(engine="ray", ray_address=cluster.address)
    recipe = RecipeResource(budget="4000", effort="balanced")
    mirror = containers.mirror(recipe)
    with engine.opened(containers, mirror.recipe) as pool:
        events = [*mirror_folders(mirror, pool)]
    assert len([one for one in events if isinstance(one, Done)]) == 3
    assert [*(tmp_path / "resized" / ".photo-mirror").glob("landmark-*")] == []


@pytest.mark.skipif(os.geteuid() != 0, reason="hides a folder from a machine, which takes root")
@pytest.mark.parametrize("hidden", ["raw", "resized"])
def test_a_folder_missing_on_one_machine_stops_the_run_with_a_message(
    cluster: Machines, tmp_path: Path, hidden: str
) -> None:
    containers = folders(tmp_path)
    with blind_machine(cluster, tmp_path / hidden):
        raw, resized = Address(containers.raw, "raw"), Address(containers.resized, "resized")
        with (
            landmarks(raw, [resized]) as marks,
            pytest.raises(
                OutOfReachError,
                match=f"does not find the photos of the planning machine at {tmp_path / hidden}",
            ),
            RayPool(act, cluster.address, 6, LIMITS, marks) as pool,
        ):
            eventually(lambda: all(isinstance(one, Failed) for one in outcomes(pool, *NAMES)))


def folders(at: Path) -> ContainersResource:
    for name in ("raw", "resized"):
        (at / name).mkdir()
    for seed in range(3):
        (at / "raw" / f"{seed}.jpg").write_bytes(photo(seed))
    return ContainersResource(raw=str(at / "raw"), resized=str(at / "resized"))


@contextmanager
def blind_machine(cluster: Machines, folder: Path) -> Iterator[None]:
    """A third machine, which has an empty disk where the others have this folder."""
    hide = f'mount -t tmpfs none "{folder}" && exec "$@"'
    beside = Path(sys.executable).parent
    command = ["unshare", "--mount", "sh", "-c", hide, "hide", str(beside / "ray"), "start"]
    command += ["--block", f"--address={cluster.address}", "--num-cpus=1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as machine:
        try:
            eventually(lambda: cluster.size == 3)
            yield
        finally:
            machine.terminate()
            machine.communicate()
            eventually(lambda: cluster.size == 2)


def _interrupt_at_work(cluster: Machines) -> None:
    with pool_of(cluster) as engine:
        engine.submit(Chunk(tuple(actions("hang"))))
        eventually(workers)
        raise KeyboardInterrupt
