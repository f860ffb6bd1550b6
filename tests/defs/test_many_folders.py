"""What a run over many folders in sync writes to Dagster: their partitions, and few events."""

import dagster as dg
import pytest

from orchestration.defs.jobs import MOST_REPORTED_IN_SYNC
from orchestration.defs.partitions import registered
from tests.defs.dagster_fixture import Place
from tests.noise_photos import photo

WHOLE = dg.RunRequest(job_name="mirror_folders")
OF_A_FOLDER = {
    dg.DagsterEventType.ASSET_MATERIALIZATION,
    dg.DagsterEventType.ASSET_OBSERVATION,
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
}


def events_of_folders(instance: dg.DagsterInstance) -> list[str]:
    """The partitions that the newest run logged events about."""
    (run,) = instance.get_runs(limit=1)
    events = [entry.dagster_event for entry in instance.all_logs(run.run_id)]
    return [e.partition for e in events if e and e.event_type in OF_A_FOLDER and e.partition]


@pytest.mark.parametrize("more", [0, 1])
def test_a_home_that_knows_no_folder_learns_all_in_one_run(place: Place, more: int) -> None:
    keys = {f"site/{number:03}" for number in range(MOST_REPORTED_IN_SYNC + more)}
    for key in keys:
        place.put(f"{key}/1.jpg", photo(1, 32))
    assert place.carry_out(WHOLE).success
    assert set(events_of_folders(place.instance)) == keys
    with dg.instance_for_test() as fresh:
        again = Place(place.folder, fresh)
        assert again.carry_out(WHOLE).success
        assert registered(fresh) == keys
        # Few folders get their events; of many, the partitions alone are worth their room.
        assert set(events_of_folders(fresh)) == (set() if more else keys)
        assert again.carry_out(WHOLE).success
        assert events_of_folders(fresh) == []
