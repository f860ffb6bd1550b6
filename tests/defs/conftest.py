"""What tests of the Dagster side share."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from tests.dagster_home import fill
from tests.defs.dagster_fixture import Place


@pytest.fixture
def place(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    (tmp_path / "raw").mkdir()
    for field, value in {
        "RAW": str(tmp_path / "raw"),
        "RESIZED": str(tmp_path / "resized"),
        "BUDGET": "4000",
        "EFFORT": "balanced",
        "WORKERS": "1",
    }.items():
        monkeypatch.setenv(f"PHOTO_MIRROR_{field}", value)
    home = fill(tmp_path_factory.mktemp("dagster"))
    with dg.instance_for_test(temp_dir=str(home)) as instance:
        yield Place(tmp_path, instance)
