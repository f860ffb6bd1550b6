"""Workers as real processes: they die, hang, eat memory, and lose their driver."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from orchestration.blobs.base import BlobInfo
from orchestration.mirror.act.dispatch import dispatch
from orchestration.mirror.act.engine import Chunk, Lost
from orchestration.mirror.decide.actions import Action, Render
from orchestration.mirror.outcomes import Done, Failed, Outcome, Refused
from orchestration.mirror.workers.local_pool import LocalPool
from orchestration.mirror.workers.process import Limits, time_limited
from tests.mirror.fake_mirror import outcomes as told

LIMITS = Limits(memory=2_000_000_000, seconds=60)


def act(actions: tuple[Action, ...]) -> list[Outcome]:
    """Do what each name describes."""
    return [_act(action) for action in actions]


def _act(action: Action) -> Outcome:
    name = action.blob.name
    if "die" in name:
        os.kill(os.getpid(), signal.SIGKILL)
    if "hang" in name:
        with time_limited():
            time.sleep(60)
    if "meet" in name:
        place = Path(name).parent
        (place / str(os.getpid())).touch()
        deadline = time.monotonic() + 60
        while len([*place.iterdir()]) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
    if "eat" in name:
        try:
            bytearray(4_000_000_000)
        except MemoryError:
            return Failed("f", name, "MemoryError")
    return Done("f", name, "rendered", seconds=os.getpid())


def actions(*names: str) -> list[Render]:
    return [Render("f", BlobInfo(name, "0x1", 9)) for name in names]


def outcomes(pool: LocalPool, *names: str) -> dict[str, Outcome]:
    return {one.name: one for one in told(dispatch(iter(actions(*names)), pool, lambda _: None))}


def test_work_is_spread_over_several_processes_none_of_which_is_ours(tmp_path: Path) -> None:
    with LocalPool(act, 2, LIMITS) as pool:
        for at in range(2):
            pool.submit(Chunk(tuple(actions(f"{tmp_path}/meet {at}"))))
        done = [pool.take()[1] for _ in range(2)]
    pids = {
        one.seconds
        for each in done
        if isinstance(each, list)
        for one in each
        if isinstance(one, Done)
    }
    assert len(pids) == 2
    assert os.getpid() not in pids


def test_a_worker_that_is_killed_is_replaced_and_costs_one_photo() -> None:
    with LocalPool(act, 2, LIMITS) as pool:
        told = outcomes(pool, *map(str, range(40)), "die")
    refused = [one for one in told.values() if isinstance(one, Refused)]
    assert [one.name for one in refused] == ["die"]
    assert "signal 9" in refused[0].reason
    assert len(told) == 41


def test_a_photo_that_hangs_costs_that_photo() -> None:
    with LocalPool(act, 2, Limits(memory=2_000_000_000, seconds=0.5)) as pool:
        told = outcomes(pool, "one", "hang", "two")
    assert isinstance(told["hang"], Refused)
    assert "longer than" in told["hang"].reason
    assert isinstance(told["one"], Done)
    assert isinstance(told["two"], Done)


def test_idle_workers_that_are_killed_do_no_harm() -> None:
    with LocalPool(act, 2, LIMITS) as pool:
        for turn in range(3):
            told = outcomes(pool, *(f"{turn} {at}" for at in range(20)))
            assert [type(one) for one in told.values()] == [Done] * 20
            for worker in _children():
                os.kill(worker, signal.SIGKILL)
            time.sleep(turn / 4)


def test_a_worker_cannot_hold_more_memory_than_it_may() -> None:
    with LocalPool(act, 1, LIMITS) as pool:
        told = outcomes(pool, "eat", "one")
    assert told["eat"] == Failed("f", "eat", "MemoryError")
    assert isinstance(told["one"], Done)


def test_leaving_on_an_error_stops_the_workers_at_once() -> None:
    with pytest.raises(KeyboardInterrupt):
        _interrupt_at_work()
    assert not _children()


def test_a_pool_ends_after_a_signal_cut_off_the_notification_of_its_queue() -> None:
    def interrupted() -> None:
        with LocalPool(act, 1, LIMITS) as pool:
            outcomes(pool, "one")
            queue: Any = pool._pool._context.task_queue  # noqa: SLF001 -- Pebble's own
            with queue.mutex:
                (waiter,) = queue.not_empty._waiters  # noqa: SLF001 -- what Condition.notify does first
                waiter.release()
                queue.unfinished_tasks += 1
                queue._put(None)  # noqa: SLF001 -- as above
            time.sleep(0.5)
            raise KeyboardInterrupt

    def swallowed() -> None:
        with suppress(KeyboardInterrupt):
            interrupted()

    ending = threading.Thread(target=swallowed, daemon=True)
    ending.start()
    ending.join(60)
    assert not ending.is_alive()


def test_the_last_output_of_a_worker_reaches_the_driver() -> None:
    with LocalPool(act, 1, LIMITS) as pool:
        pool.submit(Chunk(tuple(actions("die"))))
        assert pool.take()[1] == Lost("was killed by signal 9")


def test_a_worker_does_not_import_the_program_that_started_it(tmp_path: Path) -> None:
    script = tmp_path / "driver.py"
    script.write_text(
        textwrap.dedent("""
        from orchestration.mirror.act.engine import Chunk
        from orchestration.mirror.workers.local_pool import LocalPool
        from orchestration.mirror.workers.process import Limits
        from tests.mirror.workers.test_local_pool import act, actions
        print("imported", __name__, flush=True)
        if __name__ == "__main__":
            with LocalPool(act, 1, Limits()) as pool:
                pool.submit(Chunk(tuple(actions("one"))))
                print(type(pool.take()[1]).__name__, flush=True)
        """)
    )
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    ran = subprocess.run(
        [sys.executable, script], env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    assert ran.stdout.split("\n") == ["imported __main__", "list", ""]


def test_workers_end_soon_after_a_driver_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "driver.py"
    script.write_text(
        textwrap.dedent("""
        import os, signal, time
        from orchestration.mirror.act.engine import Chunk
        from orchestration.mirror.workers.local_pool import LocalPool
        from orchestration.mirror.workers.process import Limits
        from tests.mirror.workers.test_local_pool import act, actions, _children
        if __name__ == "__main__":
            with LocalPool(act, 2, Limits()) as pool:
                pool.submit(Chunk(tuple(actions("one"))))
                pool.take()
                print(*_children(), flush=True)
                os.kill(os.getpid(), signal.SIGKILL)
        """)
    )
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    ran = subprocess.run(
        [sys.executable, script], env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    workers = [int(pid) for pid in ran.stdout.split()]
    assert len(workers) >= 2
    deadline = time.monotonic() + 60
    while any(map(_is_alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(_is_alive, workers))


def _interrupt_at_work() -> None:
    with LocalPool(act, 2, LIMITS) as pool:
        pool.submit(Chunk(tuple(actions("hang"))))
        time.sleep(1.5)
        raise KeyboardInterrupt


def _children() -> list[int]:
    """The processes below this one, the resource tracker of multiprocessing left out."""
    children = psutil.Process().children()
    return [child.pid for child in children if "spawn_main" in " ".join(child.cmdline())]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
