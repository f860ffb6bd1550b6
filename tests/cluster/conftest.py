"""What the tests of a cluster share: two machines, and photos to mirror."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.azurite.emulator import KEY
from tests.cluster.mirror_on_emulator import Place
from tests.cluster.ray_cluster import Machines, machines
from tests.faulty_proxy import Proxy

HERE = Path(__file__).parents[2]


@pytest.fixture(scope="session", autouse=True)
def environment() -> None:
    """What machines inherit: they find the containers' key in their own environment."""
    os.environ.update(AZURE_STORAGE_KEY=KEY, PYTHONPATH=str(HERE))


@pytest.fixture(scope="module")
def cluster() -> Iterator[Machines]:
    with machines() as two:
        yield two


@pytest.fixture
def place(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Place:
    azurite = proxy.upstream
    raw, resized = (azurite.new_container(name) for name in ("raw", "resized"))
    found = Place(proxy, raw, resized.replace(azurite.blobs, proxy.azurite.blobs))
    # The key goes only to accounts that the environment names.
    for name, value in found.environment.items():
        monkeypatch.setenv(name, value)
    found.fill()
    return found
