"""What many tests need: the emulator, and a proxy before it that can fail on purpose."""

import gc
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings

from tests.azurite.emulator import Azurite, running
from tests.faulty_proxy import Proxy, proxied

# Those who work on one machine install no cluster; `make test-cluster` has a home of its own.
collect_ignore = [] if find_spec("ray") else ["cluster"]
# Nor do they all install a browser; `make test-browser` does.
collect_ignore += [] if find_spec("playwright") else ["browser"]
# Nor the tools that are not ours; `make test-oracles` does.
collect_ignore += [] if find_spec("pyvips") else ["oracles"]
# Nor label tools, nor Azure ML's; `make test-labels` and `make test-mltable` have homes for them.
HOMES = Path(__file__).parent.parent / ".venv"
collect_ignore += [] if (HOMES / "labels" / "bin" / "python").exists() else ["labels/readers"]
collect_ignore += [] if (HOMES / "mltable" / "bin" / "python").exists() else ["manifest/readers"]

# Machines are busy; no property is held to a clock.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


# Nothing of what is imported and collected is ever garbage: looking for some takes a fifth of it.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def azurite() -> Iterator[Azurite]:
    """The emulator: one for each worker of the tests, started by the first that needs it."""
    with running() as emulator:
        yield emulator


@pytest.fixture
def proxy(azurite: Azurite) -> Iterator[Proxy]:
    """A proxy before the emulator: `proxy.azurite` is the same account, seen through it."""
    with proxied(azurite) as between:
        yield between
