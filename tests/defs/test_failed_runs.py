"""Failed runs over many folders: the assets show them, and the next success clears that."""

from collections.abc import Iterable, Iterator

import dagster as dg
import pytest
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationPlanned,
)
from dagster._core.events import DagsterEvent, DagsterEventType

from orchestration.blobs.errors import StoreUnavailableError
from orchestration.defs import run_step
from orchestration.defs.full_run import LAST_FULL_RUN, failed_folders
from orchestration.defs.full_run import last_full_run as find_last_full_run
from orchestration.mirror.act.engine import Engine
from orchestration.mirror.errors import MachineError
from orchestration.mirror.mirror import Mirror
from orchestration.mirror.outcomes import Note, Outcome
from orchestration.mirror.partition_keys import Folder
from orchestration.mirror.run import mirror_folders
from tests.defs.dagster_fixture import Place
from tests.noise_photos import photo

FULL = dg.RunRequest(job_name="mirror_folders")
ASSETS = ("resized_photos", "refused_photos", "photo_counts")


def of_folders(*keys: str) -> dg.RunRequest:
    config = {"ops": {"mirror_folders_op": {"config": {"folders": [*keys]}}}}
    return dg.RunRequest(job_name="mirror_folders", run_config=config)


def failed_assets(place: Place) -> set[str]:
    """The assets whose latest run failed, as the graph shows them."""
    failed = set()
    for record in place.instance.get_asset_records([dg.AssetKey(name) for name in ASSETS]):
        run = place.instance.get_run_by_id(str(record.asset_entry.last_run_id))
        if run is not None and run.status == dg.DagsterRunStatus.FAILURE:
            failed.add(record.asset_entry.asset_key.to_user_string())
    return failed


def last_full_run(place: Place) -> tuple[bool, str]:
    """Whether the check passes, and the reason it shows."""
    record = place.instance.get_latest_asset_check_evaluation_record(LAST_FULL_RUN)
    assert record is not None
    assert record.evaluation is not None
    reason = record.evaluation.metadata.get("reason")
    return record.evaluation.passed, str(reason.value) if reason else ""


@pytest.fixture
def filled(place: Place) -> Place:
    for key in ("a/one", "a/two", "b/three"):
        place.put(f"{key}/1.jpg", photo(len(key), 32))
    assert place.carry_out(FULL).success
    return place


@pytest.mark.parametrize("job", ["mirror_folders", "rebuild_stale"])
def test_a_full_run_that_cannot_start_shows_on_the_assets(filled: Place, job: str) -> None:
    assert failed_assets(filled) == set()
    assert last_full_run(filled) == (True, "")
    raw = filled.folder / "raw"
    raw.rename(filled.folder / "away")
    assert not filled.carry_out(dg.RunRequest(job_name=job)).success
    assert failed_assets(filled) == set(ASSETS)
    passed, reason = last_full_run(filled)
    assert not passed
    assert "folder not found" in reason
    (filled.folder / "away").rename(raw)
    assert filled.carry_out(FULL).success
    assert failed_assets(filled) == set()
    assert last_full_run(filled) == (True, "")


@pytest.mark.parametrize(
    "job",
    [FULL, dg.RunRequest(job_name="mirror_folder", partition_key="a/one")],
    ids=["all", "one"],
)
def test_a_store_that_stays_down_is_the_reason_that_is_shown(
    job: dg.RunRequest, filled: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> Iterator[Outcome]:
        raise StoreUnavailableError("https://acme.example/raw cannot be reached: it is off")
        yield

    monkeypatch.setattr(run_step, "mirror_folders", down)
    monkeypatch.setattr(run_step, "_PAUSE", 0)
    ended = filled.carry_out(job)
    assert not ended.success
    (failed,) = ended.filter_events(lambda event: event.is_step_failure)
    of_user = failed.step_failure_data.user_failure_data
    assert of_user is not None
    said = "https://acme.example/raw cannot be reached: it is off (tried 3 times)"
    assert of_user.description == said
    retried = ended.filter_events(lambda event: event.is_step_up_for_retry)
    assert len(retried) == 2
    if job is FULL:
        assert last_full_run(filled) == (False, said)


def test_a_later_run_of_one_folder_does_not_hide_a_failed_full_run(filled: Place) -> None:
    raw = filled.folder / "raw"
    raw.rename(filled.folder / "away")
    assert not filled.carry_out(FULL).success
    (filled.folder / "away").rename(raw)
    for request in (
        dg.RunRequest(job_name="mirror_folder", partition_key="a/one"),
        of_folders("a/one", "a/two"),
    ):
        assert filled.carry_out(request).success
        (run,) = filled.instance.get_runs(limit=1)
        record = filled.instance.get_latest_asset_check_evaluation_record(LAST_FULL_RUN)
        assert record is not None
        assert record.run_id == run.run_id  # or the UI would not show it any more
        assert not last_full_run(filled)[0]


def test_unfinished_named_folders_of_a_failed_run_are_shown_as_failed(
    filled: Place,
) -> None:
    raw = filled.folder / "raw"
    raw.rename(filled.folder / "away")
    assert not filled.carry_out(of_folders("a/one", "b/three", "c/unknown")).success
    assert failed_folders(filled.instance) == {"a/one", "b/three"}
    (filled.folder / "away").rename(raw)
    assert filled.carry_out(FULL).success  # nothing is due: it still clears what is shown as failed
    assert failed_folders(filled.instance) == frozenset()
    assert filled.checks("a/one")["in_sync"]


def test_only_the_folder_in_which_a_full_run_failed_is_shown_as_failed(
    filled: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ending(
        mirror: Mirror, engine: Engine, folders: Iterable[Folder] | None = None
    ) -> Iterator[Outcome | Note]:
        for event in mirror_folders(mirror, engine, folders):
            yield event
            if getattr(event, "folder", None) == "a/two":
                raise MachineError("for a test")

    filled.put("a/two/2.jpg", photo(9, 32))
    monkeypatch.setattr(run_step, "mirror_folders", ending)
    assert not filled.carry_out(FULL).success
    assert failed_folders(filled.instance) == {"a/two"}
    passed, reason = last_full_run(filled)
    assert not passed
    assert "for a test" in reason


def test_a_run_that_was_killed_fails_the_check_once_dagster_knows(place: Place) -> None:
    run = place.instance.create_run_for_job(place.job("mirror_folders"))
    planned = DagsterEvent(
        DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED.value,
        run.job_name,
        event_specific_data=AssetCheckEvaluationPlanned(
            asset_key=LAST_FULL_RUN.asset_key, check_name=LAST_FULL_RUN.name
        ),
    )
    place.instance.report_dagster_event(planned, run.run_id)
    assert find_last_full_run(place.instance) is None
    place.instance.report_run_failed(run)
    found = find_last_full_run(place.instance)
    assert found is not None
    assert not found.passed
