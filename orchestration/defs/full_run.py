"""Shows a failed run of the jobs over many folders on the assets, as Dagster does for asset jobs.

These jobs consist of ops, because they find their folders while they run: Dagster does not know
which assets they materialize, and shows none as failed. So the run itself plans its assets, and the
check `last_full_run` keeps the result of the latest run over the whole container.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg

# Not exported, though every asset job logs these events; Dagster's version is pinned.
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationPlanned,
)
from dagster._core.events import (
    AssetMaterializationPlannedData,
    DagsterEvent,
    DagsterEventType,
    JobFailureData,
)

from orchestration.defs.checks import RESIZED
from orchestration.escaping import in_a_line

WHOLE_JOBS = frozenset({"mirror_folders", "rebuild_stale"})

LAST_FULL_RUN = dg.AssetCheckKey(RESIZED, "last_full_run")

Context = dg.OpExecutionContext | dg.AssetExecutionContext

# An event takes Dagster 30 ms.
_MOST_PLANNED = 100
_RUNS_AT_ONCE = 500
_ADVICE = "Read the log on the run's page. Finished renditions are kept. Run it again."
_DESCRIPTION = "The latest run over the whole container succeeded."


def plan(context: Context, asset: dg.AssetKey, partitions: Iterable[str | None] = (None,)) -> None:
    """Log that this run will materialize partitions of an asset, or the asset itself (None).

    Dagster shows what a failed run planned, and did not materialize afterwards, as failed.
    """
    step = context.get_step_execution_context().step.key
    for key in [*partitions][:_MOST_PLANNED]:
        planned = AssetMaterializationPlannedData(asset, key)
        event = DagsterEvent.build_asset_materialization_planned_event(
            context.job_name, step, planned
        )
        context.instance.report_dagster_event(event, context.run_id)


def failed_folders(instance: dg.DagsterInstance) -> frozenset[str]:
    """Return the keys of the folders that Dagster shows as failed.

    Dagster's own `get_status_by_partition` takes ten seconds for 100,000 folders.
    """
    storage = instance.event_log_storage
    unfinished = (
        storage.get_latest_asset_partition_materialization_attempts_without_materializations(
            RESIZED
        )
    )
    runs, failed = sorted({run_id for run_id, _ in unfinished.values()}), set[str]()
    for at in range(0, len(runs), _RUNS_AT_ONCE):
        named = dg.RunsFilter(runs[at : at + _RUNS_AT_ONCE], statuses=[dg.DagsterRunStatus.FAILURE])
        failed.update(run.run_id for run in instance.get_runs(named))
    return frozenset(key for key, (run_id, _) in unfinished.items() if run_id in failed)


@contextmanager
def reporting_full_run(context: Context) -> Iterator[None]:
    """Report a run over the whole container as failed if it is left by an exception."""
    if is_full(context.run):
        _plan_check(context)
    try:
        yield
    except GeneratorExit:
        raise
    except BaseException as error:
        if is_full(context.run):
            reason = in_a_line(str(error.__cause__ or error)) or type(error).__name__
            context.log_event(_failed(context.run_id, reason))  # type: ignore[arg-type]  # it takes checks
        raise


def report_success(context: Context) -> None:
    """Report that a run over the whole container succeeded."""
    if is_full(context.run):
        context.log_event(_passed(context.run_id))  # type: ignore[arg-type]  # it takes checks
    else:
        repeat_last_full_run(context)


def repeat_last_full_run(context: Context) -> None:
    """Log the result of the latest run over the whole container again.

    Dagster shows the result of a check only until a later run materializes the asset.
    """
    before = last_full_run(context.instance)
    if before is not None:
        context.log_event(before)  # type: ignore[arg-type]  # it takes checks


def last_full_run(instance: dg.DagsterInstance) -> dg.AssetCheckEvaluation | None:
    """Return the result of the latest run over the whole container; None if there was none."""
    record = instance.get_latest_asset_check_evaluation_record(LAST_FULL_RUN)
    if record is None:
        return None
    if isinstance(record.evaluation, dg.AssetCheckEvaluation):
        return record.evaluation
    run = instance.get_run_by_id(record.run_id)
    if run is not None and run.status == dg.DagsterRunStatus.FAILURE:
        return _failed(record.run_id, reason_of(instance, run))
    return None


@dg.asset_check(asset=RESIZED, name=LAST_FULL_RUN.name, description=_DESCRIPTION)
def last_full_run_check(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
    """Repeat the result of the latest run over the whole container."""
    found = last_full_run(context.op_execution_context.instance)
    if found is None:
        return dg.AssetCheckResult(passed=True, description="no run over the whole container yet")
    return dg.AssetCheckResult(passed=found.passed, metadata=found.metadata)


def reason_of(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    """Return in one line why a run failed."""
    for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE):
        event = entry.get_dagster_event()
        said, error = event.step_failure_data.user_failure_data, event.step_failure_data.error
        if said is not None and said.description:
            return in_a_line(said.description)
        if error is not None:
            return in_a_line(error.message.strip())
    for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE):
        data = entry.get_dagster_event().event_specific_data
        if isinstance(data, JobFailureData) and data.error is not None:  # before any step
            return in_a_line((data.error.cause or data.error).message.strip())
    return "its process ended without a result"


def is_full(run: dg.DagsterRun) -> bool:
    """Whether a run is over the whole container."""
    ops: Any = run.run_config.get("ops", {})
    config = ops.get("mirror_folders_op", {}).get("config", {})
    return run.job_name in WHOLE_JOBS and not config.get("folders")


def _plan_check(context: Context) -> None:
    record = context.instance.get_latest_asset_check_evaluation_record(LAST_FULL_RUN)
    if record is not None and record.run_id == context.run_id:
        return  # the step is retried
    event = DagsterEvent(
        DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED.value,
        context.job_name,
        message=f"{context.job_name} intends to execute asset check {LAST_FULL_RUN.name}",
        event_specific_data=AssetCheckEvaluationPlanned(
            asset_key=RESIZED, check_name=LAST_FULL_RUN.name
        ),
    )
    context.instance.report_dagster_event(event, context.run_id)


def _passed(run_id: str) -> dg.AssetCheckEvaluation:
    return dg.AssetCheckEvaluation(
        asset_key=RESIZED,
        check_name=LAST_FULL_RUN.name,
        passed=True,
        metadata={"run": dg.MetadataValue.dagster_run(run_id)},
    )


def _failed(run_id: str, reason: str) -> dg.AssetCheckEvaluation:
    return dg.AssetCheckEvaluation(
        asset_key=RESIZED,
        check_name=LAST_FULL_RUN.name,
        passed=False,
        metadata={
            "reason": reason,
            "run": dg.MetadataValue.dagster_run(run_id),
            "what_next": _ADVICE,
        },
    )
