"""Stories of the mirror: what happens to photos, and what the mirror makes of it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from orchestration.blobs.base import BlobInfo, Properties
from orchestration.blobs.errors import StoreUnavailableError
from orchestration.blobs.memory import MemorySource, memory_container
from orchestration.mirror.act.action_queue import LARGEST_CHUNK
from orchestration.mirror.act.engine import Chunk
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.errors import BreakerError
from orchestration.mirror.ledger.folder_counts import read_counts
from orchestration.mirror.ledger.refusals import recorded
from orchestration.mirror.outcomes import (
    Blocked,
    Done,
    FolderDone,
    Note,
    Outcome,
    Refused,
    StoreDown,
    Superseded,
)
from orchestration.mirror.partition_keys import folder_at
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.stamp import stamp_of
from resize_core import Options
from tests.mirror.fake_mirror import Actions, World, counts, outcomes
from tests.noise_photos import BUDGET, photo

DOWN = StoreUnavailableError("it does not answer")


class Backwards(MemorySource):
    """A store that lists in an order of its own."""

    def list(
        self, prefix: str = "", *, start_from: str = "", end_before: str = ""
    ) -> Iterator[BlobInfo]:
        rows = super().list(prefix, start_from=start_from, end_before=end_before)
        return reversed([*rows])


def hows(events: Iterable[Outcome | Note]) -> dict[str, str]:
    return {
        event.name: event.how if isinstance(event, Done) else type(event).__name__
        for event in outcomes(events)
    }


def test_an_added_photo_gets_a_rendition_within_the_budget() -> None:
    world = World()
    etag = world.put("a/b/heavy.jpg", photo(), {"site": "north"})
    events = world.run()
    assert hows(events) == {"a/b/heavy.jpg": "rendered"}
    rendition = world.rendition("a/b/heavy.jpg")
    assert rendition is not None
    assert rendition.size <= BUDGET
    stamp = stamp_of(rendition)
    assert stamp is not None
    assert stamp.etag == etag
    assert rendition.metadata["site"] == "north"
    assert rendition.content_type == "image/jpeg"
    assert counts(events).in_sync == 1


def test_a_photo_within_the_budget_passes_through_byte_for_byte() -> None:
    world = World()
    world.put("light.jpg", photo(side=32))
    assert hows(world.run()) == {"light.jpg": "passed_through"}
    held, original = world.rendition("light.jpg"), world.photo("light.jpg")
    assert held is not None
    assert original is not None
    assert held.md5 == original.md5


def test_a_second_run_finds_nothing_to_do() -> None:
    world = World()
    for n in range(5):
        world.put(f"a/{n}.jpg", photo(n))
    world.run()
    events = world.run()
    assert outcomes(events) == []
    assert counts(events).in_sync == 5


def test_a_photo_that_changes_is_rendered_again() -> None:
    world = World()
    world.put("a.jpg", photo(1))
    world.run()
    etag = world.put("a.jpg", photo(2))
    assert hows(world.run()) == {"a.jpg": "rendered"}
    rendition = world.rendition("a.jpg")
    assert rendition is not None
    assert rendition.metadata["photo_mirror_etag"] == etag


def test_a_photo_written_again_with_the_same_bytes_is_restamped() -> None:
    world = World()
    world.put("a.jpg", photo(1))
    world.run()
    before = world.rendition("a.jpg")
    etag = world.put("a.jpg", photo(1), {"touched": "yes"})
    events = world.run()
    assert hows(events) == {"a.jpg": "restamped"}
    after = world.rendition("a.jpg")
    assert before is not None
    assert after is not None
    assert after.md5 == before.md5
    assert after.metadata["photo_mirror_etag"] == etag
    assert counts(events).in_sync == 1


def test_a_photo_that_vanishes_leaves_an_orphan_that_is_reported_and_kept() -> None:
    world = World()
    world.put("a.jpg", photo(1))
    world.put("b.jpg", photo(2))
    world.run()
    world.remove("a.jpg")
    events = world.run()
    assert outcomes(events) == []
    assert (counts(events).orphan, counts(events).in_sync) == (1, 1)
    assert world.rendition("a.jpg") is not None


def test_orphans_are_deleted_when_asked_unless_too_many_would_go() -> None:
    world = World()
    for n in range(20):
        world.put(f"{n:02}.jpg", photo(n, 32))
    world.run()
    world.remove("00.jpg")
    world.remove("01.jpg")
    world.remove("02.jpg")
    asked = world.with_policy(Policy(delete_orphans=True))
    assert outcomes(world.run(mirror=asked)) == []
    world.put("02.jpg", photo(2, 32))
    events = world.run(mirror=asked)
    assert hows(events) == {"00.jpg": "deleted", "01.jpg": "deleted", "02.jpg": "restamped"}
    assert counts(events).orphan == 0


@pytest.mark.parametrize("photos", [2, 3, 5, 9])
def test_orphans_of_a_small_folder_are_deleted_whatever_their_share(photos: int) -> None:
    world = World()
    for n in range(photos):
        world.put(f"a/b/{n:02}.jpg", photo(n, 32))
    world.run()
    for n in range(1, photos):
        world.remove(f"a/b/{n:02}.jpg")
    events = world.run(mirror=world.with_policy(Policy(delete_orphans=True)))
    assert hows(events) == {f"a/b/{n:02}.jpg": "deleted" for n in range(1, photos)}
    assert (counts(events).orphan, counts(events).in_sync) == (0, 1)


def test_two_orphans_of_any_folder_are_deleted_and_three_of_ten_are_not() -> None:
    world = World()
    for n in range(10):
        world.put(f"a/b/{n:02}.jpg", photo(n, 32))
    world.run()
    asked = world.with_policy(Policy(delete_orphans=True))
    for n in range(3):
        world.remove(f"a/b/{n:02}.jpg")
    assert outcomes(world.run(mirror=asked)) == []
    world.put("a/b/02.jpg", photo(2, 32))
    assert hows(world.run(mirror=asked))["a/b/00.jpg"] == "deleted"


def test_an_empty_source_never_empties_the_resized_container() -> None:
    world = World()
    world.put("a.jpg", photo(1, 32))
    world.run()
    world.remove("a.jpg")
    asked = replace(world.with_policy(Policy(delete_orphans=True, most_orphans=1.0)))
    assert outcomes(world.run(mirror=asked)) == []
    assert world.rendition("a.jpg") is not None


def test_a_broken_photo_stops_nothing_and_is_not_read_again() -> None:
    world = World()
    world.put("a/broken.jpg", photo(1)[:3_000] + b"\0" * 3_000)
    world.put("a/text.jpg", b"this is no photo")
    world.put("a/sound.jpg", photo(2))
    first = world.run()
    assert hows(first) == {
        "a/broken.jpg": "Refused",
        "a/text.jpg": "Refused",
        "a/sound.jpg": "rendered",
    }
    assert {one.name for one in recorded(world.ledger)} == {"a/broken.jpg", "a/text.jpg"}
    second = world.run()
    assert outcomes(second) == []
    assert counts(second).refused == 2


def test_a_refusal_ends_when_the_photo_is_mended() -> None:
    world = World()
    world.put("a.jpg", b"not a photo")
    world.put("b.jpg", b"not a photo either")
    world.run()
    world.put("a.jpg", photo(1))
    assert hows(world.run()) == {"a.jpg": "rendered"}
    assert [one.name for one in recorded(world.ledger)] == ["b.jpg"]


def test_a_refused_photo_is_tried_again_under_another_recipe() -> None:
    world = World(Recipe(300, Options(effort="balanced", strategy="keep-pixels")))
    world.put("a.jpg", photo(1, 200))
    (refused,) = outcomes(world.run())
    assert isinstance(refused, Refused)
    assert refused.smallest > 300
    (kept,) = recorded(world.ledger)
    larger = replace(world.mirror, recipe=Recipe(20_000, Options(effort="balanced")))
    assert hows(world.run(mirror=larger)) == {"a.jpg": "rendered"}
    assert [*recorded(world.ledger)] == []
    assert kept.smallest == refused.smallest


def test_a_foreign_blob_is_never_overwritten() -> None:
    world = World()
    world.put("a.jpg", photo(1))
    world.resized.write("a.jpg", b"somebody's own", Properties())
    world.resized.write("notes.txt", b"somebody's own", Properties())
    events = world.run()
    assert outcomes(events) == []
    assert (counts(events).blocked, counts(events).foreign) == (1, 1)
    held = world.rendition("a.jpg")
    assert held is not None
    assert held.size == len(b"somebody's own")


def test_a_foreign_blob_that_appears_during_a_run_blocks_the_photo() -> None:
    world = World()
    world.put("a.jpg", photo(1))
    engine = world.engine()
    work = engine.work

    def meddle(actions: Actions) -> list[Outcome]:
        world.resized.write("a.jpg", b"somebody's own", Properties())
        return work(actions)

    engine.work = meddle
    events = world.run(engine=engine)
    assert outcomes(events) == [Blocked("(root)", "a.jpg")]


def test_a_rendition_somebody_changed_is_foreign() -> None:
    world = World()
    world.put("a.jpg", photo(1))
    world.run()
    held = world.rendition("a.jpg")
    assert held is not None
    world.resized.write("a.jpg", b"edited", Properties(metadata=held.metadata), replaces=held.etag)
    events = world.run()
    assert counts(events).blocked == 1


def test_a_photo_replaced_during_a_run_is_planned_once_more() -> None:
    world = World()
    world.put("a.jpg", photo(1))
    world.put("b.jpg", photo(2))
    engine = world.engine()
    work = engine.work

    def replace_once(actions: Actions) -> list[Outcome]:
        if any(action.blob.name == "a.jpg" for action in actions):
            engine.work = work
            world.put("a.jpg", photo(3))
        return work(actions)

    engine.work = replace_once
    events = world.run(engine=engine)
    assert Superseded("(root)", "a.jpg") in events
    assert counts(events).in_sync == 2


def test_a_photo_that_is_replaced_again_and_again_is_left_to_the_next_run() -> None:
    world = World()
    world.put("a.jpg", photo(0))
    engine = world.engine()
    work = engine.work
    seeds = iter(range(1, 100))

    def replace_always(actions: Actions) -> list[Outcome]:
        world.put("a.jpg", photo(next(seeds)))
        return work(actions)

    engine.work = replace_always
    events = world.run(engine=engine)
    assert outcomes(events) == [Superseded("(root)", "a.jpg")] * 2
    assert counts(events).due == 1
    assert hows(world.run()) == {"a.jpg": "rendered"}


def test_a_larger_budget_leaves_renditions_stale_until_a_rebuild() -> None:
    world = World()
    world.put("heavy.jpg", photo(1))
    world.put("light.jpg", photo(2, 32))
    world.run()
    larger = replace(world.mirror, recipe=Recipe(BUDGET + 500, Options(effort="balanced")))
    events = world.run(mirror=larger)
    assert outcomes(events) == []
    assert (counts(events).stale, counts(events).in_sync) == (1, 1)
    rebuilt = world.run(mirror=replace(larger, policy=Policy(rebuild_stale=True)))
    assert hows(rebuilt) == {"heavy.jpg": "rendered"}
    assert counts(rebuilt).in_sync == 2


def test_a_smaller_budget_makes_what_is_over_it_due() -> None:
    world = World()
    world.put("heavy.jpg", photo(1))
    world.put("light.jpg", photo(2, 16))
    world.run()
    smaller = replace(world.mirror, recipe=Recipe(2_000, Options(effort="balanced")))
    events = world.run(mirror=smaller)
    assert hows(events) == {"heavy.jpg": "rendered"}
    assert counts(events).over_budget == 0


def test_names_that_are_no_photos_are_ignored() -> None:
    world = World()
    world.put("flight.mp4", b"a video")
    world.put("flight.JPG", photo(1))
    events = world.run()
    assert hows(events) == {"flight.JPG": "rendered"}
    assert (counts(events).ignored, counts(events).photos) == (1, 1)


def test_each_folder_is_logged_with_its_own_counts() -> None:
    world = World()
    for name in ("top.jpg", "a/one.jpg", "a/b/two.jpg", "a/b/c/three.jpg", "a/c/four.jpg"):
        world.put(name, photo(1, 32))
    told = {event.folder: event.counts for event in world.run() if isinstance(event, FolderDone)}
    assert {key: counts.in_sync for key, counts in told.items()} == {
        "(root)": 1,
        "a": 1,
        "a/b": 2,
        "a/c": 1,
    }


def test_a_run_over_some_folders_touches_no_other() -> None:
    world = World()
    for name in ("a/b/one.jpg", "a/two.jpg", "c/three.jpg"):
        world.put(name, photo(1, 32))
    events = world.run([folder_at("a"), folder_at("nothing/here")])
    assert hows(events) == {"a/two.jpg": "passed_through"}
    assert {event.folder for event in events if isinstance(event, FolderDone)} == {
        "a",
        "nothing/here",
    }


def test_a_worker_that_dies_over_a_photo_costs_that_photo_only() -> None:
    world = World()
    for n in range(6):
        world.put(f"{n}.jpg", photo(n))
    engine = world.engine()
    engine.loses = lambda chunk: any(action.blob.name == "3.jpg" for action in chunk.actions)
    events = world.run(engine=engine)
    refused = [event for event in outcomes(events) if isinstance(event, Refused)]
    assert [(one.name, one.kind) for one in refused] == [("3.jpg", "crashed")]
    assert counts(events).in_sync == 5


def test_what_a_lost_worker_had_done_is_not_done_again() -> None:
    world = World()
    for n in range(3):
        world.put(f"{n}.jpg", photo(n))
    engine = world.engine()
    work = engine.work
    lost: list[Chunk] = []

    def die_after_work(chunk: Chunk) -> bool:
        if lost:
            return False
        lost.append(chunk)
        work(chunk.actions)
        return True

    engine.loses = die_after_work
    events = world.run(engine=engine)
    assert sorted(hows(events).values()) == ["found", "rendered", "rendered"]


def test_a_run_in_which_nearly_everything_fails_records_nothing() -> None:
    world = World(policy=Policy(breaker_after=10))
    for n in range(30):
        world.put(f"{n}.jpg", b"not a photo")
    with pytest.raises(BreakerError, match="10 of the first 10"):
        world.run()
    assert [*recorded(world.ledger)] == []


def test_a_store_that_goes_down_ends_the_run_and_keeps_what_is_done() -> None:
    world = World()
    for n in range(8):
        world.put(f"{n}.jpg", photo(n))
    engine = world.engine()
    work = engine.work
    calls = []

    def down_after_two(actions: Actions) -> list[Outcome]:
        calls.append(actions)
        if len(calls) > 2:
            return [
                StoreDown("(root)", one.blob.name, StoreUnavailableError("it does not answer"))
                for one in actions
            ]
        return work(actions)

    engine.work = down_after_two
    with pytest.raises(StoreUnavailableError, match="it does not answer"):
        world.run(engine=engine)
    assert len([*world.resized.list()]) >= 2
    assert counts(world.run()).in_sync == 8


def test_an_unordered_listing_is_sorted_and_mirrored() -> None:
    world = World()
    for name in ("a/1.jpg", "a-b.jpg", "a.jpg", "b.jpg"):
        world.put(name, photo(1, 32))

    world.mirror = replace(world.mirror, raw=Backwards(memory_container(world.raw_at.url)))
    events = world.run()
    assert counts(events).in_sync == 4
    assert {row.name for row in world.resized.list()} == {row.name for row in world.photos.list()}


def test_what_a_folder_lost_on_both_ends_is_forgotten_by_the_ledger() -> None:
    world = World()
    world.put("gone/away/a.jpg", photo(1, 32))
    world.run()
    world.remove("gone/away/a.jpg")
    held = world.rendition("gone/away/a.jpg")
    assert held is not None
    world.resized.delete(held.name, held.etag)
    assert counts(world.run()).photos == 0
    assert [row.name for row in world.ledger.list("counts/")] == []


def test_unchanged_counts_are_not_written_again() -> None:
    world = World()
    for name in ("a/b/1.jpg", "a/b/2.jpg", "a/c/3.jpg"):
        world.put(name, photo(1, 32))
    world.run()
    world.remove("a/b/1.jpg")
    world.put("a/c/3.jpg", photo(2, 32))
    world.run()
    remembered = {row.name: row.etag for row in world.ledger.list()}
    assert {taken.key: taken.counts.in_sync for taken in read_counts(world.ledger)} == {
        "a/b": 1,
        "a/c": 1,
    }
    world.run()
    assert {row.name: row.etag for row in world.ledger.list()} == remembered


def test_the_breaker_trips_even_if_the_last_photo_succeeds() -> None:
    world = World(policy=Policy(breaker_after=20))
    world.put("z.jpg", photo(1, 60))  # the lightest: its turn comes last
    for n in range(19):
        world.put(f"{n:02}.jpg", b"not a photo".ljust(9_000))
    with pytest.raises(BreakerError, match="19 of the first 20"):
        world.run()
    assert [*recorded(world.ledger)] == []


def test_a_small_container_that_fails_is_not_refused_completely() -> None:
    world = World()
    for n in range(12):
        world.put(f"{n}.jpg", b"not a photo")
    with pytest.raises(BreakerError, match="12 of the first 12"):
        world.run()
    assert [*recorded(world.ledger)] == []
    world.put("sound.jpg", photo(1))
    world.put("light.jpg", photo(2, 32))
    assert counts(world.run()).refused == 12


def test_two_runs_at_once_share_the_work() -> None:
    world = World()
    for n in range(60):
        world.put(f"{n:02}.jpg", photo(n, 32))
    engine = world.engine()
    work, handed_out = engine.work, list[int]()

    def after_another_run(actions: Actions) -> list[Outcome]:
        if not handed_out:
            assert len(outcomes(world.run())) == 60
        handed_out.append(len(actions))
        return work(actions)

    engine.work = after_another_run
    events = world.run(engine=engine)
    assert [*hows(events).values()].count("found") > 40
    assert counts(events).in_sync == 60
    assert sum(handed_out) < LARGEST_CHUNK
