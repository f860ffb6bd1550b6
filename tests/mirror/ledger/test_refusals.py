"""What the ledger keeps of refusals, record by record."""

import json
from dataclasses import replace

import pytest

from orchestration.blobs.base import Blob, BlobInfo, Properties
from orchestration.blobs.memory import MemoryLedger, memory_container
from orchestration.mirror import planner
from orchestration.mirror.ledger.folder_counts import read_counts
from orchestration.mirror.ledger.refusals import forget, recorded
from orchestration.mirror.outcomes import Expected
from orchestration.mirror.preflight import _NAME
from orchestration.mirror.recipe import Recipe
from resize_core import Options
from tests.mirror.fake_mirror import World
from tests.noise_photos import BUDGET, photo

SMALL = photo(side=32)


def refused(*names: str) -> World:
    world = World()
    for name in names:
        world.put(name, f"no photo: {name}".encode())
    world.run()
    return world


def test_a_photo_that_is_refused_again_keeps_when_that_was_first() -> None:
    world = refused("a/b/1.jpg")
    (before,) = recorded(world.ledger)
    other = replace(world.mirror, recipe=Recipe(BUDGET * 2, Options(effort="balanced")))
    world.run(mirror=other, engine=world.engine(other.recipe))
    (after,) = recorded(world.ledger)
    assert after.terms != before.terms
    assert (after.etag, after.first_seen) == (before.etag, before.first_seen)
    world.put("a/b/1.jpg", b"another version")
    world.run()
    (newer,) = recorded(world.ledger)
    assert newer.first_seen != before.first_seen


@pytest.mark.parametrize("name", ["a/b/" + "\u00e9" * 1_000 + ".jpg", "a/b/" + "x" * 1000 + ".jpg"])
def test_a_record_too_long_for_metadata_is_read_from_its_body(name: str) -> None:
    world = refused(name)
    (row,) = world.ledger.list("refusals/")
    assert ("record" in row.metadata) is name.isascii()
    (one,) = recorded(world.ledger)
    assert one.name == name
    assert [one.name for one in forget(world.ledger, lambda _: True)] == [name]


def records(world: World) -> list[BlobInfo]:
    return [*world.ledger.list("refusals/")]


class Renewing(MemoryLedger):
    """Another run rewrites the first record just before we delete it."""

    renewed = ""

    def delete(self, name: str, etag: str) -> None:
        if not self.renewed:
            self.renewed = name
            self.overwrite(name, b"{}", Properties(metadata={"was": etag}))
        super().delete(name, etag)


def test_a_retry_goes_on_after_a_record_that_was_renewed_or_emptied() -> None:
    world = refused(*(f"a/b/{n}.jpg" for n in range(4)))
    first = next(world.ledger.list("refusals/"))
    world.ledger.overwrite(first.name, b"", Properties())
    ledger = Renewing(memory_container(world.ledger_at.url))
    assert len([*recorded(ledger)]) == 3
    assert len([*forget(ledger, lambda _: True)]) == 2
    assert [row.name for row in ledger.list("refusals/") if row.size] == [ledger.renewed]


def test_a_retry_skips_other_and_undeletable_records() -> None:
    world = refused(*(f"a/b/{n}.jpg" for n in range(4)))
    by_place = {row.name: json.loads(row.metadata["record"])["name"] for row in records(world)}
    (kept, left, *others) = by_place
    memory_container(world.ledger_at.url).held[left] = "somebody holds a lease on it"
    warned: list[tuple[str, str]] = []
    dropped = forget(
        world.ledger,
        lambda one: one.name != by_place[kept],
        lambda name, why: warned.append((name, why)),
    )
    assert [one.name for one in dropped] == [by_place[place] for place in others]
    assert warned == [(left, "somebody holds a lease on it")]
    assert [row.name for row in records(world)] == [kept, left]


class Bodiless(MemoryLedger):
    """Fails when a blob is read."""

    def read(self, name: str, etag: str, *, md5: str = "") -> Blob:
        del etag, md5
        raise AssertionError(name)


def test_the_listing_alone_shows_ordinary_records() -> None:
    world = refused("a/b/1.jpg", "a/b/2.jpg")
    ledger = Bodiless(memory_container(world.ledger_at.url))
    assert sorted(one.name for one in recorded(ledger)) == ["a/b/1.jpg", "a/b/2.jpg"]


def test_the_counts_of_a_folder_say_that_its_photos_are_due_again() -> None:
    world = refused("a/b/1.jpg", "a/b/2.jpg", "c/d/3.jpg")
    assert len([*forget(world.ledger, lambda one: one.name == "a/b/1.jpg")]) == 1
    stored = {one.key: (one.counts.due, one.counts.refused) for one in read_counts(world.ledger)}
    assert stored == {"a/b": (2, 0), "c/d": (0, 1)}


class Watched(MemoryLedger):
    """Counts how often it was tried whether it may be written."""

    tries = 0

    def overwrite(self, name: str, data: bytes, properties: Properties) -> str:
        self.tries += name == _NAME
        return super().overwrite(name, data, properties)


def test_write_permission_is_checked_once_and_only_with_work() -> None:
    world = World()
    for n in range(5):
        world.put(f"a/b/{n}.jpg", SMALL)
    for tries in (1, 0):
        ledger = Watched(memory_container(world.ledger_at.url))
        world.run(mirror=replace(world.mirror, ledger=ledger))
        assert ledger.tries == tries


def test_only_the_last_number_of_planned_actions_is_final(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(planner, "_EVERY", 2)
    world = World()
    for n in range(5):
        world.put(f"a/b/{n}.jpg", SMALL)
    told = [event for event in world.run() if isinstance(event, Expected)]
    assert [(one.actions, one.is_all) for one in told][:3] == [(2, False), (4, False), (5, True)]
