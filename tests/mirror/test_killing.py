"""A few rounds of what `make soak` does a hundred of: see tests/mirror/killing.py."""

from pathlib import Path
from random import Random

import pytest

from tests.mirror.killing import Episode, Kill


@pytest.mark.parametrize("place", ["folders", "azurite"])
def test_runs_killed_while_they_write_break_nothing_and_are_finished_by_the_next(
    place: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    proxy = request.getfixturevalue("proxy") if place == "azurite" else None
    episode = Episode(tmp_path, Random(), proxy, photos=24)
    kills: list[Kill] = []
    while len(kills) < 2 and (kill := episode.killed()):
        kills.append(kill)
        episode.meddle()
    assert [kill.wrong for kill in kills] == [()] * len(kills)
    assert episode.finish() == []
