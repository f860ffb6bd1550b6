"""A tick's tick where names come in an order of the store's own, or change theirs."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import dagster as dg
import pytest

from orchestration.blobs.base import BlobInfo
from orchestration.blobs.memory import MemorySource, memory_container
from orchestration.defs.sensors.cursor import Cursor, read_cursor
from orchestration.defs.sensors.new_photos import run_tick
from orchestration.defs.sensors.sweep import needs_run, sweep_tick
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.errors import OutOfOrderError
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.selection import Selection
from resize_core import Options
from tests.mirror.fake_mirror import World
from tests.noise_photos import BUDGET, photo


class FolderByFolder(MemorySource):
    """Lists as a disk does: segment by segment, so `a/` comes before `a!/`."""

    def list(
        self, prefix: str = "", *, start_from: str = "", end_before: str = ""
    ) -> Iterator[BlobInfo]:
        rows = super().list(prefix, start_from=start_from, end_before=end_before)
        yield from sorted(rows, key=lambda row: row.name.split("/"))


def test_a_store_with_an_order_of_its_own_is_swept_all_the_same() -> None:
    world = World()
    for name in ("a/1.jpg", "a!/1.jpg", "b/1.jpg"):
        world.put(name, photo(side=32))
    mirror = replace(world.mirror, raw=FolderByFolder(memory_container(world.raw_at.url)))
    tick = sweep_tick(mirror, Cursor(), lambda: 0.0, 20.0)
    assert sorted(one.folder.key for one in tick.needing_run) == ["a", "a!", "b"]
    assert tick.after.after == ""


def test_sorting_an_unordered_store_ends_with_the_tick() -> None:
    world = World()
    world.put("a/1.jpg", photo(side=32))
    for number in range(50):
        world.put(f"a!/{number}.jpg", photo(side=32))
    raw = FolderByFolder(memory_container(world.raw_at.url))
    mirror = replace(world.mirror, raw=raw)
    with pytest.raises(OutOfOrderError):
        sweep_tick(mirror, Cursor(), count().__next__, 20.0)
    # The clock goes on by a second a row: with time enough, all is counted.
    assert sweep_tick(mirror, Cursor(), count().__next__, 1_000.0).checked == 2
    with dg.DagsterInstance.ephemeral() as instance:
        clock = count(1_000.0, 1.0).__next__
        result = run_tick(instance, mirror, Cursor(), clock)
        assert "not listed in the order of names" in str(result.skip_reason)
        rested = run_tick(instance, mirror, read_cursor(result.cursor, "", mirror.depth), clock)
    assert rested.skip_reason == result.skip_reason
    assert not result.run_requests


def test_ticks_of_one_name_count_every_photo_once() -> None:
    world = World(Recipe(BUDGET, Options(effort="balanced", accepts=("jpeg",))))
    mirror = replace(world.mirror, selection=Selection(("*",)))
    for name in ("a.webp", "a.webp-1/b.jpg", "a.webp-2.jpg", "a.webp.jpg", "a.webp.webp", "b.jpg"):
        world.put(name, photo(side=32))
    whole = sweep_tick(mirror, Cursor(), lambda: 0.0, 20.0)
    seen, cursor, ticks = [], Cursor(), 0
    while not ticks or cursor.after:
        tick = sweep_tick(mirror, cursor, count().__next__, 0.0)
        seen += tick.needing_run
        cursor, ticks = tick.after, ticks + 1
    assert ticks == 5  # one photo's rendition would have another's name
    assert sorted(seen, key=str) == sorted(whole.needing_run, key=str)
    assert {one.folder.key: one.counts.due for one in seen} == {"(root)": 5, "a.webp-1": 1}


def test_refusals_orphans_and_blocked_names_alone_stay_quiet() -> None:
    idle = Counts(refused=3, orphan=2, blocked=1, foreign=4, stale=5)
    assert not needs_run(idle, idle, Policy())
    assert needs_run(idle, None, Policy())
    assert needs_run(idle, Counts(refused=2), Policy())
    assert needs_run(idle, idle, Policy(rebuild_stale=True))
    assert needs_run(idle, idle, Policy(delete_orphans=True))
    assert needs_run(Counts(due=1), Counts(due=1), Policy())
    assert not needs_run(Counts(), None, Policy())
