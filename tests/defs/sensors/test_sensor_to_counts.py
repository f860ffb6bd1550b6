"""From the sensor to materializations to counts, as the daemon walks it."""

import dagster as dg
import pytest

from orchestration.blobs.address import Address
from orchestration.blobs.base import Properties
from orchestration.blobs.open import open_store
from orchestration.definitions import defs
from orchestration.defs.checks import CHECKS
from tests.defs.dagster_fixture import Place
from tests.mirror.fake_mirror import row
from tests.noise_photos import photo


def test_new_photos_are_requested_once_and_mirrored(place: Place) -> None:
    place.put("2024/site-a/one.jpg", photo(1))
    place.put("2024/site-a/two.jpg", photo(2, 32))
    place.put("top.jpg", photo(3))
    first = place.tick()
    assert {(one.job_name, one.partition_key) for one in first.run_requests or ()} == {
        ("mirror_folder", "2024/site-a"),
        ("mirror_folder", "(root)"),
    }
    for request in first.run_requests or ():
        assert place.carry_out(request).success
    shown = place.metadata("resized_photos", "2024/site-a")
    assert (shown["photos"], shown["rendered"], shown["passed_through"]) == (2, 1, 1)
    assert shown["bytes_after"] < shown["bytes_before"]
    assert place.metadata("raw_photos", "2024/site-a")["photos"] == 2
    summary = place.metadata("photo_counts")
    assert (summary["photos"], summary["in_sync"], summary["total_files_in_container"]) == (3, 3, 3)
    assert all(place.checks("2024/site-a").values())
    assert not place.tick().run_requests
    assert not place.tick().run_requests


@pytest.mark.parametrize("job", ["mirror_folder", "mirror_folders"])
def test_a_run_with_nothing_to_do_still_shows_the_last_results(place: Place, job: str) -> None:
    place.put("a/b/one.jpg", photo(1))
    (request,) = place.tick().run_requests or ()
    assert place.carry_out(request).success
    first = place.metadata("resized_photos", "a/b")
    assert {"pictures", "sizes", "largest", "settings"} <= first.keys()
    if job == "mirror_folders":
        request = dg.RunRequest(job_name=job)
    for _ in range(2):
        assert place.carry_out(request).success
    again = place.metadata("resized_photos", "a/b")
    again.pop("last_worked_on", None)
    assert again == first
    place.put("a/b/two.jpg", photo(2))
    assert place.carry_out(request).success
    later = place.metadata("resized_photos", "a/b")
    assert (later["photos"], later["rendered"]) == (2, 1)
    assert later["pictures"] == first["pictures"]  # once a day


def test_pictures_that_are_switched_off_do_not_come_back(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.put("a/b/one.jpg", photo(1))
    (request,) = place.tick().run_requests or ()
    assert place.carry_out(request).success
    monkeypatch.setenv("PHOTO_MIRROR_PICTURES", "0")
    assert place.carry_out(request).success
    assert not {"pictures", "larger_pictures"} & place.metadata("resized_photos", "a/b").keys()


def test_a_change_and_a_deletion_are_detected(place: Place) -> None:
    for name in ("a/b/one.jpg", "a/b/two.jpg", "c/d/three.jpg"):
        place.put(name, photo(len(name)))
    for request in place.tick().run_requests or ():
        place.carry_out(request)
    place.put("a/b/one.jpg", photo(99))
    (request,) = place.tick().run_requests or ()
    assert request.partition_key == "a/b"
    place.carry_out(request)
    (place.folder / "raw/c/d/three.jpg").unlink()
    (request,) = place.tick().run_requests or ()
    assert request.partition_key == "c/d"
    place.carry_out(request)
    assert place.checks("c/d")["no_orphans"] is False
    assert not place.tick().run_requests


def test_many_folders_are_put_into_one_run(place: Place) -> None:
    keys = [f"site/{n}" for n in range(6)]
    for key in keys:
        place.put(f"{key}/one.jpg", photo(1, 32))
    (request,) = place.tick().run_requests or ()
    assert request.job_name == "mirror_folders"
    assert place.carry_out(request).success
    assert place.instance.get_materialized_partitions(dg.AssetKey("resized_photos")) == set(keys)
    assert all(place.checks("site/3").values())
    assert not place.tick().run_requests


def test_a_broken_photo_is_requested_once_and_fails_no_run(place: Place) -> None:
    place.put("a/b/broken.jpg", photo(1)[:2_000])
    place.put("a/b/sound.jpg", photo(2))
    (request,) = place.tick().run_requests or ()
    assert place.carry_out(request).success
    shown = place.metadata("resized_photos", "a/b")
    assert (shown["refused"], shown["rendered"]) == (1, 1)
    assert "broken.jpg" in str(shown["refused_now"])
    assert place.checks("a/b") == {
        "within_budget": True,
        "in_sync": True,
        "no_refusals": False,
        "no_orphans": True,
        "nothing_foreign": True,
    }
    assert not place.tick().run_requests


def test_a_stamped_blob_over_the_budget_fails_the_check(
    place: Place,
) -> None:
    place.put("a/b/one.jpg", photo(1))
    for request in place.tick().run_requests or ():
        place.carry_out(request)
    resized = open_store(Address(str(place.folder / "resized"), "resized"))
    held = row(resized, "a/b/one.jpg")
    assert held is not None
    resized.write("a/b/planted.jpg", photo(2), Properties(metadata=held.metadata))
    result = (
        defs()
        .resolve_implicit_global_asset_job_def()
        .get_subset(
            asset_check_selection={check.spec().key for check in CHECKS}, asset_selection=set()
        )
        .execute_in_process(partition_key="a/b", instance=place.instance, raise_on_error=False)
    )
    assert not result.success  # it blocks what depends on the renditions
    outcomes = {one.check_name: one.passed for one in result.get_asset_check_evaluations()}
    assert outcomes["within_budget"] is False


def test_a_run_without_a_folder_fails_at_once_with_a_sentence(place: Place) -> None:
    job = defs().resolve_job_def("mirror_folder")
    result = job.execute_in_process(instance=place.instance, raise_on_error=False)
    assert not result.success
    (failure,) = result.filter_events(lambda event: event.is_step_failure)
    assert "this run has no partition" in str(failure.step_failure_data.error_display_string)


def test_settings_that_make_no_sense_fail_the_run_with_the_variable(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOTO_MIRROR_BUDGET", "lots")
    result = place.carry_out(dg.RunRequest(job_name="mirror_folders"))
    (failure,) = result.filter_events(lambda event: event.is_step_failure)
    assert "PHOTO_MIRROR_BUDGET: 'lots' is not a valid budget" in str(
        failure.step_failure_data.error_display_string
    )


def test_places_that_overlap_are_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTO_MIRROR_RESIZED", str(place.folder / "raw" / "small"))
    result = place.carry_out(dg.RunRequest(job_name="mirror_folders"))
    (failure,) = result.filter_events(lambda event: event.is_step_failure)
    assert "overlap" in str(failure.step_failure_data.error_display_string)
    assert not (place.folder / "raw" / "small").exists()


def test_a_folder_whose_runs_fail_is_left_alone_for_longer_and_longer(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.put("a/b/one.jpg", photo(1))
    (request,) = place.tick().run_requests or ()
    monkeypatch.setenv("PHOTO_MIRROR_BUDGET", "no such thing")
    assert not place.carry_out(request).success
    monkeypatch.setenv("PHOTO_MIRROR_BUDGET", "4000")
    assert not place.tick().run_requests
