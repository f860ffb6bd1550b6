"""Partitions: keys as Dagster holds them, those that go, ranges of them, and what is stale."""

import dagster as dg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.definitions import defs
from orchestration.defs.partitions import FOLDERS, keys_between, register, registered
from orchestration.mirror.partition_keys import folder_at, folder_of
from tests.defs.dagster_fixture import Place
from tests.noise_photos import photo

RESIZED = dg.AssetKey("resized_photos")
SEGMENTS = st.text(st.characters(exclude_characters="/"), max_size=12) | st.sampled_from(
    ["(root)", "(empty)", "...", "%2F", "a...b", "\x00", "\U0001f4f7", "a,b", "a|b", "'\"", " "]
)
NAMES = st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join).filter(bool)


@given(names=st.lists(NAMES, min_size=1, max_size=9))
@settings(max_examples=40, deadline=None)
def test_every_legal_name_makes_a_partition_that_leads_back_to_its_folder(
    names: list[str],
) -> None:
    folders = {folder_of(name).key: folder_of(name) for name in names}
    with dg.DagsterInstance.ephemeral() as instance:
        register(instance, folders)
        keys = FOLDERS.get_partition_keys(dynamic_partitions_store=instance)
        assert set(keys) == folders.keys()
    assert {key: folder_at(key) for key in keys} == folders
    assert all(folder_at(folder_of(name).key).holds(name) for name in names)


def test_keys_are_registered_in_chunks_whether_known_or_not() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        register(instance, ["b", "a", "b"])
        register(instance, (f"{n:05}" for n in range(1_200)))
        register(instance, ["a", *(f"{n:05}" for n in range(1_300))])
        assert len(registered(instance)) == 1_302
        assert keys_between(instance, "00000", "00002") == ["00000", "00001", "00002"]


def test_a_full_run_removes_keys_of_folders_that_no_longer_exist(place: Place) -> None:
    for key in ("a/b", "a/c", "d/e"):
        place.put(f"{key}/1.jpg", photo(1, 32))
    register(place.instance, ["never/was"])
    assert place.carry_out(dg.RunRequest(job_name="mirror_folders")).success
    assert registered(place.instance) == {"a/b", "a/c", "d/e"}
    (place.folder / "raw/a/c/1.jpg").unlink()
    assert place.carry_out(dg.RunRequest(job_name="mirror_folders")).success
    assert "a/c" in registered(place.instance)  # its rendition is an orphan there
    (place.folder / "resized/a/c/1.jpg").unlink()
    some = {"ops": {"mirror_folders_op": {"config": {"folders": ["d/e"]}}}}
    assert place.carry_out(dg.RunRequest(job_name="mirror_folders", run_config=some)).success
    assert "a/c" in registered(place.instance)  # its photos were not listed
    assert place.carry_out(dg.RunRequest(job_name="mirror_folders")).success
    assert registered(place.instance) == {"a/b", "d/e"}


def test_no_key_is_dropped_when_both_containers_are_empty(place: Place) -> None:
    register(place.instance, ["a/b"])
    assert place.carry_out(dg.RunRequest(job_name="mirror_folders")).success
    assert registered(place.instance) == {"a/b"}


def test_a_backfill_of_thousands_of_folders_is_tens_of_runs() -> None:
    asset = defs().resolve_asset_graph().get(RESIZED)
    assert asset.backfill_policy is not None
    assert asset.backfill_policy.max_partitions_per_run == 100


def ranged(place: Place, first: str, last: str, **config: bool) -> dg.ExecuteInProcessResult:
    """Run a range of folders in one run, as a backfill does."""
    return (
        defs()
        .resolve_job_def("mirror_folder")
        .execute_in_process(
            run_config={"ops": {"resized_photos": {"config": config}}},
            instance=place.instance,
            tags={
                "dagster/asset_partition_range_start": first,
                "dagster/asset_partition_range_end": last,
            },
            raise_on_error=False,
        )
    )


def test_one_run_of_a_backfill_makes_and_reports_each_folder_of_its_range(place: Place) -> None:
    keys = [f"a/{n}" for n in range(4)]
    for n, key in enumerate(keys):
        place.put(f"{key}/1.jpg", photo(n))
    register(place.instance, keys)
    assert ranged(place, "a/0", "a/2").success
    assert place.instance.get_materialized_partitions(RESIZED) == {"a/0", "a/1", "a/2"}
    assert [place.metadata("resized_photos", key)["photos"] for key in keys[:3]] == [1, 1, 1]
    assert all(place.checks("a/1").values())
    assert not (place.folder / "resized/a/3").exists()


def test_a_backfill_that_fails_for_one_folder_materializes_others(place: Place) -> None:
    for n in range(3):
        place.put(f"a/{n}/1.jpg", photo(n, 32) if n != 1 else photo(n)[:2_000])
    register(place.instance, [f"a/{n}" for n in range(3)])
    assert not ranged(place, "a/0", "a/2", fail_on_refusals=True).success
    assert place.instance.get_materialized_partitions(RESIZED) >= {"a/0", "a/2"}
    assert place.metadata("resized_photos", "a/2")["passed_through"] == 1


def test_one_action_regenerates_stale_renditions(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.put("a/b/1.jpg", photo(1))
    assert place.carry_out(dg.RunRequest(job_name="mirror_folders")).success
    monkeypatch.setenv("PHOTO_MIRROR_ORIENTATION", "upright")
    assert place.carry_out(dg.RunRequest(job_name="mirror_folders")).success
    assert place.metadata("photo_counts")["stale"] == 1
    assert place.carry_out(dg.RunRequest(job_name="rebuild_stale")).success
    assert place.metadata("photo_counts")["stale"] == 0
    assert place.metadata("resized_photos", "a/b")["rendered"] == 1
