"""The sensor over 20,000 folders whose listings are computed: what it asks for, and what of."""

from collections.abc import Iterator
from dataclasses import replace

import dagster as dg

from orchestration.blobs.base import BlobInfo
from orchestration.blobs.memory import MemoryContainer, MemoryLedger
from orchestration.defs.sensors.cursor import read_cursor
from orchestration.defs.sensors.new_photos import MOST_RUNS, run_tick
from orchestration.defs.sensors.run_groups import MOST_FOLDERS
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.ledger.folder_counts import StoredCounts, write_counts
from orchestration.mirror.ledger.keys import segment_of
from orchestration.mirror.partition_keys import MOST_KEYS
from tests.defs.sensors.sensor_simulation import Clock, folders_of
from tests.mirror.generated_containers import Generated, in_sync, key_of, mirror_of, remember

FOLDERS, PHOTOS = 20_000, 4
CHANGED, LACKING, GONE = (0, 777, 19_999), (12_345,), (5_000, 5_001)


def test_of_20_000_folders_only_changed_ones_are_requested() -> None:
    idle = in_sync(FOLDERS, PHOTOS)
    remember(idle, FOLDERS, PHOTOS)
    raw = Generated(FOLDERS, PHOTOS, is_raw=True, changed=CHANGED, gone=GONE)
    resized = Generated(FOLDERS, PHOTOS, is_raw=False, lacking=LACKING, gone=GONE)
    mirror = mirror_of(raw, resized, idle.ledger)  # type: ignore[arg-type]
    asked, ticks, cursor = list[str](), 0, ""
    with dg.DagsterInstance.ephemeral() as instance:
        while not ticks or read_cursor(cursor, "large", 2).after:
            result = run_tick(instance, mirror, read_cursor(cursor, "large", 2), Clock(0.001))
            cursor, ticks = str(result.cursor), ticks + 1
            asked += folders_of(result)
            assert len(cursor) < 1_500
    assert sorted(asked) == [key_of(n) for n in sorted((*CHANGED, *LACKING, *GONE))]
    assert ticks == 4  # of 20 seconds, at a millisecond a name
    assert (raw.asked, resized.asked) == (ticks, ticks)
    assert raw.rows < FOLDERS * PHOTOS + ticks * PHOTOS


def test_new_folders_are_requested_a_few_runs_at_a_time() -> None:
    raw = Generated(FOLDERS, 1, is_raw=True)
    mirror = mirror_of(raw, Generated(0, 0, is_raw=False), in_sync(0, 0).ledger)  # type: ignore[arg-type]
    with dg.DagsterInstance.ephemeral() as instance:
        result = run_tick(instance, mirror, read_cursor("", "large", 2), Clock(0.0))
    runs = [one.run_config["ops"]["mirror_folders_op"] for one in result.run_requests or ()]
    assert len(runs) == MOST_RUNS
    assert {len(run["config"]["folders"]) for run in runs} == {MOST_FOLDERS}


class Crowded(MemoryLedger):
    """A ledger that remembers more folders than Dagster takes for partitions."""

    def list(
        self, prefix: str = "", *, start_from: str = "", end_before: str = ""
    ) -> Iterator[BlobInfo]:
        (row,) = super().list(prefix, start_from=start_from, end_before=end_before)
        for number in range(MOST_KEYS + 1):
            key = f"{number}/x"
            name = f"counts/{segment_of(key)}"
            yield replace(row, name=name, metadata={**row.metadata, "key": key})


def test_over_100_000_folders_a_message_says_to_lower_the_depth() -> None:
    ledger = Crowded(MemoryContainer())
    write_counts(ledger, StoredCounts("a/b", "", "", Counts(in_sync=1)))
    nothing = Generated(0, 0, is_raw=True)
    mirror = mirror_of(nothing, nothing, ledger)
    with dg.DagsterInstance.ephemeral() as instance:
        result = run_tick(instance, mirror, read_cursor("", "large", 2), Clock(0.0))
    assert "lower PHOTO_MIRROR_PARTITION_DEPTH" in str(result.skip_reason)
