"""What cannot be looked at just now: one blob or one folder, at either end, and nothing else."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.blobs.base import BlobInfo, Properties, order
from orchestration.blobs.memory import memory_container
from orchestration.defs.sensors.sweep import needs_run
from orchestration.mirror.decide.classify import Rules, State
from orchestration.mirror.decide.compare import compare
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.ledger.folder_counts import read_counts
from orchestration.mirror.ledger.refusals import recorded
from orchestration.mirror.mirror import count_folders
from orchestration.mirror.outcomes import (
    Blocked,
    Done,
    FolderDone,
    ListedProblem,
    Note,
    Outcome,
    Unreadable,
)
from orchestration.mirror.partition_keys import folder_at
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.selection import Selection
from orchestration.mirror.verify.listing import Drift
from orchestration.mirror.verify.verify import verify
from tests.mirror.fake_mirror import World, counts, outcomes
from tests.noise_photos import BUDGET, photo

DENIED = "permission denied"
SMALL = photo(side=32)
NAMES = ("a/b/1.jpg", "a/b/2.jpg", "a/c/3.jpg", "d/4.jpg", "e.jpg")


def world() -> World:
    made = World()
    for name in NAMES:
        made.put(name, SMALL)
    return made


def found(events: Iterable[Outcome | Note]) -> list[Blocked | Unreadable]:
    return [event.outcome for event in events if isinstance(event, ListedProblem)]


def test_an_unreadable_photo_is_reported_not_recorded_and_retried() -> None:
    one = world()
    denied = memory_container(one.raw_at.url).denied
    denied["a/b/1.jpg"] = DENIED
    for _ in range(2):
        told = [event for event in outcomes(one.run()) if not isinstance(event, Done)]
        assert told == [Unreadable("a/b", "a/b/1.jpg", DENIED)]
        assert not [*recorded(one.ledger)]
    assert counts(one.run()).in_sync == 4
    denied.clear()
    assert counts(one.run()).in_sync == 5


@pytest.mark.parametrize("shut", ["a/", "a/b/", "d/"])
@pytest.mark.parametrize("asked", ["all", "each"])
def test_renditions_below_an_unreadable_folder_are_no_orphans(shut: str, asked: str) -> None:
    one = world()
    one.put(f"{shut}text.jpg", b"no photo")
    keys = ["a/b", "a/c", "d", "(root)", "a"]
    folders = None if asked == "all" else [folder_at(key) for key in keys]
    one.run()
    before = {row.name: row.etag for row in one.resized.list()}
    refused = [*recorded(one.ledger)]
    memory_container(one.raw_at.url).denied[shut] = DENIED
    one.put("e.jpg", photo(7, 32))
    sweeping = one.with_policy(Policy(delete_orphans=True, most_orphans=1.0))
    for _ in range(2):
        events = one.run(folders, mirror=sweeping)
        stood = counts(events)
        assert stood.orphan == 0
        assert stood.unreadable
        assert stood.files == len(before)
        assert {type(event) for event in found(events)} == {Unreadable}
        assert all(event.name.startswith(shut) for event in found(events))
        assert [*recorded(one.ledger)] == refused
    after = {row.name: row.etag for row in one.resized.list()}
    assert after.keys() == before.keys()
    assert {name for name in after if after[name] != before[name]} == {"e.jpg"}
    if asked == "all":
        assert not [
            seen for seen in count_folders(one.mirror) if needs(one, seen.folder.key, seen.counts)
        ]
    memory_container(one.raw_at.url).denied.clear()
    assert [seen for seen in count_folders(one.mirror) if needs(one, seen.folder.key, seen.counts)]
    assert (counts(one.run()).in_sync, outcomes(one.run())) == (5, [])


def needs(one: World, key: str, seen: Counts) -> bool:
    held = {taken.key: taken.counts for taken in read_counts(one.ledger)}
    return needs_run(seen, held.get(key), Policy())


def test_photos_with_unreadable_renditions_are_reported_and_skipped() -> None:
    one = world()
    one.run()
    memory_container(one.resized_at.url).denied["a/b/"] = DENIED
    for name in ("a/b/new.jpg", "a/c/new.jpg"):
        one.put(name, SMALL)
    events = one.run()
    assert [event.name for event in outcomes(events)] == ["a/c/new.jpg"]
    reason = f"a/b/ in the resized container cannot be read: {DENIED}"
    hidden = ("a/b/1.jpg", "a/b/2.jpg", "a/b/new.jpg")
    assert found(events) == [Unreadable("a/b", name, reason) for name in hidden]
    assert (counts(events).unreadable, counts(events).foreign) == (3, 1)
    memory_container(one.resized_at.url).denied.clear()
    assert counts(one.run()).in_sync == 7


@pytest.mark.parametrize("end", ["raw", "resized"])
@pytest.mark.parametrize("exclude", ["shut/*", "shut", "*/shut/*", "SHUT/*"])
def test_an_excluded_folder_that_is_shut_is_not_counted(end: str, exclude: str) -> None:
    one = world()
    where = memory_container(one.raw_at.url if end == "raw" else one.resized_at.url)
    prefix = "f/shut/" if exclude.startswith("*/") or exclude == "shut" else "shut/"
    (one.photos if end == "raw" else one.resized).write(f"{prefix}1.jpg", SMALL, Properties())
    where.denied[prefix] = DENIED
    mirror = replace(one.mirror, selection=Selection(("*.jpg",), (exclude,)))
    events = one.run(mirror=mirror)
    assert found(events) == []
    stood = counts(events)
    assert (stood.unreadable, stood.ignored, stood.foreign, stood.in_sync) == (0, 0, 0, 5)


@pytest.mark.parametrize(
    ("include", "exclude", "folder", "is_wanted"),
    [
        ("*.jpg", "", "a/", True),
        ("a/*.jpg", "", "a/", True),
        ("a/b/*.jpg", "", "a/", True),
        ("a*", "", "b/", True),
        ("a/*", "", "b/", False),
        ("A/*", "", "a/b/", True),
        ("*.jpg", "a/*.png", "a/", True),
        ("*.jpg", "a/b/*", "a/", True),
        ("*.jpg", "A", "x/a/y/", False),
        ("*.jpg", "*.jpg", "a/", True),
    ],
)
def test_patterns_decide_whether_an_unreadable_folder_may_have_photos(
    include: str,
    exclude: str,
    folder: str,
    is_wanted: bool,  # noqa: FBT001 -- what is expected
) -> None:
    selection = Selection((include,), (exclude,) if exclude else ())
    assert selection.may_hold(folder) is is_wanted


def test_verify_lists_what_cannot_be_read() -> None:
    one = world()
    one.run()
    memory_container(one.raw_at.url).denied["d/"] = DENIED
    memory_container(one.resized_at.url).denied |= {"a/b/": DENIED, "e.jpg": DENIED}
    drifts = {one.name: one for one in verify(one.mirror, frozenset()) if isinstance(one, Drift)}
    assert {drift.kind for drift in drifts.values()} == {"unreadable"}
    assert {"d/", "a/b/", "e.jpg"} <= drifts.keys()


RULES = Rules(Recipe(BUDGET), Selection(("*.jpg",)), lambda _: False)
SEGMENTS = st.sampled_from(["a", "b", "a.jpg", "b-", "\N{GRINNING FACE}", "\uffee.jpg"])
TREES = st.sets(st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join), max_size=12)


def listing(names: Iterable[str], shut: Iterable[str]) -> list[BlobInfo]:
    """List names as a store does where some folders cannot be looked into."""
    rows = {}
    for name in names:
        above = [one for one in shut if name.startswith(one)]
        held = min(above, key=len, default="")
        rows[held or name] = BlobInfo(held or name, "" if held else "1", 1, denied=held and DENIED)
    return sorted(rows.values(), key=lambda row: order(row.name))


@given(TREES, TREES, st.sets(st.sampled_from(["a/", "b/", "a/b/", "b-/"])), st.data())
def test_whatever_is_shut_the_rest_is_judged_as_if_nothing_were(
    photos: set[str], renditions: set[str], shut: set[str], data: st.DataObject
) -> None:
    there = data.draw(st.sets(st.sampled_from(["a/", "b/", "a/b/", "b-/"])))
    left, right = listing(photos, shut), listing(renditions, there)
    whole = {
        verdict.name: verdict.state
        for verdict in compare(iter(listing(photos, ())), iter(listing(renditions, ())), RULES)
    }
    told = {verdict.name: verdict.state for verdict in compare(iter(left), iter(right), RULES)}
    denied = {row.name for row in (*left, *right) if row.denied}
    for name, state in told.items():
        is_shut = any(name.startswith(one) for one in denied)
        if not is_shut:
            assert state is whole[name]
        else:
            assert state is not State.DUE
            assert state is not State.ORPHAN


def test_a_finished_folder_counts_its_unreadable_names() -> None:
    one = world()
    memory_container(one.raw_at.url).denied["a/"] = DENIED
    done = {event.folder: event.counts for event in one.run() if isinstance(event, FolderDone)}
    assert done["a"] == Counts(unreadable=1, fingerprint=done["a"].fingerprint)
