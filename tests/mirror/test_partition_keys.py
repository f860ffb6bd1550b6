"""Names, keys and prefixes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.mirror.partition_keys import ROOT, folder_at, folder_of

NAMES = st.text(st.characters(), min_size=1, max_size=40) | st.lists(
    st.sampled_from(["", "a", "(root)", "(empty)", "%2F", "...", "x\x01", "é", "\ud800", "😀"]),
    min_size=1,
    max_size=5,
).map("/".join)


@given(NAMES, st.integers(0, 4))
def test_every_name_makes_a_key_that_leads_back_to_its_folder(name: str, depth: int) -> None:
    folder = folder_of(name, depth)
    assert folder.holds(name)
    assert folder_at(folder.key, depth) == folder


@given(NAMES, st.integers(0, 4))
def test_a_key_holds_nothing_that_dagster_or_a_terminal_trips_over(name: str, depth: int) -> None:
    key = folder_of(name, depth).key
    assert key
    assert "..." not in key
    assert all(ord(unit) >= 32 and not 0x7F <= ord(unit) < 0xA0 for unit in key)
    key.encode()


@given(NAMES, NAMES, st.integers(0, 3))
def test_two_names_share_a_key_exactly_when_one_folder_holds_both(
    one: str, other: str, depth: int
) -> None:
    assert (folder_of(one, depth).key == folder_of(other, depth).key) == (
        folder_of(one, depth).holds(other)
    )


def test_a_real_folder_called_root_is_not_the_root() -> None:
    assert folder_of("a.jpg").key == ROOT
    assert folder_of("(root)/a.jpg").key == "%28root%29"


def test_a_key_deeper_than_folders_are_says_so() -> None:
    with pytest.raises(ValueError, match="PHOTO_MIRROR_PARTITION_DEPTH"):
        folder_at("a/b/c", 2)
