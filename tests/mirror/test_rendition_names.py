"""Names of renditions follow from photos' names; their order; no two photos share one."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.blobs.base import BlobInfo, order
from orchestration.mirror.decide.actions import Refuse, Render, action_for
from orchestration.mirror.decide.classify import Rules, State, Verdict
from orchestration.mirror.decide.compare import compare
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.errors import OutOfOrderError
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.rendition_names import TAKEN, Naming
from orchestration.mirror.selection import Selection
from orchestration.mirror.stamp import Stamp
from resize_core import Options

RECIPE = Recipe(1_000, Options(accepts=("jpeg",)))
NAMING = RECIPE.naming
RULES = Rules(RECIPE, Selection(("*",), ("*x.webp.jpg", "*b.webp")), lambda _photo: False)
PARTS = ["a", "b", "x", "/", "-", "!", ".", ".webp", ".TIF", ".jpg", ".j", "é", "\U0001f600"]
NAMES = st.lists(st.sampled_from([*PARTS, "\uffee"]), min_size=1, max_size=5).map("".join)
LISTED = st.sets(NAMES, max_size=30)


def photo(name: str) -> BlobInfo:
    return BlobInfo(name, f"0x{name}", 5_000)


def rendition(name: str, of: str = "") -> BlobInfo:
    stamp = Stamp(f"0x{of or name}", "", RECIPE.text, "bb" * 16, 800, "scaled", "JPEG", 40, 30)
    return BlobInfo(name, "0x9", 800, "bb" * 16, stamp.to_metadata({}))


def by_name(rows: list[BlobInfo]) -> Iterator[BlobInfo]:
    return iter(sorted(rows, key=lambda row: order(row.name)))


def compared(photos: list[BlobInfo], renditions: list[BlobInfo]) -> list[Verdict]:
    return [*compare(by_name(photos), by_name(renditions), RULES)]


def place_of(verdict: Verdict) -> str:
    return NAMING.of(verdict.name) if verdict.photo else verdict.name


def told(verdict: Verdict) -> tuple[str, str, str]:
    """The photo's name, its rendition's, and what is said against the photo."""
    row, held = verdict.photo, verdict.rendition
    return (row.name if row else "", held.name if held else "", row.unreadable if row else "")


def joined(photos: set[str], renditions: set[str]) -> set[tuple[str, str, str]]:
    """Every photo with the rendition of its name, found by looking through all of them."""
    rows, left = set(), set(renditions)
    for name in photos:
        called = name + ".jpg" if name.lower().endswith((".webp", ".tif")) else name
        rivals = {one for one in photos if one != name and NAMING.of(one) == called}
        admits = RULES.selection.admits
        loses = any((admits(one), one == called) > (admits(name), name == called) for one in rivals)
        has_it = called in renditions and not loses
        rows.add((name, called if has_it else "", TAKEN if loses else ""))
        left.discard(called)
    return rows | {("", name, "") for name in left}


@given(LISTED, LISTED)
def test_every_photo_is_compared_with_its_rendition_once(
    photos: set[str], renditions: set[str]
) -> None:
    more = {NAMING.of(name) for name in photos if len(name) % 2}
    held = renditions | more
    verdicts = compared([*map(photo, photos)], [*map(rendition, held)])
    assert {told(verdict) for verdict in verdicts} == joined(photos, held)
    assert len(verdicts) == len(joined(photos, held))
    keys = [order(place_of(verdict)) for verdict in verdicts]
    assert keys == sorted(keys)


@given(LISTED)
def test_from_any_name_on_the_same_verdicts_come_as_from_the_start(photos: set[str]) -> None:
    whole = compared([*map(photo, photos)], [])
    for after in map(place_of, whole):
        before = [*NAMING.earlier_photos(after)]
        assert before == sorted(before, key=order)
        assert all(order(name) < order(after) for name in before)
        found = {name for name in photos if name in before or order(name) >= order(after)}
        rest = compared([*map(photo, found)], [])
        behind = lambda verdict: order(place_of(verdict)) > order(after)  # noqa: B023, E731
        assert [*filter(behind, rest)] == [*filter(behind, whole)]


@given(LISTED)
def test_the_photos_of_a_name_are_those_whose_rendition_would_bear_it(names: set[str]) -> None:
    for name in names | {f"{one}.jpg" for one in names}:
        photos = NAMING.photos_of(name)
        assert {NAMING.of(one) for one in photos} <= {name}
        assert {one for one in names if NAMING.of(one) == name} <= {*photos}
        assert photos in {(), (name,), (name.removesuffix(".jpg"),), (name, name[:-4])}


def test_no_more_photos_wait_than_the_latest_name_begins_with() -> None:
    names = [f"{at:05}.webp" for at in range(500)] + ["9.webp", "9.webp!.webp", "9.webp!.webp!"]
    read = 0

    def listing() -> Iterator[BlobInfo]:
        nonlocal read
        for name in names:
            read += 1
            yield photo(name)

    most = max(read - at for at, _ in enumerate(compare(listing(), iter([]), RULES)))
    assert most == 3


def test_an_unordered_listing_is_detected_before_names_change() -> None:
    with pytest.raises(OutOfOrderError):
        list(compare(map(photo, ["b.webp", "a.webp"]), iter([]), RULES))


def test_without_formats_to_accept_nothing_is_done_at_all() -> None:
    rows = iter([(order("a.webp"), photo("a.webp"))])
    assert Naming().in_rendition_order(rows, lambda _: True) is rows
    assert Naming().of("a.webp") == "a.webp"
    assert Naming().photos_of("a.webp.jpg") == ("a.webp.jpg",)
    assert not [*Naming().earlier_photos("a.webp-2.jpg")]


@pytest.mark.parametrize(
    ("photos", "renditions", "states"),
    [
        (["a.webp"], [], [State.DUE]),
        (["a.webp"], [rendition("a.webp.jpg", "a.webp")], [State.IN_SYNC]),
        (["a.webp"], [rendition("a.webp")], [State.ORPHAN, State.DUE]),
        (["a.webp"], [BlobInfo("a.webp", "0x9", 7)], [State.FOREIGN, State.DUE]),
        (["a.webp"], [BlobInfo("a.webp.jpg", "0x9", 7)], [State.BLOCKED]),
        ([], [rendition("a.webp.jpg", "a.webp")], [State.ORPHAN]),
        (["b.webp"], [rendition("b.webp.jpg", "b.webp")], [State.IGNORED]),
        (["a.webp", "a.webp.jpg"], [rendition("a.webp.jpg")], [State.IN_SYNC, State.DUE]),
        (["a.webp", "a.webp.jpg"], [rendition("a.webp.jpg", "a.webp")], [State.DUE, State.DUE]),
        (["b.webp", "b.webp.jpg"], [rendition("b.webp.jpg")], [State.IN_SYNC, State.IGNORED]),
        (["x.webp", "x.webp.jpg"], [], [State.DUE, State.IGNORED]),
        (
            ["x.webp", "x.webp.jpg"],
            [rendition("x.webp.jpg", "x.webp")],
            [State.IN_SYNC, State.IGNORED],
        ),
    ],
)
def test_names_are_judged_by_what_their_renditions_are_called(
    photos: list[str], renditions: list[BlobInfo], states: list[State]
) -> None:
    assert [one.state for one in compared([*map(photo, photos)], renditions)] == states


def test_a_name_conflict_goes_to_the_photo_with_that_name() -> None:
    first, second = compared([photo("a/c.webp"), photo("a/c.webp.jpg")], [])
    assert action_for(first, "a", Policy()) == Render("a", photo("a/c.webp.jpg"))
    refused = action_for(second, "a", Policy())
    assert isinstance(refused, Refuse)
    assert (refused.kind, refused.blob.name) == ("name-taken", "a/c.webp")
    assert "rename 'a/c.webp' or 'a/c.webp.jpg'" in refused.reason
