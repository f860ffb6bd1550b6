"""What happens to the machine is never held against a photo: real workers, and real trouble."""

import multiprocessing.spawn
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import psutil
import pytest

from orchestration import bootstrap
from orchestration.mirror.act.dispatch import dispatch
from orchestration.mirror.decide.actions import Action
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.errors import MachineError
from orchestration.mirror.ledger.refusals import recorded
from orchestration.mirror.outcomes import Done, Note, Outcome, Refused
from orchestration.mirror.run import mirror_folders
from orchestration.mirror.workers.local_pool import LocalPool
from orchestration.mirror.workers.process import Limits
from orchestration.settings import ContainersSettings, EngineSettings, RecipeSettings
from orchestration.settings_from_environment import read_settings
from tests.mirror.fake_mirror import outcomes as told
from tests.mirror.workers.test_local_pool import actions
from tests.noise_photos import BUDGET, photo

LIMITS = Limits(memory=2_000_000_000, seconds=60)
BLOCKED = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "orchestration":
            raise ImportError("orchestration is not installed here")
sys.meta_path.insert(0, Blocked())
"""


def not_importable(patch: pytest.MonkeyPatch, folder: Path) -> None:
    (folder / "sitecustomize.py").write_text(BLOCKED)
    patch.setenv("PYTHONPATH", str(folder))


def ends_at_once(patch: pytest.MonkeyPatch, folder: Path) -> None:
    python = folder / "python"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    before = multiprocessing.spawn.get_executable()
    patch.setattr(multiprocessing.spawn, "_python_exe", os.fsencode(python))
    assert multiprocessing.spawn.get_executable() != before


def no_memory(patch: pytest.MonkeyPatch, _folder: Path) -> None:
    patch.setattr(
        "orchestration.bootstrap.Limits", lambda _memory, _seconds: Limits(20_000_000, 60)
    )


@pytest.mark.parametrize("trouble", [not_importable, ends_at_once, no_memory])
@pytest.mark.parametrize("due", [1, 3])
def test_workers_that_cannot_work_end_the_run_and_nothing_is_recorded(
    trouble: Callable[[pytest.MonkeyPatch, Path], None],
    due: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "raw").mkdir()
    for at in range(due):
        (tmp_path / "raw" / f"{at}.jpg").write_bytes(photo(at))
    places = {"RAW": str(tmp_path / "raw"), "RESIZED": str(tmp_path / "resized")}
    given = {f"PHOTO_MIRROR_{name}": value for name, value in places.items()}
    given["PHOTO_MIRROR_BUDGET"] = str(BUDGET)
    containers = read_settings(ContainersSettings, given)
    recipe = read_settings(RecipeSettings, given)
    engine = read_settings(EngineSettings, given).replaced({"workers": 2})
    mirror = bootstrap.open_mirror(containers, recipe, Policy())
    with monkeypatch.context() as patch:
        trouble(patch, tmp_path)
        with (
            bootstrap.local_workers(containers, mirror.recipe, engine) as pool,
            pytest.raises(MachineError, match="Nothing was recorded against any photo"),
        ):
            [*mirror_folders(mirror, pool)]
    assert [*recorded(mirror.ledger)] == []
    with bootstrap.local_workers(containers, mirror.recipe, engine) as pool:
        events = told(mirror_folders(mirror, pool))
    assert [type(one) for one in events] == [Done] * due


def test_a_machine_out_of_files_is_reported_in_one_message(tmp_path: Path) -> None:
    script = tmp_path / "driver.py"
    script.write_text(
        textwrap.dedent("""
        import os, resource
        from orchestration.mirror.act.dispatch import dispatch
        from orchestration.mirror.errors import MachineError
        from orchestration.mirror.workers.local_pool import LocalPool
        from orchestration.mirror.workers.process import Limits
        from tests.mirror.workers.test_local_pool import act, actions
        if __name__ == "__main__":
            with LocalPool(act, 2, Limits()) as pool:
                most = len(os.listdir("/dev/fd")) + 1
                resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
                try:
                    print([*dispatch(iter(actions("one")), pool, lambda _: None)])
                except MachineError as error:
                    print("MachineError", error)
        """)
    )
    ran = subprocess.run(
        [sys.executable, script],
        env=os.environ | {"PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.startswith("MachineError"), ran.stdout + ran.stderr
    assert "Too many open files" in ran.stdout


def act(actions: tuple[Action, ...]) -> list[Outcome]:
    """Do what the last part of each name describes."""
    return [_act(action) for action in actions]


def _act(action: Action) -> Outcome:
    path = Path(action.blob.name)
    what = path.name.partition("-")[0]
    if what == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "work":
        time.sleep(0.5)
    if what == "stop" and not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGSTOP)
    if what == "starve":
        return Refused("f", action.blob.name, "0x1", "out-of-memory", "too much memory")
    return Done("f", action.blob.name, "rendered")


def ran(pool: LocalPool, *names: str) -> Iterator[Outcome | Note]:
    return dispatch(iter(actions(*names)), pool, lambda _: None)


@pytest.fixture
def killer() -> Iterator[Callable[[float], None]]:
    """Kills every worker there is, again and again: at once, and for so many seconds."""
    ended = Event()
    threads: list[Thread] = []

    def kill_all(seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not ended.wait(0.05):
            for child in psutil.Process().children():
                with suppress(psutil.NoSuchProcess):
                    if "spawn_main" in " ".join(child.cmdline()):
                        child.kill()

    def begin(seconds: float) -> None:
        threads.append(Thread(target=kill_all, args=[seconds]))
        threads[-1].start()

    yield begin
    ended.set()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("due", [1, 2, 9])
def test_workers_that_are_all_killed_for_a_minute_end_the_run(
    due: int, killer: Callable[[float], None]
) -> None:
    with LocalPool(act, 2, LIMITS) as pool:
        assert [type(one) for one in ran(pool, "good")] == [Done]
        killer(60)
        with pytest.raises(MachineError, match="Nothing was recorded against any photo"):
            assert not [*ran(pool, *(f"work-{at}" for at in range(due)))]


@pytest.mark.parametrize("due", [1, 2, 9])
def test_workers_that_are_all_killed_for_a_moment_cost_nothing(
    due: int, killer: Callable[[float], None]
) -> None:
    with LocalPool(act, 2, LIMITS) as pool:
        assert [type(one) for one in ran(pool, "good")] == [Done]
        killer(1.5)
        assert [type(one) for one in ran(pool, *(f"work-{at}" for at in range(due)))] == [
            Done
        ] * due


@pytest.mark.parametrize("others", [0, 1, 20])
def test_a_photo_that_crashes_its_worker_alone_is_refused(
    others: int,
) -> None:
    with LocalPool(act, 2, LIMITS) as pool:
        outcomes = {one.name: one for one in told(ran(pool, "die", *map(str, range(others))))}
    refused = outcomes.pop("die")
    assert isinstance(refused, Refused)
    assert "a test picture was processed before and after" in refused.reason
    assert [type(one) for one in outcomes.values()] == [Done] * others


def test_out_of_memory_is_a_refusal_only_if_a_test_picture_fits() -> None:
    with LocalPool(act, 2, LIMITS) as pool:
        (outcome,) = told(ran(pool, "starve"))
    assert isinstance(outcome, Refused)
    assert outcome.kind == "out-of-memory"
    with LocalPool(act, 1, Limits(110_000_000, 60)) as pool, pytest.raises(MachineError):
        [*ran(pool, "starve")]


def test_a_worker_that_is_stopped_is_replaced_and_its_photo_is_not_blamed(tmp_path: Path) -> None:
    with LocalPool(act, 2, Limits(memory=2_000_000_000, seconds=1)) as pool:
        names = [str(tmp_path / "stop"), *(f"work-{at}" for at in range(3))]
        assert [type(one) for one in ran(pool, *names)] == [Done] * 4


def test_workers_that_are_all_stopped_are_replaced() -> None:
    with LocalPool(act, 2, Limits(memory=2_000_000_000, seconds=1)) as pool:
        assert [type(one) for one in ran(pool, "good")] == [Done]
        for child in psutil.Process().children():
            if "spawn_main" in " ".join(child.cmdline()):
                child.suspend()
        assert [type(one) for one in ran(pool, "one", "two")] == [Done] * 2
