"""The engine is a setting; a missing or unknown one is reported in one message."""

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from orchestration.defs.resources import ContainersResource, EngineResource
from orchestration.mirror.act.dispatch import dispatch
from orchestration.mirror.act.engine import Chunk, Lost
from orchestration.mirror.act.machine_probe import Sides
from orchestration.mirror.decide.actions import Action
from orchestration.mirror.outcomes import Done, Outcome
from orchestration.mirror.recipe import Recipe
from orchestration.setting_values import SettingError
from tests.mirror.fake_mirror import outcomes
from tests.mirror.workers.test_local_pool import actions


def open_engine(name: str, at: Path) -> None:
    containers = ContainersResource(raw=str(at / "raw"), resized=str(at / "resized"))
    (at / "raw").mkdir()
    (at / "resized").mkdir()
    with EngineResource.checked({"engine": name, "workers": 1}).opened(
        containers, Recipe(4_000)
    ) as engine:
        assert engine.workers == 1


@pytest.mark.skipif(find_spec("ray") is not None, reason="Ray is installed here")
def test_ray_is_missed_only_by_those_who_choose_it(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"PHOTO_MIRROR_ENGINE: ray is not installed; pip "):
        open_engine("ray", tmp_path)
    assert "ray" not in sys.modules


def test_an_unknown_engine_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="'spark'; it is one of local, ray"):
        open_engine("spark", tmp_path)


class Fleeting:
    """An engine whose machine is taken away so many times under each chunk."""

    workers = 1

    def __init__(self, times: int) -> None:
        self._times = times
        self._waiting: list[Chunk] = []

    @property
    def in_flight(self) -> int:
        return len(self._waiting)

    @property
    def has_ended_chunk(self) -> bool:
        return False

    def submit(self, chunk: Chunk) -> None:
        self._waiting.append(chunk)

    def probe(self, _sides: Sides) -> str:
        return ""

    def take(self) -> tuple[Chunk, list[Outcome] | Lost]:
        chunk = self._waiting.pop(0)
        if chunk.moves < self._times:
            return chunk, Lost("was lost with its machine", with_machine=True)
        return chunk, [Done("f", action.blob.name, "rendered") for action in chunk.actions]


def test_five_lost_machines_are_not_counted_against_photos() -> None:
    told = outcomes(dispatch(iter(actions("a", "b")), Fleeting(5), _nothing))
    assert [type(one).__name__ for one in told] == ["Done", "Done"]


def test_what_loses_every_machine_it_meets_is_refused_in_the_end() -> None:
    told = outcomes(dispatch(iter(actions("a", "b")), Fleeting(1_000), _nothing))
    assert [type(one).__name__ for one in told] == ["Refused", "Refused"]


def _nothing(_: Action) -> Outcome | None:
    return None
