"""A home of Dagster's that cannot be used is told of in a sentence."""

import resource
from pathlib import Path

import pytest

from orchestration.cli.dagster_home import open_home
from orchestration.cli.environment import UnavailableError


@pytest.mark.parametrize("held", [0, 1, 16_384, 500_000])
def test_a_home_with_no_room_left_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (held, before[1]))
    try:
        with pytest.raises(UnavailableError, match=r"DAGSTER_HOME: .* cannot be written to: .*"):
            open_home()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert open_home() == tmp_path
    assert list(tmp_path.iterdir()) == []
