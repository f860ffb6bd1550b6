"""Runs that are killed, a few of the hundred of `make soak`, and runs at once: see kill_runs.py."""

import time
from pathlib import Path
from random import Random

import pytest

from tests.mirror.kill_runs import LONGEST_RUN, Episode, Kill, lives, workers
from tests.mirror_invariants import out_of_step


@pytest.fixture(params=["folders", "azurite"])
def episode(request: pytest.FixtureRequest, tmp_path: Path) -> Episode:
    proxy = request.getfixturevalue("proxy") if request.param == "azurite" else None
    return Episode(tmp_path, Random(), proxy, photos=24)


def test_runs_killed_while_they_write_are_finished_by_the_next(
    episode: Episode,
) -> None:
    kills: list[Kill] = []
    while len(kills) < 2 and (kill := episode.killed()):
        kills.append(kill)
        episode.meddle()
    assert [kill.wrong for kill in kills] == [()] * len(kills)
    assert episode.finish() == []


def test_two_runs_at_once_do_not_disturb_each_other(episode: Episode) -> None:
    both = [episode.start(), episode.start()]
    assert [run.wait(LONGEST_RUN) for run in both] == [0, 0], episode.errors.read_text()
    assert [*out_of_step(episode.mirror, episode.foreign)] == []
    told = {line.split()[0] for line in episode.told()}
    assert told <= {"rendered", "passed_through", "found"}
    assert [*episode.written_twice_by_the_log()] == []


def test_a_terminated_run_finishes_its_writes(
    tmp_path: Path,
) -> None:
    episode = Episode(tmp_path, Random(), photos=60)
    run = episode.start()
    until = time.monotonic() + 60
    while not episode.in_flight() and run.poll() is None and time.monotonic() < until:
        time.sleep(0.001)
    told = workers(run)
    run.terminate()
    for one in told:
        one.terminate()
    run.wait(LONGEST_RUN)
    while any(map(lives, told)) and time.monotonic() < until:
        time.sleep(0.01)
    # Looked for before anything lists the folder, for that would sweep them away.
    assert episode.temporaries() == []
    assert episode.finish() == []
