"""Notices what changed in the containers, and asks for runs of just the folders that need one."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import dagster as dg

from orchestration.blobs.errors import StoreUnavailableError
from orchestration.defs.cursor import Cursor, read_cursor
from orchestration.defs.jobs import mirror_folder, mirror_folders
from orchestration.defs.partitions import register
from orchestration.defs.resources import ContainersResource, RecipeResource
from orchestration.defs.runs import Held, ended_since
from orchestration.defs.sweeping import swept
from orchestration.mirror.errors import RunStoppedError
from orchestration.mirror.grouping import grouped
from orchestration.mirror.ledger import read_counts
from orchestration.mirror.patience import after_failure, has_patience_left
from orchestration.mirror.sweep import needs_run
from orchestration.settings import SettingError

TICK_SECONDS = 20.0
SECONDS_BETWEEN_TICKS = 30


@dg.sensor(
    jobs=[mirror_folder, mirror_folders],
    minimum_interval_seconds=SECONDS_BETWEEN_TICKS,
    description="Compares the containers, a stretch a tick, and asks for the runs that are needed.",
)
def new_photos(
    context: dg.SensorEvaluationContext, containers: ContainersResource, recipe: RecipeResource
) -> dg.SensorResult:
    """Sweep on from where the last tick stopped."""
    instance, busy_before = context.instance, Held(context.instance)
    try:
        mirror = containers.mirror(recipe)
        before = read_cursor(context.cursor, mirror.depth)
        seen, after = swept(mirror, before, time.time, TICK_SECONDS)
        remembered = {taken.key: taken.counts for taken in read_counts(mirror.ledger)}
    except (RunStoppedError, SettingError, StoreUnavailableError) as error:
        raise dg.Failure(str(error)) from error
    after = replace(after, **_accounted(instance, after))
    busy_after, now = Held(instance), time.time()
    groups = grouped(
        one
        for one in seen
        if needs_run(one.counts, remembered.get(one.folder.key), mirror.policy)
        and not busy_before.holds(one.folder.key)
        and not busy_after.holds(one.folder.key)
        and not has_patience_left(after.setbacks, one.folder.key, now)
    )
    # Not by way of the result: Dagster would fail the tick if a run registers a key meanwhile.
    register(instance, (key for group in groups for key in group))
    return dg.SensorResult(
        run_requests=[*map(_request, groups)],
        skip_reason=None if groups else f"{len(seen)} folders looked over, nothing to do",
        cursor=after.to_text(),
    )


def _request(keys: list[str]) -> dg.RunRequest:
    if len(keys) == 1:
        return dg.RunRequest(job_name=mirror_folder.name, partition_key=keys[0])
    config = {"ops": {"mirror_folders_op": {"config": {"folders": keys}}}}
    return dg.RunRequest(job_name=mirror_folders.name, run_config=config)


def _accounted(instance: dg.DagsterInstance, cursor: Cursor) -> Mapping[str, Any]:
    """Take the runs that ended since the last tick into account."""
    if not cursor.runs_until:
        return {"runs_until": time.time()}
    setbacks, until = dict(cursor.setbacks), cursor.runs_until
    interval = max(cursor.sweep_seconds, SECONDS_BETWEEN_TICKS)
    for ended, is_success, keys in ended_since(instance, until):
        until = ended
        for key in [*setbacks] if keys is None else keys:
            if is_success:
                setbacks.pop(key, None)
            elif keys is not None:
                setbacks[key] = after_failure(setbacks.get(key), ended, interval)
    return {"setbacks": setbacks, "runs_until": until}
