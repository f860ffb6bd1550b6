"""Photos added or changed during a run: the run succeeds and reports them."""

from collections.abc import Callable
from itertools import count

import dagster as dg
import pytest

from orchestration.blobs.address import Address
from orchestration.defs.partitions import register
from orchestration.defs.run_results import RunSummary
from orchestration.defs.run_step import FolderResult, MirrorConfig
from orchestration.defs.ui.folder_report import Report
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.outcomes import FolderDone, Note, Outcome, Superseded
from orchestration.mirror.partition_keys import folder_at
from orchestration.mirror.run import mirror_folders
from orchestration.mirror.workers import chunk as render
from tests.defs.dagster_fixture import Place
from tests.defs.sensors.sensor_simulation import Clock, Day
from tests.mirror.fake_mirror import outcomes
from tests.noise_photos import photo


def meddling(monkeypatch: pytest.MonkeyPatch, meddle: Callable[[], None], times: int) -> None:
    """Do something to the photos while the run's planning is behind and its work ahead."""
    left = iter(range(times))

    def run(*args: object) -> object:
        for event in mirror_folders(*args):  # type: ignore[arg-type]  # passed through
            if not isinstance(event, FolderDone) and next(left, None) is not None:
                meddle()
            yield event

    monkeypatch.setattr("orchestration.defs.run_step.mirror_folders", run)


@pytest.mark.parametrize("job", ["mirror_folder", "mirror_folders"])
@pytest.mark.parametrize("number", [1, 3])
def test_new_photos_during_a_run_are_a_success_that_names_their_number(
    job: str, number: int, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.put("a/b/first.jpg", photo(1, 96))
    numbers = iter(range(number))

    def upload() -> None:
        for at in numbers:
            place.put(f"a/b/new-{at}.jpg", photo(at, 32))

    meddling(monkeypatch, upload, 1)
    register(place.instance, ["a/b"])
    key = "a/b" if job == "mirror_folder" else None
    result = place.carry_out(dg.RunRequest(job_name=job, partition_key=key))
    assert result.success
    assert place.metadata("resized_photos", "a/b")["new_photos"] == number
    (run,) = place.instance.get_runs()
    said = [entry.user_message for entry in place.instance.all_logs(run.run_id)]
    assert any(f"{number} new photo" in line and "arrived" in line for line in said)
    assert place.carry_out(dg.RunRequest(job_name=job, partition_key=key)).success
    assert place.metadata("resized_photos", "a/b")["new_photos"] == 0


def test_only_a_photo_that_was_overtaken_twice_speaks_against_a_run() -> None:
    report = Report()
    report.add(Superseded("f", "one"))
    report.add(Superseded("f", "two"))
    assert (report.outrun, report.arrivals(Counts(due=2))) == (0, 2)
    report.add(Superseded("f", "one"))
    assert (report.outrun, report.arrivals(Counts(due=2))) == (1, 1)


def test_a_constantly_replaced_photo_fails_the_run(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = count()
    place.put("a/b/hot.jpg", photo(0, 96))
    place.put("a/b/cold.jpg", photo(1, 96))
    register(place.instance, ["a/b"])

    def run(mirror: object, engine: object, folders: object) -> object:
        submit = engine.submit  # type: ignore[attr-defined]

        def submitting(chunk: object) -> None:
            place.put("a/b/hot.jpg", photo(next(versions) + 2, 100))
            submit(chunk)

        monkeypatch.setattr(engine, "submit", submitting)
        return mirror_folders(mirror, engine, folders)  # type: ignore[arg-type]

    monkeypatch.setattr("orchestration.defs.run_step.mirror_folders", run)
    result = place.carry_out(dg.RunRequest(job_name="mirror_folder", partition_key="a/b"))
    (failure,) = result.filter_events(lambda event: event.is_step_failure)
    assert "1 photo changed each time" in str(failure.step_failure_data.error_display_string)


def is_success(events: list[Outcome | Note]) -> bool:
    """Whether Dagster would take a run of one folder in which this happened for a success."""
    results, report = RunSummary(), Report()
    for outcome in outcomes(events):
        report.add(outcome)
    for event in events:
        if isinstance(event, FolderDone):
            results.add(FolderResult(event.folder, report, event.counts, {}))
    return results.failure(MirrorConfig()) is None


def test_a_folder_under_constant_upload_keeps_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Photos come while every run is on; the sensor asks at every tick, and never backs off."""
    number = count()
    with dg.DagsterInstance.ephemeral() as instance:
        day = Day(Clock(0.0), instance)

        def upload() -> None:
            at = next(number)
            day.world.put(f"a/b/{at:04}.jpg", photo(at % 4, 32))

        inner = render.render_chunk

        def while_uploading(source: Address, target: Address, *rest: object) -> object:
            upload()
            return inner(source, target, *rest)  # type: ignore[arg-type]

        monkeypatch.setattr("tests.mirror.fake_mirror.render_chunk", while_uploading)
        upload()
        for _ in range(40):
            day.tick()
            for asked in [*day.waiting]:
                before = {row.name for row in day.world.photos.list("a/b/")}
                events = day.world.run([folder_at(key) for key in asked.keys])
                made = {row.name for row in day.world.resized.list("a/b/")}
                assert before <= made  # what was there when the run began is made by it
                day.end(asked, well=is_success(events))
        assert next(number) > 40
        assert len(day.asked) >= 38
