"""Which folders the runs of this instance are about, and how those runs ended."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from orchestration.defs.partitions import keys_between

_ACTIVE = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]
_RANGE = "dagster/asset_partition_range_"


class Held:
    """The folders that runs hold, or are about to."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self._keys: set[str] = set()
        self._everything = False
        for run in instance.get_runs(dg.RunsFilter(statuses=_ACTIVE)):
            keys = _keys(instance, run)
            if keys is None:
                self._everything = True
            else:
                self._keys.update(keys)

    def holds(self, key: str) -> bool:
        """Whether some run is on this folder, or will be."""
        return self._everything or key in self._keys


def ended_since(
    instance: dg.DagsterInstance, moment: float
) -> Iterator[tuple[float, bool, list[str] | None]]:
    """Yield, in order, each run that ended after a moment: when, whether well, and its folders.

    None stands for all folders.
    """
    filters = dg.RunsFilter(statuses=_ENDED, updated_after=datetime.fromtimestamp(moment, UTC))
    records = instance.get_run_records(filters, order_by="update_timestamp", ascending=True)
    for record in records:
        run = record.dagster_run
        keys = _keys(instance, run)
        if keys != []:
            yield record.update_timestamp.timestamp(), run.is_success, keys


def _keys(instance: dg.DagsterInstance, run: dg.DagsterRun) -> list[str] | None:
    """The folders a run is about; [] when it is about none, None when about all."""
    if run.job_name == "mirror_folders":
        ops: Any = run.run_config.get("ops", {})
        config = ops.get("mirror_folders_op", {}).get("config", {})
        folders: list[str] | None = config.get("folders")
        return folders
    if key := run.tags.get("dagster/partition"):
        return [key]
    first, last = run.tags.get(f"{_RANGE}start"), run.tags.get(f"{_RANGE}end")
    return keys_between(instance, first, last) if first and last else []
