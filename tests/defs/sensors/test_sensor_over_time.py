"""The sensor over a day of ticks: nothing is missed, and nothing is asked for twice."""

import json
from collections.abc import Iterator
from random import Random

import dagster as dg
import pytest

from orchestration.defs.sensors.backoff import MAX_BACKOFFS
from orchestration.defs.sensors.new_photos import MOST_RUNS, MOST_TICKS, SECONDS_BETWEEN_TICKS
from orchestration.defs.sensors.run_groups import MOST_FOLDERS
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.ledger.folder_counts import StoredCounts, read_counts, write_counts
from orchestration.mirror.ledger.refusals import forget
from orchestration.mirror.partition_keys import folder_at
from tests.defs.sensors.sensor_simulation import Clock, Day, some
from tests.noise_photos import photo

FOLDERS = ("", "2024/", "2024/a/", "2024/a b/", "2024/b/deep/", "é/ж/", "z/(root)/", "x/1/", "x/2/")
PHOTOS = [photo(n, 32) for n in range(4)] + [photo(9, 64)]
BROKEN = photo(3)[:2_000]


@pytest.fixture
def day() -> Iterator[Day]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Day(Clock(0.0), instance)


def finish(day: Day) -> None:
    """Carry out all that waits, and well."""
    for asked in [*day.waiting]:
        day.work(asked)
        day.end(asked, well=True)


def settle(day: Day) -> None:
    """Tick until all is idle."""
    for _ in range(30):
        if not day.tick().run_requests:
            return
        finish(day)
    pytest.fail("it does not come to rest")


def lived(day: Day, random: Random, ticks: int) -> None:
    """Let ticks pass while photos come, change, go and are renamed, and runs do what runs do."""
    world, progress = day.world, dict[str, int]()

    def name() -> str:
        return f"{random.choice(FOLDERS)}{random.randint(0, 5)}.jpg"

    def rename() -> None:
        old = name()
        if world.photo(old):
            world.remove(old)
            world.put(name(), random.choice(PHOTOS))

    def empty() -> None:
        folder = random.choice(FOLDERS[1:])
        for row in [*world.photos.list(folder)]:
            world.remove(row.name)
        for row in [*world.resized.list(folder)]:
            day.drop(row.name)

    happenings = [
        lambda: world.put(name(), random.choice(PHOTOS)),
        lambda: world.put(name(), random.choice(PHOTOS)),
        lambda: world.put(name(), BROKEN),
        lambda: world.put(f"{random.choice(FOLDERS)}clip.mp4", b"a video"),
        lambda: world.remove(name()),
        lambda: day.drop(name()),
        lambda: day.foreign(name()),
        rename,
        empty,
    ]
    for _ in range(ticks):
        some(random, happenings, 3 if random.random() < 0.4 else 0)
        for asked in [*day.waiting]:
            at = progress[asked.run.run_id] = progress.get(asked.run.run_id, 0) + 1
            if at == 1 and random.random() < 0.8:
                day.work(asked)
            elif at > 1 and random.random() < 0.5:
                day.end(asked, well=random.random() < 0.7)
        day.clock.now += 10 * 60
        day.tick()


@pytest.mark.parametrize(("seed", "step"), [(1, 0.0), (2, 1.5)])
def test_a_day_of_ticks_misses_nothing_and_asks_for_nothing_twice(
    day: Day, seed: int, step: float
) -> None:
    day.clock.step = step  # 0: a sweep is one tick
    lived(day, Random(seed), 144)
    assert len(day.asked) > 30
    for _ in range(60):  # photos rest now; runs that failed are tried again in their time
        finish(day)
        day.clock.now += 3_600
        day.tick()
    truth = day.truth()
    assert sum(counts.due for counts in truth.values()) == 0
    assert day.remembered() == truth
    assert sum(counts.refused + counts.orphan + counts.blocked for counts in truth.values())
    asked = len(day.asked)
    for _ in range(2 * MOST_TICKS):
        day.clock.now += SECONDS_BETWEEN_TICKS
        day.tick()
    assert len(day.asked) == asked
    assert len(day.cursor or "") < 4_000


def test_a_folder_gone_from_both_containers_is_requested_once(day: Day) -> None:
    for folder in FOLDERS:
        day.world.put(f"{folder}1.jpg", PHOTOS[0])
    settle(day)
    for folder in ("é/ж/", "2024/a b/"):
        day.world.remove(f"{folder}1.jpg")
        day.drop(f"{folder}1.jpg")
    day.clock.step = 5.0  # a few names a tick
    gone = set[str]()
    for _ in range(8):
        for request in day.tick().run_requests or ():
            gone.add(str(request.partition_key))
        finish(day)
    assert gone == {"é/ж", "2024/a b"}
    assert not gone & day.remembered().keys()


def test_a_run_between_two_ticks_over_one_folder_asks_for_nothing_more(day: Day) -> None:
    for n in range(9):
        day.world.put(f"a/b/{n}.jpg", PHOTOS[n % 4])
    day.clock.step = 7.0
    assert not day.tick().run_requests  # the first names of the folder, all of them due
    day.world.run([folder_at("a/b")])
    run = dg.DagsterRun(
        job_name="mirror_folder",
        run_id="00000000-0000-0000-0000-000000000001",
        tags={"dagster/partition": "a/b"},
        status=dg.DagsterRunStatus.STARTED,
    )
    day.instance.add_run(run)
    event = dg.DagsterEvent(dg.DagsterEventType.RUN_SUCCESS.value, job_name="mirror_folder")
    day.instance.report_dagster_event(event, run.run_id)
    for _ in range(12):
        assert not day.tick().run_requests


def test_a_burst_is_spread_and_none_of_it_is_lost(day: Day) -> None:
    folders = MOST_RUNS * MOST_FOLDERS + MOST_FOLDERS + 7
    for n in range(folders):
        day.world.put(f"burst/{n:05}/1.jpg", PHOTOS[0])
    assert len(day.tick().run_requests or ()) == MOST_RUNS
    assert not day.tick().run_requests  # there is no room while all of those wait
    first = day.waiting[0]
    day.work(first)
    day.end(first, well=True)
    assert len(day.tick().run_requests or ()) == 1
    for _ in range(4):
        finish(day)
        day.tick()
    assert not day.waiting
    assert len(day.remembered()) == folders
    assert len(day.instance.get_dynamic_partitions("photo_mirror_folders")) == folders


def test_a_failing_folder_is_requested_alone_after_2_4_8_sweeps(day: Day) -> None:
    day.world.put("bad/1/1.jpg", PHOTOS[0])
    waits = []
    for n in range(4):
        since = day.clock.now
        while not day.waiting:
            day.clock.now += SECONDS_BETWEEN_TICKS
            day.tick()
        waits.append(round((day.clock.now - since) / SECONDS_BETWEEN_TICKS))
        for other in range(3 + n):
            day.world.put(f"good/{n}{other}/1.jpg", PHOTOS[0])
        for asked in [*day.waiting]:
            if asked.keys != ["bad/1"]:
                day.work(asked)
            day.end(asked, well=asked.keys != ["bad/1"])
        settled = [asked for asked in day.asked if "bad/1" in asked.keys and len(asked.keys) > 1]
        assert not settled
        day.tick()
        for asked in [*day.waiting]:
            day.work(asked)
            day.end(asked, well=True)
    assert waits == [1, 2, 4, 8]


def test_if_everything_fails_all_folders_wait_and_the_cursor_is_small(day: Day) -> None:
    for n in range(MAX_BACKOFFS + 50):
        day.world.put(f"all/{n:05}/1.jpg", PHOTOS[0])
    rounds = 0
    for _ in range(40):
        day.clock.now += SECONDS_BETWEEN_TICKS
        if day.tick().run_requests:
            rounds += 1
        for asked in [*day.waiting]:
            day.end(asked, well=False)
    assert rounds < 8
    assert len(day.cursor or "") < 32_000
    day.tick()
    day.clock.now += 3_600
    day.tick()
    (first, *_) = day.waiting
    day.work(first)
    day.end(first, well=True)
    day.tick()
    assert "all" not in json.loads(day.cursor or "")["backoffs"]


def test_a_sweep_of_too_many_ticks_is_left_to_the_schedule_for_a_day(day: Day) -> None:
    for n in range(60):
        day.world.put(f"a/{n:02}/1.jpg", PHOTOS[0])
    settle(day)
    day.clock.step = 15.0  # a name or two a tick
    reasons = [str(day.tick().skip_reason) for _ in range(MOST_TICKS + 5)]
    assert "nightly" not in reasons[MOST_TICKS - 2]
    assert "nightly" in reasons[-1]
    day.world.put("a/00/2.jpg", PHOTOS[1])
    assert not day.tick().run_requests
    day.clock.now += 86_400
    day.clock.step = 0.0
    assert [one.partition_key for one in day.tick().run_requests or ()] == ["a/00"]


def test_refusals_under_other_terms_are_requested_again(day: Day) -> None:
    day.world.put("a/b/1.jpg", BROKEN)
    settle(day)
    (taken,) = read_counts(day.world.ledger)
    assert taken.counts.refused == 1
    assert not day.tick().run_requests
    write_counts(day.world.ledger, StoredCounts(taken.key, "other", taken.taken_at, taken.counts))
    assert len(day.tick().run_requests or ()) == 1


def test_cleared_refusals_are_requested_again(day: Day) -> None:
    day.world.put("a/b/1.jpg", BROKEN)
    settle(day)
    assert len([*forget(day.world.ledger, lambda _: True)]) == 1
    settle(day)
    assert len(day.asked) == 2
    assert day.remembered()["a/b"].refused == 1


def test_a_damaged_cursor_or_one_of_another_mirror_starts_again(day: Day) -> None:
    day.world.put("a/b/1.jpg", PHOTOS[0])
    settle(day)
    for cursor in ("", "{", "[]", '{"version": 1}', '{"version": 2, "about": "elsewhere"}'):
        day.cursor = cursor
        assert not day.tick().run_requests
    cursor = json.loads(day.cursor or "")
    day.cursor = json.dumps(cursor | {"about": "elsewhere", "after": "zzz"})
    day.world.put("a/b/2.jpg", PHOTOS[1])
    assert len(day.tick().run_requests or ()) == 1


def test_a_lost_ledger_costs_one_look_at_each_folder(day: Day) -> None:
    for folder in FOLDERS:
        day.world.put(f"{folder}1.jpg", PHOTOS[0])
    settle(day)
    for key in day.remembered():
        write_counts(day.world.ledger, StoredCounts(key, "", "", Counts()))
    settle(day)
    assert day.remembered() == day.truth()
    assert not day.tick().run_requests
