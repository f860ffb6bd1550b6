"""The checks: each folder's own in the UI, in whatever kind of run they were evaluated."""

from collections.abc import Iterator

import dagster as dg
import pytest

from orchestration.blobs.base import BlobInfo
from orchestration.blobs.local.source import LocalSource
from orchestration.definitions import defs
from orchestration.defs.checks import CHECKS
from orchestration.defs.full_run import LAST_FULL_RUN
from orchestration.defs.partitions import register
from tests.defs.dagster_fixture import Place
from tests.noise_photos import photo

RANGE = "dagster/asset_partition_range_"
FOLDERS = ["a/one", "a/two", "b/three"]


def filled(place: Place) -> None:
    """Three folders, of which the middle one holds a broken photo."""
    for key in FOLDERS:
        place.put(f"{key}/sound.jpg", photo(len(key), 32))
    place.put("a/two/broken.jpg", photo(1)[:2_000])
    register(place.instance, FOLDERS)


def shown(place: Place, check: str) -> dict[str, str]:
    """What the UI shows of a check for each folder: nothing unless it is of the latest state."""
    key = dg.AssetCheckKey(dg.AssetKey("resized_photos"), check)
    rows = place.instance.event_log_storage.get_asset_check_partition_info([key])
    return {
        row.partition_key: row.latest_execution_status.value
        for row in rows
        if row.partition_key is not None and row.is_current
    }


def on_the_page(place: Place, check: str) -> str:
    """What the asset's page shows of a check, whichever partition it is of."""
    key = dg.AssetCheckKey(dg.AssetKey("resized_photos"), check)
    storage = place.instance.event_log_storage
    return storage.get_latest_asset_check_execution_by_key([key])[key].status.value


def checked(place: Place, tags: dict[str, str], names: set[str]) -> dg.ExecuteInProcessResult:
    """Execute checks alone, as the button in the UI does."""
    keys = {check.spec().key for check in CHECKS if check.name in names}
    job = defs().resolve_implicit_global_asset_job_def()
    return job.get_subset(asset_check_selection=keys, asset_selection=set()).execute_in_process(
        tags=tags, instance=place.instance
    )


PARTLY = ("FAILED", "SUCCEEDED")
MIXED = {"a/one": "SUCCEEDED", "a/two": "FAILED", "b/three": "SUCCEEDED"}


def test_a_run_of_one_folder_leaves_that_folders_checks(place: Place) -> None:
    filled(place)
    for key in ("a/one", "a/two"):
        job = defs().resolve_job_def("mirror_folder")
        assert job.execute_in_process(partition_key=key, instance=place.instance).success
    assert shown(place, "in_sync") == {"a/one": "SUCCEEDED", "a/two": "SUCCEEDED"}
    assert shown(place, "no_refusals") == {"a/one": "SUCCEEDED", "a/two": "FAILED"}


def test_a_run_of_a_range_leaves_the_checks_of_each_folder(place: Place) -> None:
    filled(place)
    tags = {f"{RANGE}start": "a/one", f"{RANGE}end": "b/three"}
    job = defs().resolve_job_def("mirror_folder")
    assert job.execute_in_process(tags=tags, instance=place.instance).success
    assert shown(place, "no_refusals") == MIXED
    assert set(shown(place, "within_budget").values()) == {"SUCCEEDED"}


def test_a_run_of_the_whole_container_leaves_the_checks_of_each_folder(place: Place) -> None:
    filled(place)
    assert place.carry_out(dg.RunRequest(job_name="mirror_folders")).success
    assert shown(place, "no_refusals") == MIXED


def test_checks_alone_recount_only_the_requested_folders(place: Place) -> None:
    filled(place)
    place.carry_out(dg.RunRequest(job_name="mirror_folders"))
    place.put("b/three/late.jpg", photo(7))
    tags = {f"{RANGE}start": "a/one", f"{RANGE}end": "b/three"}
    assert checked(place, tags, {"in_sync"}).success
    assert shown(place, "in_sync") == {
        "a/one": "SUCCEEDED",
        "a/two": "SUCCEEDED",
        "b/three": "FAILED",
    }
    assert shown(place, "no_refusals") == MIXED
    (one,) = checked(
        place, {"dagster/partition": "b/three"}, {"in_sync"}
    ).get_asset_check_evaluations()
    assert (one.passed, one.metadata["due"].value) == (False, 1)
    assert "run the folder" in str(one.metadata["what_next"].value)


def test_checks_that_name_no_folder_are_of_the_whole_container(place: Place) -> None:
    filled(place)
    place.carry_out(dg.RunRequest(job_name="mirror_folders"))
    place.put("b/three/late.jpg", photo(7))
    assert checked(place, {}, {"in_sync", "within_budget"}).success
    whole = {
        one.check_name: one.passed
        for one in place.evaluations()
        if one.partition is None and one.check_name != LAST_FULL_RUN.name
    }
    assert (whole["in_sync"], whole["within_budget"]) == (False, True)
    assert shown(place, "in_sync")["b/three"] == "FAILED"


def test_the_page_of_the_asset_shows_a_folder_that_fails_a_check(place: Place) -> None:
    filled(place)  # the last folder passes every check
    assert place.carry_out(dg.RunRequest(job_name="mirror_folders")).success
    assert (on_the_page(place, "no_refusals"), on_the_page(place, "in_sync")) == PARTLY
    assert checked(place, {}, {check.name for check in CHECKS}).success
    assert (on_the_page(place, "no_refusals"), on_the_page(place, "in_sync")) == PARTLY
    tags = {f"{RANGE}start": "a/one", f"{RANGE}end": "b/three"}
    assert place.job("mirror_folder").execute_in_process(tags=tags, instance=place.instance).success
    assert (on_the_page(place, "no_refusals"), on_the_page(place, "in_sync")) == PARTLY


def test_checks_alone_sort_a_store_that_lists_in_an_order_of_its_own(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an account with a hierarchical namespace does, which the emulator does not have."""
    listed = LocalSource.list

    def by_segments(store: LocalSource, *bounds: str, **more: str) -> Iterator[BlobInfo]:
        return iter(sorted(listed(store, *bounds, **more), key=lambda row: row.name.split("/")))

    for name in ("a/1.jpg", "a!/2.jpg", "b/3.jpg"):
        place.put(name, photo(len(name), 32))
    assert place.carry_out(dg.RunRequest(job_name="mirror_folders")).success
    monkeypatch.setattr(LocalSource, "list", by_segments)
    assert checked(place, {}, {check.name for check in CHECKS}).success
    assert on_the_page(place, "in_sync") == "SUCCEEDED"
