"""A folder that is named is there, or the one that is meant is asked about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.mirror.errors import UnknownFolderError
from orchestration.mirror.find_folders import find_folders
from orchestration.mirror.partition_keys import folder_at, folder_of
from tests.mirror.fake_mirror import World
from tests.noise_photos import photo

SEGMENT = st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), max_size=5)
NAMES = ("2024/site-a/1.jpg", "2024/site-b/2.jpg", "2025/x/3.jpg", "top.jpg", "a/1.jpg")


@pytest.fixture(scope="module")
def world() -> World:
    world = World()
    for at, name in enumerate(NAMES):
        world.put(name, photo(at, 16))
    return world


@pytest.mark.parametrize("key", ["2024/site-a", "2024/site-a/", "2024/site%2Da", "(root)", "a//"])
def test_a_folder_that_is_there_is_found_under_its_own_key(world: World, key: str) -> None:
    (found,) = find_folders(world.mirror, [key, key])
    assert found == folder_at(found.key)
    assert found.key == key.rstrip("/").replace("%2D", "-")


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("2024/site-c", "2024/site-a"),
        ("2024/Site-A", "2024/site-a"),
        ("2042/site-a", "2024/site-a"),
        ("2024", "2024/site-a or 2024/site-b"),
        ("2024/site-a/1.jpg", "2024/site-a"),
        ("/2024/site-a", "2024/site-a"),
        ("2024%2Fsite-a", "write '2024/site-a'"),
        ("2024%2fsite-a", "write '2024/site-a'"),
    ],
)
def test_one_that_is_not_is_an_error_that_asks_about_the_nearest(
    world: World, key: str, meant: str
) -> None:
    with pytest.raises(UnknownFolderError) as refused:
        find_folders(world.mirror, ["2025/x", key])
    assert meant in str(refused.value)
    assert repr(key) in str(refused.value)


@pytest.mark.parametrize("key", ["", "/", "zzzzzzzz/qqqqqqq"])
def test_one_like_none_is_an_error_all_the_same(world: World, key: str) -> None:
    with pytest.raises(UnknownFolderError):
        find_folders(world.mirror, [key])


def test_a_folder_only_in_the_ledger_may_be_named_once_more() -> None:
    world = World()
    world.put("a/b/1.jpg", photo(1)[:900])  # refused, so that there is no rendition
    world.run()
    world.remove("a/b/1.jpg")
    world.run(find_folders(world.mirror, ["a/b"]))
    with pytest.raises(UnknownFolderError):
        find_folders(world.mirror, ["a/b"])


@given(st.lists(SEGMENT, min_size=1, max_size=3), st.integers(0, 3))
def test_the_key_of_every_folder_is_the_one_its_folder_has(segments: list[str], depth: int) -> None:
    folder = folder_of("/".join([*segments, "x"]), depth)
    assert folder_at(folder.key, depth) == folder


@given(SEGMENT.map(lambda text: f"a{text}%2Fb"))
def test_no_key_hides_a_slash(key: str) -> None:
    with pytest.raises(ValueError, match="escapes a slash"):
        folder_at(key)
