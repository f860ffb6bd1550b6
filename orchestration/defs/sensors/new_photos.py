"""The sensor `new_photos`: compares the containers and requests runs of folders with work."""

import time
from collections.abc import Callable
from dataclasses import replace

import dagster as dg

from orchestration.blobs.errors import StoreUnavailableError
from orchestration.defs.jobs import mirror_folder, mirror_folders
from orchestration.defs.partitions import register
from orchestration.defs.resources import ContainersResource, RecipeResource
from orchestration.defs.sensors.backoff import (
    A_DAY,
    after_failures,
    after_success,
    is_backing_off,
    mark_of,
    without_backoff,
)
from orchestration.defs.sensors.cursor import Cursor, read_cursor
from orchestration.defs.sensors.run_groups import grouped
from orchestration.defs.sensors.run_history import RunsDuringTick
from orchestration.defs.sensors.sweep import SweepTick, sweep_tick
from orchestration.escaping import in_a_line
from orchestration.mirror.errors import OutOfOrderError, RunStoppedError, TooManyFoldersError
from orchestration.mirror.mirror import Mirror
from orchestration.setting_values import SettingError

TICK_SECONDS = 20.0
SECONDS_BETWEEN_TICKS = 30
# Dagster ends a tick after a minute: a store that does not respond must not use all of it.
REQUEST_SECONDS = 10.0
# After a sweep of this many ticks the sensor pauses: the schedule is cheaper.
MOST_TICKS = 20
# How many runs may be queued or started at a time; later sweeps find what is left.
MOST_RUNS = 10
# Before the runs of a backfill in the queue.
_FIRST = {"dagster/priority": "1"}

_TOO_LONG = (
    "The containers are too large for this sensor: comparing them takes more than {} ticks. Switch "
    "on the schedule nightly, which compares them in a run, and the sensor photo_events, which "
    "reports changes at once. This sensor tries again in a day."
)
_UNORDERED = (
    "A container is not listed in the order of names (hierarchical namespace): {}. "
    "Switch on the schedule nightly, which sorts the listing first. This sensor tries again in a "
    "day."
)


def new_photos_sensor(clock: Callable[[], float]) -> dg.SensorDefinition:
    """Return the sensor that compares the containers; `clock` returns the time in seconds."""

    @dg.sensor(
        name="new_photos",
        jobs=[mirror_folder, mirror_folders],
        minimum_interval_seconds=SECONDS_BETWEEN_TICKS,
        description="Compares both containers step by step, and requests runs for folders with "
        "pending work.",
    )
    def new_photos(
        context: dg.SensorEvaluationContext,
        containers: ContainersResource,
        recipe: RecipeResource,
    ) -> dg.SensorResult:
        """Continue the comparison where the previous tick stopped."""
        try:
            mirror = containers.mirror_read_only(recipe, REQUEST_SECONDS)
        except (RunStoppedError, SettingError, StoreUnavailableError) as error:
            raise dg.Failure(in_a_line(str(error))) from error
        before = read_cursor(context.cursor, containers.about(recipe), mirror.depth)
        return run_tick(context.instance, mirror, before, clock)

    return new_photos


new_photos = new_photos_sensor(time.time)


def run_tick(
    instance: dg.DagsterInstance, mirror: Mirror, before: Cursor, clock: Callable[[], float]
) -> dg.SensorResult:
    """Compare names for one tick from a cursor on, and request the runs that are needed.

    Raises dg.Failure when a store cannot be used: Dagster then keeps the previous cursor.
    """
    now = clock()
    if now < before.paused_until:
        return _nothing(before, before.pause_reason)
    before = replace(before, pause_reason="")
    runs = RunsDuringTick(instance, before.runs_until)
    try:
        tick = sweep_tick(mirror, before, clock, TICK_SECONDS)
    except OutOfOrderError as error:
        after = _paused(before, now, _UNORDERED.format(error))
        return _nothing(after, after.pause_reason)
    except TooManyFoldersError as error:
        after = _paused(before, now, str(error))
        return _nothing(after, after.pause_reason)
    except StoreUnavailableError as error:
        raise dg.Failure(in_a_line(str(error))) from error
    runs.close()
    now = clock()
    after = _accounted(tick, runs, now)
    groups = _groups(tick, runs, after, now)
    if after.ticks >= MOST_TICKS:
        after = _paused(after, now, _TOO_LONG.format(MOST_TICKS))
    # Not through the result: Dagster would fail the tick if a run registers a key meanwhile.
    register(instance, (key for group in groups for key in group))
    if groups:
        return dg.SensorResult([*map(request, groups)], cursor=after.to_text())
    return _nothing(after, after.pause_reason or _in_words(tick))


def request(keys: list[str]) -> dg.RunRequest:
    """Return the request for a run of these folders: a partition for one, a list for more."""
    if len(keys) == 1:
        return dg.RunRequest(job_name=mirror_folder.name, partition_key=keys[0], tags=_FIRST)
    config = {"ops": {"mirror_folders_op": {"config": {"folders": keys}}}}
    return dg.RunRequest(job_name=mirror_folders.name, run_config=config, tags=_FIRST)


def _accounted(tick: SweepTick, runs: RunsDuringTick, now: float) -> Cursor:
    """Return the cursor, updated by the runs that ended since the previous tick."""
    after = tick.after
    interval = max(after.sweep_seconds, SECONDS_BETWEEN_TICKS)
    backoffs, failed = after.backoffs, set[str]()
    for ended in runs.ended:
        if ended.is_success:
            backoffs = after_success(backoffs, ended.keys)
            failed = set() if ended.keys is None else failed.difference(ended.keys)
        else:
            failed.update(ended.keys or ())
    backoffs = after_failures(backoffs, failed, now, interval)
    backoffs = without_backoff(backoffs, (one.folder.key for one in tick.idle))
    touched_meanwhile = runs.touched_meanwhile(after.begun, after.touched_meanwhile)
    return replace(
        after, backoffs=backoffs, runs_until=runs.until, touched_meanwhile=touched_meanwhile
    )


def _groups(tick: SweepTick, runs: RunsDuringTick, after: Cursor, now: float) -> list[list[str]]:
    """Group the folders that need a run, are in none, and are not backing off."""
    touched_meanwhile = runs.touched_meanwhile(tick.before.begun, tick.before.touched_meanwhile)
    waiting = [
        one
        for one in tick.needing_run
        if not runs.busy.holds(one.folder.key)
        and one.folder.key not in touched_meanwhile
        and not is_backing_off(after.backoffs, one.folder.key, now)
    ]
    # Folders that failed get separate runs, so that the runs of others do not fail.
    failed = [one for one in waiting if mark_of(one.folder.key) in after.backoffs]
    fresh = [one for one in waiting if mark_of(one.folder.key) not in after.backoffs]
    return [*grouped(fresh), *grouped(failed)][: max(0, MOST_RUNS - runs.active)]


def _paused(cursor: Cursor, now: float, reason: str) -> Cursor:
    """Return the cursor of a sensor that compares nothing for a day."""
    return replace(
        cursor,
        after="",
        begun={},
        touched_meanwhile=frozenset(),
        ticks=0,
        paused_until=now + A_DAY,
        pause_reason=reason,
    )


def _nothing(cursor: Cursor, reason: str) -> dg.SensorResult:
    return dg.SensorResult(skip_reason=in_a_line(reason), cursor=cursor.to_text())


def _in_words(tick: SweepTick) -> str:
    folders = "1 folder" if tick.checked == 1 else f"{tick.checked:,} folders"
    waiting = len(tick.needing_run)
    if not waiting:
        return f"Checked {folders}; nothing to do"
    verb = "is" if waiting == 1 else "are"
    return f"Checked {folders}; {waiting:,} {verb} waiting for a running or failed run"
