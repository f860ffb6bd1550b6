"""Runs that do not end well, or not soon: they show what they did, and go on telling."""

import signal
import time
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from orchestration.blobs.address import parse_address
from orchestration.blobs.open import open_store
from orchestration.defs import progress as told
from orchestration.defs.progress import progress
from tests import preloaded
from tests.dagster_home import fill
from tests.defs.dagster_fixture import Place
from tests.defs.test_job_execute import Mirror, environment
from tests.noise_photos import photo

PATIENCE = 120


def observed(instance: dg.DagsterInstance, key: str) -> dict[str, Any]:
    """What the last observation of a folder showed."""
    asked = dg.AssetRecordsFilter(dg.AssetKey("resized_photos"), asset_partitions=[key])
    (record,) = instance.fetch_observations(asked, limit=1).records
    assert record.asset_observation is not None
    return {name: value.value for name, value in record.asset_observation.metadata.items()}


def test_a_run_that_stops_shows_what_it_met_in_the_folder_it_was_in(place: Place) -> None:
    for n in range(60):
        place.put(f"a/b/{n:02}.jpg", photo(n)[: 1_000 + n])
    result = place.carry_out(dg.RunRequest(job_name="mirror_folders"))
    (failure,) = result.filter_events(lambda event: event.is_step_failure)
    assert "could not be rendered" in str(failure.step_failure_data.error_display_string)
    shown = observed(place.instance, "a/b")
    assert (shown["finished"], shown["rendered"]) == (False, 0)
    assert "cut short" in str(shown["refused_now"])


def test_a_run_that_is_cancelled_shows_what_it_did(tmp_path: Path) -> None:
    home = fill(tmp_path / "home")
    places = {f"PHOTO_MIRROR_{end.upper()}": str(tmp_path / end) for end in ("raw", "resized")}
    photos, resized = (open_store(parse_address(where, "resized")) for where in places.values())
    mirror = Mirror(environment(home, **places), photos, resized, home)
    for n in range(60):
        mirror.put(f"a/b/{n:03}.jpg", photo(n, 160))
    command = mirror.command("mirror_folders")
    with (tmp_path / "log").open("w") as log:
        run = preloaded.start(command, env=mirror.environment, stdout=log, stderr=log)
    deadline = time.monotonic() + PATIENCE
    while len(mirror.renditions()) < 20 and time.monotonic() < deadline:
        time.sleep(0.05)
    run.send_signal(signal.SIGTERM)
    assert run.wait(PATIENCE) == 1
    with dg.DagsterInstance.from_config(str(home)) as instance:
        shown = observed(instance, "a/b")
    assert shown["finished"] is False
    assert 0 < shown["rendered"] <= len(mirror.renditions())


def test_progress_is_shown_while_no_photo_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told, "_SECONDS_BETWEEN_LINES", 0.01)
    monkeypatch.delenv(told.TERMINAL, raising=False)
    lines: list[str] = []
    with progress(lines.append):
        deadline = time.monotonic() + PATIENCE
        while len(lines) < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
    assert len(lines) >= 3
    assert lines[0] == "Comparing the containers"
