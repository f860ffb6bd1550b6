"""What many bad photos, odd names, other limits and other runs beside us must not do to a run."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.blobs.base import BlobInfo, Properties
from orchestration.blobs.errors import StoreUnavailableError
from orchestration.blobs.local.store import LocalLedger
from orchestration.blobs.memory import MemoryLedger, MemorySource, memory_container
from orchestration.defs.sensors.sweep import needs_run
from orchestration.mirror.decide.counts import Counts, total
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.errors import BreakerError
from orchestration.mirror.ledger.refusals import recorded
from orchestration.mirror.mirror import Mirror, count_folders
from orchestration.mirror.outcomes import Done, Outcome, Refused, Superseded
from orchestration.mirror.partition_keys import folder_at
from orchestration.mirror.recipe import Recipe
from resize_core import Options
from tests.mirror.fake_mirror import Actions, Inline, World, counts, outcomes
from tests.noise_photos import BUDGET, photo

SMALL = photo(side=32)
BAD = b"\xff\xd8\xff broken"
GONE_COLD = ("unreadable", "it is archived; rehydrate it first")


class AtOnce(Inline):
    """Has worked on a chunk before it is asked, as a pool whose driver is slow."""

    @property
    def has_ended_chunk(self) -> bool:
        return bool(self.waiting)


class Archived(MemorySource):
    """Lists some photos as archived."""

    def list(
        self, prefix: str = "", *, start_from: str = "", end_before: str = ""
    ) -> Iterator[BlobInfo]:
        for row in super().list(prefix, start_from=start_from, end_before=end_before):
            yield replace(row, unreadable="it is archived") if "archived" in row.name else row


class Racy(MemoryLedger):
    """Another run rewrites a record just before we delete it."""

    def delete(self, name: str, etag: str) -> None:
        self.overwrite(name, b"", Properties(metadata={"was": etag}))
        super().delete(name, etag)


def counts_of(mirror: Mirror) -> Counts:
    return total(seen.counts for seen in count_folders(mirror))


def test_large_bad_photos_do_not_stop_a_run_with_many_good_ones() -> None:
    world = World()
    for number in range(400):
        world.put(f"a/b/good-{number:03}.jpg", SMALL)
    for number in range(100):
        world.put(f"a/b/heavy-{number:03}.jpg", BAD + bytes(4_000))
    stood = counts(world.run())
    assert (stood.in_sync, stood.refused) == (400, 100)


def test_bad_photos_that_a_kill_left_behind_do_not_stop_the_next_run() -> None:
    world = World()
    for number in range(40):
        world.put(f"a/b/good-{number:02}.jpg", SMALL)
    world.run()
    for number in range(60):
        world.put(f"a/b/bad-{number:02}.jpg", BAD)
    stood = counts(world.run())
    assert (stood.in_sync, stood.refused) == (40, 60)


def test_machine_failures_stop_a_run_despite_older_renditions() -> None:
    world = World()
    for number in range(10):
        world.put(f"a/b/good-{number:02}.jpg", SMALL)
    world.run()
    for number in range(60):
        world.put(f"a/b/more-{number:02}.jpg", photo(number))

    def starve(actions: Actions) -> list[Outcome]:
        return [
            Refused(one.folder, one.blob.name, one.blob.etag, "out-of-memory", "too little memory")
            for one in actions
        ]

    with pytest.raises(BreakerError):
        world.run(engine=Inline(starve))
    assert not [*recorded(world.ledger)]


def test_refusals_survive_a_store_that_fails_late() -> None:
    world = World()
    for number in range(60):
        world.put(f"a/b/good-{number:02}.jpg", SMALL)
    for number in range(10):
        world.put(f"a/b/bad-{number:02}.jpg", BAD)
    for number in range(10):
        world.put(f"z/z/good-{number:02}.jpg", SMALL)
    inner = world.engine()
    tried = 0

    def work(actions: Actions) -> list[Outcome]:
        nonlocal tried
        tried += len(actions)
        if tried > 75:
            raise StoreUnavailableError("down")
        return inner.work(actions)

    with pytest.raises(StoreUnavailableError):
        world.run(engine=AtOnce(work))
    assert [*recorded(world.ledger)]


def test_archived_photos_do_not_stop_a_run_and_are_due_later() -> None:
    world = World()
    for number in range(60):
        world.put(f"a/b/archived-{number:02}.jpg", SMALL)
    world.put("a/b/good.jpg", SMALL)
    archive = replace(world.mirror, raw=Archived(memory_container(world.raw_at.url)))
    stood = counts(world.run(mirror=archive))
    assert (stood.in_sync, stood.refused) == (1, 60)
    assert counts(world.run(mirror=archive)).refused == 60
    stood = counts(world.run())
    assert (stood.in_sync, stood.refused) == (61, 0)
    assert not [*recorded(world.ledger)]


def test_a_rehydrated_photo_changes_what_the_sensor_compares() -> None:
    world = World()
    world.put("a/b/archived.jpg", SMALL)
    archive = replace(world.mirror, raw=Archived(memory_container(world.raw_at.url)))
    held = counts(world.run(mirror=archive))
    assert not needs_run(counts_of(archive), held, Policy())
    assert needs_run(counts_of(world.mirror), held, Policy())


def test_a_photo_found_archived_while_reading_is_retried_later() -> None:
    world = World()
    world.put("a/b/1.jpg", photo(1))

    def work(actions: Actions) -> list[Outcome]:
        return [
            Refused(one.folder, one.blob.name, one.blob.etag, *GONE_COLD, unreadable=GONE_COLD[1])
            for one in actions
        ]

    assert counts(world.run(engine=Inline(work))).due == 1  # by its listing, it is not archived
    assert counts(world.run()).in_sync == 1


@pytest.mark.parametrize("folder", ["site.", "..", ".", ".photo-mirror-x"])
def test_the_ledger_has_a_place_for_every_folder(folder: str, tmp_path: Path) -> None:
    world = World()
    world.put(f"{folder}/good.jpg", SMALL)
    world.put(f"{folder}/bad.jpg", BAD)
    tmp_path.joinpath("r").mkdir()
    ledger = LocalLedger(tmp_path / "r" / ".photo-mirror" / "ledger")
    stood = counts(world.run(mirror=replace(world.mirror, ledger=ledger)))
    assert (stood.in_sync, stood.refused) == (1, 1)


def test_a_photo_deleted_during_a_run_is_not_counted_as_due() -> None:
    world = World()
    world.put("a/b/1.jpg", photo())
    inner = world.engine()

    def work(actions: Actions) -> list[Outcome]:
        world.remove("a/b/1.jpg")
        return inner.work(actions)

    events = world.run(engine=Inline(work))
    assert [type(event) for event in outcomes(events)] == [Superseded]
    assert counts(events).due == 0


def test_every_overtaken_photo_is_planned_once_more() -> None:
    world = World()
    world.put("a/b/1.jpg", photo(1))
    world.put("a/b/2.jpg", photo(2))
    inner, changed = world.engine(), set[str]()

    def work(actions: Actions) -> list[Outcome]:
        for action in actions:
            if action.blob.name not in changed:
                changed.add(action.blob.name)
                world.put(action.blob.name, photo(len(changed) + 5))
        return inner.work(actions)

    assert counts(world.run(engine=AtOnce(work))).in_sync == 2


def test_an_orphan_whose_photo_has_come_back_is_not_deleted() -> None:
    world = World()
    for number in range(20):
        world.put(f"a/b/{number}.jpg", SMALL)
    world.run()
    world.remove("a/b/3.jpg")
    inner = world.engine()

    def work(actions: Actions) -> list[Outcome]:
        world.put("a/b/3.jpg", SMALL)
        return inner.work(actions)

    sweeping = world.with_policy(Policy(delete_orphans=True))
    world.run(mirror=sweeping, engine=Inline(work))
    assert world.rendition("a/b/3.jpg") is not None


def test_a_stale_rendition_of_a_refused_photo_is_not_retried() -> None:
    world = World()
    world.put("a/b/1.jpg", photo())
    world.run()
    other = Recipe(BUDGET * 2, Options(effort="balanced", max_source_pixels=10))
    mirror = replace(world.mirror, recipe=other, policy=Policy(rebuild_stale=True))
    first = outcomes(world.run(mirror=mirror, engine=world.engine(other)))
    assert len(first) == 1
    assert not outcomes(world.run(mirror=mirror, engine=world.engine(other)))


def test_a_record_rewritten_by_another_run_is_kept() -> None:
    world = World()
    world.put("a/b/1.jpg", BAD)
    world.run()
    world.remove("a/b/1.jpg")
    racy = Racy(memory_container(world.ledger_at.url))
    assert counts(world.run(mirror=replace(world.mirror, ledger=racy))).is_empty


def test_a_folder_named_twice_is_mirrored_once() -> None:
    world = World()
    world.put("a/b/1.jpg", photo())
    events = world.run([folder_at("a/b"), folder_at("a/b")])
    assert [type(one) for one in outcomes(events)] == [Done]


def test_a_photo_whose_metadata_was_edited_hands_the_edit_on() -> None:
    world = World()
    world.put("a/b/1.jpg", SMALL, {"site": "south"})
    world.run()
    world.put("a/b/1.jpg", SMALL, {"site": "north"})
    (done,) = outcomes(world.run())
    assert isinstance(done, Done)
    assert done.how == "restamped"
    rendition = world.rendition("a/b/1.jpg")
    assert rendition is not None
    assert rendition.metadata["site"] == "north"
    assert not outcomes(world.run())
