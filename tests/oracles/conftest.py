"""The programs that the tests here compare with."""

import shutil
from collections.abc import Iterator

import pytest

from tests.oracles import exiftool

PROGRAMS = ("exiftool", "pngcheck", "tiffinfo")


@pytest.fixture(scope="session", autouse=True)
def programs() -> Iterator[None]:
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    assert not missing, f"not installed here: {', '.join(missing)}; see `make test-oracles`"
    yield
    exiftool.close()


def pytest_configure(config: pytest.Config) -> None:
    # A failing example is a whole file, and long.
    config.addinivalue_line("filterwarnings", "ignore:Generating overly large repr")
