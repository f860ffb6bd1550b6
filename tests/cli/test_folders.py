"""A folder that is in neither container stops every verb before anything is written."""

from pathlib import Path

import pytest
import yaml

from orchestration.defs.partitions import registered
from tests.cli.conftest import Places
from tests.cli.conftest import places as places  # noqa: PLC0414 -- a fixture
from tests.defs.conftest import place as place  # noqa: PLC0414 -- a fixture
from tests.defs.dagster_fixture import Place
from tests.noise_photos import photo

VERBS = (["run"], ["plan"], ["verify"], ["adopt"], ["adopt", "--restore", "--yes"])


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
@pytest.mark.parametrize("places", ["folders", "azurite"], indirect=True)
def test_a_verb_ends_with_2_and_the_nearest_names_and_writes_nothing(
    places: Places, verb: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    places.put("2024/site-a/1.jpg", photo(1))
    before = places.state()
    ran = places.invoke(*verb, "2024/site-b")
    assert ran.exit_code == 2, ran.output
    assert ran.stderr.startswith("Error: no folder '2024/site-b': ")
    assert ran.stderr.rstrip().endswith("did you mean 2024/site-a?")
    assert ran.stderr.count("\n") == 1
    assert places.state() == before
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("verb", [["plan"], ["verify"], ["adopt"]], ids=" ".join)
@pytest.mark.parametrize("places", ["folders"], indirect=True)
def test_a_slash_at_the_end_is_accepted(places: Places, verb: list[str]) -> None:
    places.put("2024/site-a/1.jpg", photo(1))
    places.mirror()
    assert places.invoke(*verb, "2024/site-a/").exit_code == 0


@pytest.mark.parametrize("key", ["2024/site-b", "2024%2Fsite-a", "2024/site%2Da", "2024/site-a/"])
def test_the_job_of_a_partition_registers_and_materializes_nothing(place: Place, key: str) -> None:
    place.put("2024/site-a/1.jpg", photo(1))
    job = place.job("mirror_folder")
    ran = job.execute_in_process(
        instance=place.instance, tags={"dagster/partition": key}, raise_on_error=False
    )
    assert not ran.success
    assert not ran.asset_materializations_for_node("resized_photos")
    assert registered(place.instance) == frozenset()
    assert not (place.folder / "resized").exists()


@pytest.mark.parametrize("keys", [["2024/site-b"], ["2024/site-a/", "2025"], ["2024%2Fsite-a"]])
def test_the_job_of_a_list_writes_nothing_either(place: Place, keys: list[str]) -> None:
    place.put("2024/site-a/1.jpg", photo(1))
    config = yaml.safe_load(f"ops: {{mirror_folders_op: {{config: {{folders: {keys}}}}}}}")
    ran = place.job("mirror_folders").execute_in_process(
        instance=place.instance, run_config=config, raise_on_error=False
    )
    assert not ran.success
    assert "no folder" in str(ran.all_events)
    assert registered(place.instance) == frozenset()
    assert not (place.folder / "resized").exists()


def test_the_job_of_a_list_accepts_a_slash_at_the_end(place: Place) -> None:
    place.put("2024/site-a/1.jpg", photo(1))
    config = {"ops": {"mirror_folders_op": {"config": {"folders": ["2024/site-a/"]}}}}
    ran = place.job("mirror_folders").execute_in_process(
        instance=place.instance, run_config=config, raise_on_error=False
    )
    assert ran.success
    assert registered(place.instance) == frozenset({"2024/site-a"})
