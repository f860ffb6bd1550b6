"""Stories of photos whose format is not accepted: what their renditions are called and say."""

import json
from dataclasses import replace

import pytest

from orchestration.blobs.base import BlobInfo, Properties
from orchestration.mirror.adopt import Way, adopt
from orchestration.mirror.decide.actions import Action, Delete
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.ledger.refusals import NoRefusals, recorded
from orchestration.mirror.ledger.run_reports import lines_of, reporting, reports
from orchestration.mirror.outcomes import Blocked, Done, FolderDone, Outcome, Refused, Superseded
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.selection import Selection
from orchestration.mirror.stamp import Stamp, has_valid_checksum, stamp_of
from orchestration.mirror.verify.contents import ExtraCheck
from orchestration.mirror.verify.listing import Drift
from orchestration.mirror.verify.verify import Verified, verify
from resize_core import Options
from tests.mirror.fake_mirror import World, counts, outcomes
from tests.mirror.test_run import hows
from tests.noise_photos import BUDGET, photo
from tests.resize_core.sample_files import sample

JPEG_OR_PNG = Recipe(BUDGET, Options(effort="balanced", accepts=("jpeg", "png")))
ANY = Recipe(BUDGET, Options(effort="balanced"))


def world_of(recipe: Recipe = JPEG_OR_PNG, policy: Policy | None = None) -> World:
    world = World(recipe, policy)
    world.mirror = replace(world.mirror, selection=Selection(("*",), ("*.ignored.*",)))
    return world


def change(world: World, recipe: Recipe) -> None:
    world.mirror = replace(world.mirror, recipe=recipe)


def names(world: World) -> list[str]:
    return [row.name for row in world.resized.list()]


def held(world: World, name: str) -> BlobInfo:
    found = world.rendition(name)
    assert found is not None
    return found


def stamped(world: World, name: str) -> Stamp:
    stamp = stamp_of(held(world, name))
    assert stamp is not None
    return stamp


def drifts(world: World) -> list[tuple[str, str]]:
    *found, whole = verify(world.mirror, frozenset(ExtraCheck))
    assert isinstance(whole, Verified)
    assert whole.is_right == (not found)
    return [(one.name, one.kind) for one in found if isinstance(one, Drift)]


@pytest.mark.parametrize("kind", ["webp", "tiff", "avif"])
def test_a_photo_in_another_format_becomes_a_jpeg_with_that_name(kind: str) -> None:
    world = world_of()
    name = f"a/b/photo.{kind}"
    etag = world.put(name, sample(kind), {"site": "north"})
    (done,) = outcomes(world.run())
    assert isinstance(done, Done)
    assert (done.name, done.how, done.rendition) == (name, "rendered", f"{name}.jpg")
    assert names(world) == [f"{name}.jpg"]
    row, stamp = held(world, f"{name}.jpg"), stamped(world, f"{name}.jpg")
    assert (stamp.etag, stamp.format, stamp.photo_format.lower()) == (etag, "JPEG", kind)
    assert (row.content_type, row.metadata["site"]) == ("image/jpeg", "north")
    assert row.size <= BUDGET
    assert has_valid_checksum(row.metadata)
    events = world.run()
    assert outcomes(events) == []
    assert counts(events).in_sync == 1
    assert drifts(world) == []


def test_an_accepted_photo_keeps_its_name_and_its_stamp() -> None:
    world = world_of()
    for name in ("a.JPG", "b.jpeg", "c.png", "d"):
        world.put(name, photo())
    world.run()
    assert names(world) == ["a.JPG", "b.jpeg", "c.png", "d"]
    assert "photo_mirror_photo_format" not in held(world, "a.JPG").metadata


def test_names_go_by_names_and_formats_by_bytes() -> None:
    world = world_of()
    world.put("a.webp", photo())
    world.put("b.webp", photo(side=32))
    world.put("c.jpg", sample("webp"))
    world.run()
    assert names(world) == ["a.webp.jpg", "b.webp.jpg", "c.jpg"]
    assert [stamped(world, name).format for name in names(world)] == ["JPEG"] * 3
    assert [stamped(world, name).photo_format for name in names(world)] == ["", "", "WebP"]
    assert stamped(world, "b.webp.jpg").made == "passed through"
    assert outcomes(world.run()) == []


def test_a_name_conflict_is_refused_until_one_photo_is_renamed() -> None:
    world = world_of()
    world.put("a.webp", sample("webp"))
    first = world.put("a.webp.jpg", photo(1))
    events = {one.name: one for one in outcomes(world.run())}
    refused = events["a.webp"]
    assert isinstance(refused, Refused)
    assert refused.kind == "name-taken"
    assert "'a.webp.jpg', which is another photo's name; rename 'a.webp' or" in refused.reason
    assert stamped(world, "a.webp.jpg").etag == first
    assert [(one.name, one.kind) for one in recorded(world.ledger)] == [("a.webp", "name-taken")]
    events_again = world.run()
    assert outcomes(events_again) == []
    assert (counts(events_again).in_sync, counts(events_again).refused) == (1, 1)
    assert drifts(world) == []
    world.remove("a.webp.jpg")
    world.put("b.jpg", photo(1))
    assert hows(world.run()) == {"a.webp": "rendered", "b.jpg": "rendered"}
    assert stamped(world, "a.webp.jpg").photo_format == "WebP"
    assert [*recorded(world.ledger)] == []


def test_a_photo_that_comes_to_bear_a_renditions_name_has_it() -> None:
    world = world_of()
    world.put("a.webp", sample("webp"))
    world.run()
    etag = world.put("a.webp.jpg", photo(1))
    assert hows(world.run()) == {"a.webp": "Refused", "a.webp.jpg": "rendered"}
    assert stamped(world, "a.webp.jpg").etag == etag
    assert outcomes(world.run()) == []


@pytest.mark.parametrize("others", [0, 1])
def test_a_photo_that_gets_the_name_during_a_run_has_it_at_the_end(others: int) -> None:
    world = world_of()
    world.put("a.webp", sample("webp"))
    engine = world.engine()
    work = engine.work

    def meddled(actions: tuple[Action, ...]) -> list[Outcome]:
        engine.work = work
        world.put("a.webp.jpg", photo(1))
        for _ in range(others):
            assert hows(world.run()) == {"a.webp": "Refused", "a.webp.jpg": "rendered"}
        return work(actions)

    engine.work = meddled
    told = [type(one) for one in outcomes(world.run(engine=engine))]
    assert told == ([Superseded, Refused] if others else [Done])
    world.run()
    bearer = world.photo("a.webp.jpg")
    assert bearer is not None
    assert stamped(world, "a.webp.jpg").etag == bearer.etag
    assert [one.name for one in recorded(world.ledger)] == ["a.webp"]
    assert outcomes(world.run()) == []


def test_an_ignored_name_takes_no_photo_its_rendition() -> None:
    world = world_of()
    world.mirror = replace(world.mirror, selection=Selection(("*.webp",)))
    world.put("a.webp", sample("webp"))
    world.put("a.webp.jpg", photo(1))
    events = world.run()
    assert hows(events) == {"a.webp": "rendered"}
    assert (counts(events).ignored, counts(events).over_budget) == (1, 0)


def test_collisions_do_not_stop_a_run_in_which_nothing_else_is_to_be_done() -> None:
    world = world_of()
    for at in range(60):
        world.put(f"{at:02}.webp", sample("webp"))
        world.put(f"{at:02}.webp.jpg", photo(1, 32))
    assert counts(world.run()).refused == 60


def test_a_format_no_longer_accepted_leaves_an_orphan() -> None:
    world = world_of(ANY)
    world.put("a.webp", sample("webp"))
    world.put("b.jpg", photo())
    world.run()
    assert names(world) == ["a.webp", "b.jpg"]
    change(world, JPEG_OR_PNG)
    events = world.run()
    assert hows(events) == {"a.webp": "rendered"}
    assert names(world) == ["a.webp", "a.webp.jpg", "b.jpg"]
    assert (counts(events).orphan, counts(events).in_sync, counts(events).stale) == (1, 1, 1)
    deleting = world.with_policy(Policy(delete_orphans=True, most_orphans=0.5))
    assert hows(world.run(mirror=deleting)) == {"a.webp": "deleted"}
    assert names(world) == ["a.webp.jpg", "b.jpg"]
    change(world, ANY)
    deleting = world.with_policy(Policy(delete_orphans=True, most_orphans=0.5))
    assert hows(world.run(mirror=deleting)) == {"a.webp": "rendered", "a.webp.jpg": "deleted"}
    assert names(world) == ["a.webp", "b.jpg"]


def test_an_orphan_whose_photo_was_restored_is_kept() -> None:
    world = world_of(policy=Policy(delete_orphans=True, most_orphans=1.0))
    for name in ("a.webp", "b.webp", "c.jpg"):
        world.put(name, sample("webp"))
    world.run()
    world.remove("a.webp")
    world.remove("b.webp")
    engine = world.engine()
    work = engine.work

    def meddled(actions: tuple[Action, ...]) -> list[Outcome]:
        assert {type(action) for action in actions} == {Delete}
        engine.work = work
        world.put("a.webp", sample("webp"))
        return work(actions)

    engine.work = meddled
    events = outcomes(world.run(engine=engine))
    assert Superseded("(root)", "a.webp") in events
    assert {one.name for one in events if isinstance(one, Done)} == {"a.webp", "b.webp.jpg"}
    assert names(world) == ["a.webp.jpg", "c.jpg"]
    back = world.photo("a.webp")
    assert back is not None
    assert stamped(world, "a.webp.jpg").etag == back.etag


def test_a_foreign_blob_under_a_renditions_name_blocks_its_photo() -> None:
    world = world_of()
    world.put("a.webp", sample("webp"))
    world.resized.write("a.webp.jpg", b"mine", Properties())
    events = world.run()
    assert (counts(events).blocked, outcomes(events)) == (1, [])


def test_a_foreign_blob_added_during_a_run_is_reported_by_its_name() -> None:
    world = world_of()
    world.put("a.webp", sample("webp"))
    engine = world.engine()
    work = engine.work

    def meddled(actions: tuple[Action, ...]) -> list[Outcome]:
        world.resized.write("a.webp.jpg", b"mine", Properties())
        return work(actions)

    engine.work = meddled
    assert outcomes(world.run(engine=engine)) == [
        Blocked("(root)", "a.webp", rendition="a.webp.jpg")
    ]


@pytest.mark.parametrize(("way", "how"), [("keep", "adopted"), ("restore", "restored")])
def test_a_file_with_a_renditions_name_is_adopted_for_its_photo(way: Way, how: str) -> None:
    world = world_of()
    world.put("a.webp", sample("webp"))
    world.run()
    before = held(world, "a.webp.jpg")
    world.resized.restamp(before.name, before.etag, {})
    assert counts(world.run()).blocked == 1
    (done,) = adopt(world.mirror, world.engine(), way)
    assert isinstance(done, Done)
    assert (done.name, done.how, done.rendition) == ("a.webp", how, "a.webp.jpg")
    after, stamp = held(world, "a.webp.jpg"), stamped(world, "a.webp.jpg")
    assert (after.md5, stamp.photo_format) == (before.md5, "WebP")
    assert counts(world.run()).in_sync == 1
    assert drifts(world) == []


def test_a_file_with_another_picture_stays_and_is_listed_by_its_name() -> None:
    world = world_of()
    world.put("a.webp", sample("webp"))
    world.resized.write("a.webp.jpg", photo(side=32), Properties())
    (left,) = adopt(world.mirror, world.engine(), "keep")
    assert isinstance(left, Blocked)
    assert (left.name, left.rendition) == ("a.webp", "a.webp.jpg")


def test_verify_names_the_blob_that_is_not_as_it_should_be() -> None:
    world = world_of()
    for name in ("a.webp", "b.webp", "c.webp"):
        world.put(name, sample("webp"))
    world.run()
    row = held(world, "a.webp.jpg")
    properties = Properties(metadata=row.metadata)
    world.resized.write(row.name, b"edited", properties, replaces=row.etag)
    world.put("b.webp", sample("tiff"))
    gone = held(world, "c.webp.jpg")
    world.resized.delete(gone.name, gone.etag)
    assert sorted(drifts(world)) == [
        ("a.webp.jpg", "altered"),
        ("b.webp.jpg", "outdated"),
        ("c.webp", "missing"),
    ]


def test_a_report_has_both_names() -> None:
    world = world_of()
    world.put("a.webp", sample("webp"))
    world.put("b.jpg", photo())
    with reporting(world.ledger, "run-1", world.mirror.now) as note:
        for outcome in outcomes(world.run()):
            note(outcome)
    (report,) = reports(world.ledger)
    lines = [json.loads(line) for line in lines_of(world.ledger, report)]
    assert {line["name"]: line.get("rendition") for line in lines} == {
        "a.webp": "a.webp.jpg",
        "b.jpg": None,
    }


def test_continuing_from_a_name_does_not_list_names_before_it() -> None:
    world = world_of()
    later = "a.webp-made/09.jpg"
    for name in ("a.webp", *(f"a.webp-made/{at:02}.jpg" for at in range(10)), "a.webp.jpg-made"):
        world.put(name, b"")
    found = world.mirror.verdicts(refusals=NoRefusals(), start_from=later)
    assert [verdict.name for verdict in found] == [later, "a.webp", "a.webp.jpg-made"]


def test_a_photo_and_its_rendition_are_of_one_folder() -> None:
    world = world_of()
    for name in ("a.webp", "a/b.webp", "a/b/c.webp", "a/b/c/d.webp", "a/b.webp-1/e.webp"):
        world.put(name, sample("webp"))
    events = world.run()
    folders = {event.folder: event.counts for event in events if isinstance(event, FolderDone)}
    assert {key: (one.in_sync, one.files) for key, one in folders.items()} == {
        "(root)": (1, 1),
        "a": (1, 1),
        "a/b": (2, 2),
        "a/b.webp-1": (1, 1),
    }
    assert outcomes(world.run()) == []


def test_a_photo_written_again_with_the_same_bytes_is_restamped() -> None:
    world = world_of()
    world.put("a.webp", sample("webp"))
    world.run()
    etag = world.put("a.webp", sample("webp"), {"touched": "yes"})
    (done,) = outcomes(world.run())
    assert isinstance(done, Done)
    assert (done.how, done.rendition) == ("restamped", "a.webp.jpg")
    assert (stamped(world, "a.webp.jpg").etag, names(world)) == (etag, ["a.webp.jpg"])
    assert stamped(world, "a.webp.jpg").photo_format == "WebP"
