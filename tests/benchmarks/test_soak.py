"""The soak starts: its mirror opens the containers that it makes."""

import os
from pathlib import Path

import pytest

from benchmarks.mirror.soak import World
from tests.azurite.emulator import Azurite
from tests.faulty_proxy import proxied


def test_the_photos_of_a_soak_are_in_its_mirror(
    azurite: Azurite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))
    with proxied(azurite) as proxy:
        world = World(proxy, tmp_path)
        world.fill(3)
        assert [row.name for row in world.mirror.raw.list()] == sorted(world.names)
