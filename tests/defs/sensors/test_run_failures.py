"""The sensor `run_failures`: what it sends, by which command, and when it is on."""

from pathlib import Path

import dagster as dg
import pytest

from orchestration.definitions import defs
from orchestration.defs.sensors import run_failures
from orchestration.defs.sensors.run_failures import message, notify, run_failures_sensor
from tests.defs.dagster_fixture import Place


def sensor() -> dg.SensorDefinition:
    return next(
        one
        for one in defs().sensors or ()
        if isinstance(one, dg.SensorDefinition) and one.name == "run_failures"
    )


def test_it_is_off_until_a_command_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sensor().default_status == dg.DefaultSensorStatus.STOPPED
    monkeypatch.setenv("PHOTO_MIRROR_ON_FAILURE", "mail -s failed me@example.com")
    assert sensor().default_status == dg.DefaultSensorStatus.RUNNING


def test_the_message_has_job_reason_and_run_and_is_only_input(place: Place, tmp_path: Path) -> None:
    (place.folder / "raw").rename(place.folder / "$(touch injected)")
    result = place.carry_out(dg.RunRequest(job_name="mirror_folders"))
    event = result.get_run_failure_event()
    context = dg.build_run_status_sensor_context(
        sensor_name="run_failures",
        dagster_event=event,
        dagster_instance=place.instance,
        dagster_run=result.dagster_run,
    ).for_run_failure()
    out = tmp_path / "sent"
    assert run_failures_sensor(f"cat > '{out}'")(context) is None
    lines = out.read_text().splitlines()
    assert lines[0] == "photo-mirror: mirror_folders failed"
    assert "folder not found" in lines[1]
    assert lines[2] == f"Run {result.run_id}"
    skipped = run_failures_sensor("")(context)
    assert isinstance(skipped, dg.SkipReason)
    assert "PHOTO_MIRROR_ON_FAILURE is not set" in str(skipped.skip_message)
    assert message(place.instance, result.dagster_run) == out.read_text()


def test_a_run_that_dagster_starts_again_is_not_reported(place: Place, tmp_path: Path) -> None:
    run = place.instance.create_run_for_job(
        place.job("mirror_folders"), tags={"dagster/will_retry": "true"}
    )
    place.instance.report_run_failed(run)
    (entry,) = place.instance.all_logs(run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE)
    context = dg.build_run_status_sensor_context(
        sensor_name="run_failures",
        dagster_event=entry.get_dagster_event(),
        dagster_instance=place.instance,
        dagster_run=run,
    ).for_run_failure()
    out = tmp_path / "sent"
    assert isinstance(run_failures_sensor(f"cat > '{out}'")(context), dg.SkipReason)
    assert not out.exists()


def test_a_command_that_fails_or_does_not_end_fails_the_tick(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(dg.Failure, match="ended with code 7: no such host"):
        notify("echo no such host >&2; exit 7", "text")
    monkeypatch.setattr(run_failures, "SECONDS_FOR_COMMAND", 0.1)
    with pytest.raises(dg.Failure, match="did not end within"):
        notify("exec sleep 20", "text")
