"""Telling folder from folder in one flat listing."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from orchestration.blobs.base import BlobInfo, order
from orchestration.mirror.decide.classify import Rules, classify
from orchestration.mirror.decide.compare import compare
from orchestration.mirror.decide.counts import CountBuilder
from orchestration.mirror.decide.folder_counter import FolderCount, FolderCounter, count_by_folder
from orchestration.mirror.partition_keys import folder_of
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.selection import Selection

RULES = Rules(Recipe(100), Selection(("*",)), lambda _photo: False)
SEGMENTS = st.sampled_from(["", "a", "a.b", "a0", "a-", "b", "é", "\U0001f600", "\uffee"])
NAMES = st.sets(st.lists(SEGMENTS, min_size=1, max_size=5).map("/".join).filter(bool), max_size=30)


def listing(names: set[str]) -> list[BlobInfo]:
    return [BlobInfo(name, "0x1", 7) for name in sorted(names, key=order)]


@given(NAMES, NAMES, st.integers(0, 3))
def test_a_sweep_counts_every_folder_as_if_it_were_counted_alone(
    photos: set[str], renditions: set[str], depth: int
) -> None:
    verdicts = [*compare(iter(listing(photos)), iter(listing(renditions)), RULES)]
    expected: dict[str, CountBuilder] = defaultdict(lambda: CountBuilder(RULES))
    for verdict in verdicts:
        expected[folder_of(verdict.name, depth).key].add(verdict)
    seen = [*count_by_folder(verdicts, FolderCounter(RULES, depth))]
    assert len({one.folder.key for one in seen}) == len(seen)
    assert {one.folder.key: one.counts for one in seen} == {
        key: builder.counts for key, builder in expected.items()
    }


@given(NAMES, st.integers(0, 3), st.integers(0, 30))
def test_a_sweep_that_is_broken_off_goes_on_where_it_was(
    photos: set[str], depth: int, at: int
) -> None:
    verdicts = [*compare(iter(listing(photos)), iter(()), RULES)]
    first = FolderCounter(RULES, depth)
    seen: list[FolderCount] = []
    for verdict in verdicts[:at]:
        seen += first.add(verdict)[1]
    second = FolderCounter(RULES, depth, first.open_folders)
    for verdict in verdicts[at:]:
        seen += second.add(verdict)[1]
    seen += second.open_folders
    key = lambda one: one.folder.key  # noqa: E731
    assert sorted(seen, key=key) == sorted(
        count_by_folder(verdicts, FolderCounter(RULES, depth)), key=key
    )


def test_at_most_the_folders_above_a_name_stay_open() -> None:
    names = {f"{a}/{b}/{c}.jpg" for a in "abc" for b in "def" for c in "xyz"}
    counter = FolderCounter(RULES, 2)
    for row in listing(names | {"a/top.jpg", "top.jpg"}):
        counter.add(classify(row, None, RULES))
        assert len(counter.open_folders) <= 3
