"""`photo-mirror run --report` keeps what became of each photo, and `reports` shows it."""

import json
import sys
from pathlib import Path

import pytest

from tests import preloaded
from tests.cli.conftest import Places
from tests.dagster_home import fill
from tests.noise_photos import photo


@pytest.mark.parametrize("places", ["azurite"], indirect=True)
def test_a_run_that_is_asked_to_keeps_a_line_for_every_photo(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(fill(tmp_path / "home")))
    monkeypatch.setenv("PHOTO_MIRROR_WORKERS", "1")
    places.put("a/heavy.jpg", photo(1))
    places.put("a/light.jpg", photo(2, 32))
    places.put("b/broken.jpg", photo(3)[:2_000])
    command = [str(Path(sys.executable).parent / "photo-mirror"), "run", "--report"]
    ran = preloaded.run(command)
    assert ran.returncode == 0, ran.stderr
    code, told = places.told("reports")
    assert (code, told[-1]) == (0, {"total": {"reports": 1}})
    assert told[0]["lines"] == 3
    said = places.invoke("reports", told[0]["run"][:8])
    lines = {line["name"]: line for line in map(json.loads, said.stdout.splitlines())}
    assert {name: line["how"] for name, line in lines.items()} == {
        "a/heavy.jpg": "rendered",
        "a/light.jpg": "passed_through",
        "b/broken.jpg": "truncated",
    }
    assert lines["a/heavy.jpg"]["bytes_after"] == places.rendition("a/heavy.jpg").size
    assert lines["a/heavy.jpg"]["seconds"] > 0
    assert told[0]["run"] in places.invoke("reports").stdout
    assert places.invoke("reports", "no-such-run").exit_code == 2
