"""Which folders the runs of this Dagster instance work on, and how those runs ended."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from orchestration.defs.full_run import WHOLE_JOBS
from orchestration.defs.partitions import keys_between

ACTIVE = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
_ENDED = [
    dg.DagsterRunStatus.SUCCESS,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
]
_RANGE = "dagster/asset_partition_range_"
# How many ended runs are read at once.
_PAGE = 500
# How far the clock of a queue may differ from that of a run.
_SKEW_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class EndedRun:
    """A run that ended at a time in seconds. `keys` are its folders; None stands for all."""

    moment: float
    is_success: bool
    keys: list[str] | None


class BusyFolders:
    """The folders of runs that are queued, started or were so a moment ago."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._everything = False

    def add(self, keys: list[str] | None) -> None:
        """Add these folders; None stands for all."""
        if keys is None:
            self._everything = True
        else:
            self._keys.update(keys)

    def add_active(self, instance: dg.DagsterInstance) -> int:
        """Add the folders of queued and started runs; return how many, without backfills'."""
        active = 0
        for run in instance.get_runs(dg.RunsFilter(statuses=ACTIVE)):
            keys = keys_of(instance, run)
            self.add(keys)
            active += keys != [] and "dagster/backfill" not in run.tags
        return active

    def holds(self, key: str) -> bool:
        """Whether this folder was added."""
        return self._everything or key in self._keys


class RunsDuringTick:
    """The runs from before a tick's listing until after it.

    A run may change a folder while the tick lists it: then the tick's counts prove nothing.
    """

    def __init__(self, instance: dg.DagsterInstance, since: float) -> None:
        self._instance = instance
        # Only times of Dagster's storage are compared: this machine's clock may differ.
        self._between = [*ended_since(instance, since)] if since else []
        self._until = self._between[-1].moment if self._between else since or _latest(instance)
        self._meanwhile: list[EndedRun] = []
        self.busy = BusyFolders()
        self.busy.add_active(instance)
        self.active = 0

    def close(self) -> None:
        """Read the active runs again, and then those that ended since the tick began."""
        self.active = self.busy.add_active(self._instance)
        self._meanwhile = [*ended_since(self._instance, self._until)]
        for ended in self._meanwhile:
            self.busy.add(ended.keys)

    @property
    def ended(self) -> list[EndedRun]:
        """The runs that ended since the previous tick."""
        return self._between + self._meanwhile

    @property
    def until(self) -> float:
        """The time up to which ended runs were read."""
        return self._meanwhile[-1].moment if self._meanwhile else self._until

    def touched_meanwhile(self, begun: Iterable[str], before: frozenset[str]) -> frozenset[str]:
        """Return the unfinished folders of a tick that a run worked on since.

        `before` are the same folders of the previous tick.
        """
        between = BusyFolders()
        for ended in self._between:
            between.add(ended.keys)
        return frozenset(
            key for key in begun if key in before or self.busy.holds(key) or between.holds(key)
        )


class RunStartTimes:
    """When the latest run of each folder started. A run sees every change made before that."""

    def __init__(self, instance: dg.DagsterInstance, since: float) -> None:
        self._latest: dict[str | None, float] = {}
        self._busy = BusyFolders()
        self.active = 0
        for record in instance.get_run_records(dg.RunsFilter(statuses=ACTIVE)):
            keys = keys_of(instance, record.dagster_run)
            self.active += keys != [] and "dagster/backfill" not in record.dagster_run.tags
            self._add(keys, math.inf if record.start_time is None else record.start_time)
            self._busy.add(keys)
        lately = dg.RunsFilter(
            statuses=_ENDED, updated_after=datetime.fromtimestamp(max(since, 1.0), UTC)
        )
        for record in instance.get_run_records(lately, limit=_PAGE, order_by="update_timestamp"):
            if record.start_time is not None:
                self._add(keys_of(instance, record.dagster_run), record.start_time)

    def covers(self, key: str, moment: float) -> bool:
        """Whether a run of this folder started after a time, or is queued."""
        began = max(self._latest.get(key, 0.0), self._latest.get(None, 0.0))
        return began > moment + _SKEW_SECONDS

    def is_busy(self, key: str) -> bool:
        """Whether a run of this folder is queued or started."""
        return self._busy.holds(key)

    def _add(self, keys: list[str] | None, moment: float) -> None:
        for key in [None] if keys is None else keys:
            self._latest[key] = max(self._latest.get(key, 0.0), moment)


def ended_since(instance: dg.DagsterInstance, moment: float) -> Iterator[EndedRun]:
    """Yield, by time, each run that ended after a time and worked on any folder."""
    while True:
        after = datetime.fromtimestamp(moment, UTC)
        records = instance.get_run_records(
            dg.RunsFilter(statuses=_ENDED, updated_after=after),
            limit=_PAGE,
            order_by="update_timestamp",
            ascending=True,
        )
        for record in records:
            run = record.dagster_run
            moment = record.update_timestamp.timestamp()
            keys = keys_of(instance, run)
            if keys != []:
                yield EndedRun(moment, run.is_success, keys)
        if len(records) < _PAGE:
            return


def _latest(instance: dg.DagsterInstance) -> float:
    """Return when the latest run ended, or a time before all runs."""
    filters = dg.RunsFilter(statuses=_ENDED)
    records = instance.get_run_records(filters, limit=1, order_by="update_timestamp")
    return records[0].update_timestamp.timestamp() if records else 1.0


def keys_of(instance: dg.DagsterInstance, run: dg.DagsterRun) -> list[str] | None:
    """Return the folders a run works on: [] for none, None for all."""
    if run.job_name in WHOLE_JOBS:
        ops: Any = run.run_config.get("ops", {})
        config = ops.get("mirror_folders_op", {}).get("config", {})
        folders: list[str] = config.get("folders", [])
        return folders or None
    if key := run.tags.get("dagster/partition"):
        return [key]
    first, last = run.tags.get(f"{_RANGE}start"), run.tags.get(f"{_RANGE}end")
    return keys_between(instance, first, last) if first and last else []
