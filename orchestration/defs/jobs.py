"""The jobs: one folder as a partition, or any number of folders in one run."""

from collections.abc import Container, Iterable
from functools import partial

import dagster as dg
from pydantic import Field, field_validator

from orchestration.defs.checks import CHECKS, RESIZED, evaluations
from orchestration.defs.console_output import begin_output
from orchestration.defs.earlier_results import with_earlier_results
from orchestration.defs.executor import in_process_executor
from orchestration.defs.failure import after_failure
from orchestration.defs.full_run import (
    failed_folders,
    is_full,
    plan,
    report_success,
    reporting_full_run,
)
from orchestration.defs.partitions import forget, register, registered
from orchestration.defs.resources import ContainersResource, EngineResource, RecipeResource
from orchestration.defs.run_results import REFUSED, SUMMARY, RunSummary, raw_materialization
from orchestration.defs.run_step import FolderResult, MirrorConfig, RunResources, mirror_in_run_step
from orchestration.defs.ui.summary import refused, summary
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.errors import TooManyFoldersError
from orchestration.mirror.ledger.folder_counts import read_counts
from orchestration.mirror.partition_keys import MOST_KEYS

# Up to this many folders that need no work and are new to Dagster get events of their own. Seven
# events per folder take 50 kB and 80 ms: of more folders only the partitions are registered.
MOST_REPORTED_IN_SYNC = 20

mirror_folder = dg.define_asset_job(
    "mirror_folder",
    selection=dg.AssetSelection.assets(RESIZED, REFUSED, SUMMARY).without_checks(),
    executor_def=in_process_executor,
    description="Create all missing or outdated renditions of one folder. Needs a partition.",
)


class FoldersConfig(MirrorConfig):
    """The folders of a run, and what it does in addition to photos that are due."""

    folders: list[str] = Field(
        default=[], description="Partition keys of the folders; none: the whole container."
    )

    @field_validator("folders", mode="before")
    @classmethod
    def _null_is_none_named(cls, value: object) -> object:
        return [] if value is None else value


@dg.op(
    out=dg.Out(dg.Nothing),
    description="Create all missing or outdated renditions, for the whole container or for the "
    "selected folders.",
)
def mirror_folders_op(
    context: dg.OpExecutionContext,
    config: FoldersConfig,
    containers: ContainersResource,
    recipe: RecipeResource,
    engine: EngineResource,
) -> None:
    """Mirror the folders, and log each as a partition."""
    begin_output(context)
    for asset in (RESIZED, REFUSED, SUMMARY):
        plan(context, asset)
    if len(registered(context.instance)) > MOST_KEYS:
        context.log.warning(str(TooManyFoldersError(MOST_KEYS)))
    finished = set[str]()
    with (
        reporting_full_run(context),
        after_failure(partial(_plan_rest, context, config.folders, finished)),
    ):
        results = _mirror(context, config, RunResources(containers, recipe, engine), finished)
        if is_full(context.run):
            _report_whole(context, results.counts)
        results.log_arrivals(context.log.info)
        results.log_kept_orphans(context.log.warning, config)
        failure = results.failure(config)
        if failure is not None:
            raise failure


def _mirror(
    context: dg.OpExecutionContext,
    config: FoldersConfig,
    resources: RunResources,
    finished: set[str],
) -> RunSummary:
    """Mirror the folders and log their events; add the key of each folder that is finished."""
    known, failed_before = registered(context.instance), failed_folders(context.instance)
    shown = resources.engine.pictures
    results, alive = RunSummary(), set[str]()
    unknown, first = list[str](), list[FolderResult]()
    for folder in mirror_in_run_step(context, config.folders or None, config, resources):
        results.add(folder)
        if not folder.counts.is_empty:
            alive.add(folder.key)
        if not folder.report.is_empty or folder.key in failed_before:
            register(context.instance, [folder.key])
            _report(context, folder, shown)
        elif folder.key not in known:
            unknown.append(folder.key)
            if len(first) <= MOST_REPORTED_IN_SYNC:
                first.append(folder)
        finished.add(folder.key)
    register(context.instance, unknown)
    for folder in first if len(first) <= MOST_REPORTED_IN_SYNC else ():
        _report(context, folder, shown)
    # An empty container probably means that a setting has the wrong address.
    if not config.folders and alive:
        forget(context.instance, known - alive)
    return results


def _plan_rest(
    context: dg.OpExecutionContext, folders: Iterable[str], finished: Container[str]
) -> None:
    """Plan the named folders that are not finished, so that the UI shows them as failed."""
    known = registered(context.instance)
    plan(context, RESIZED, (key for key in folders if key in known and key not in finished))


def _report(context: dg.OpExecutionContext, folder: FolderResult, shown: int) -> None:
    """Log the events of one folder: photos, renditions and checks."""
    kind = dg.AssetObservation if folder.report.failures else dg.AssetMaterialization
    context.log_event(raw_materialization(folder))
    metadata = with_earlier_results(context.instance, folder, shown)
    context.log_event(kind(RESIZED, partition=folder.key, metadata=metadata))
    for evaluation in evaluations(context.instance, folder.key, folder.counts):
        context.log_event(evaluation)  # type: ignore[arg-type]  # it takes checks too
    if not folder.is_sound:
        plan(context, RESIZED, [folder.key])


def _report_whole(context: dg.OpExecutionContext, counts: Counts) -> None:
    """Log the checks of the whole container, after those of its folders.

    Of all results of a check, the asset's page shows the one that was logged last.
    """
    for check in CHECKS:
        context.log_event(check.evaluation(None, counts))  # type: ignore[arg-type]  # as above


@dg.op(ins={"mirrored": dg.In(dg.Nothing)}, out=dg.Out(dg.Nothing))
def count_photos_op(
    context: dg.OpExecutionContext, containers: ContainersResource, recipe: RecipeResource
) -> None:
    """Log the refusals and the summary of the whole mirror."""
    mirror = containers.mirror(recipe)
    shown = summary(read_counts(mirror.ledger), mirror.recipe)
    context.log.info("Total files in container: %s", shown["total_files_in_container"])
    context.log_event(dg.AssetMaterialization(REFUSED, metadata=refused(mirror.ledger)))
    context.log_event(dg.AssetMaterialization(SUMMARY, metadata=shown))
    report_success(context)


@dg.job(
    executor_def=in_process_executor,
    description="Create all missing or outdated renditions, for the whole container or for the "
    "selected folders.",
)
def mirror_folders() -> None:
    """Mirror, then count."""
    count_photos_op(mirror_folders_op())


@dg.job(
    executor_def=in_process_executor,
    config={"ops": {"mirror_folders_op": {"config": {"rebuild_stale": True}}}},
    description="Create all missing or outdated renditions and regenerate stale ones (made by "
    "another recipe), for the whole container.",
)
def rebuild_stale() -> None:
    """Mirror as after a change of the recipe, then count."""
    count_photos_op(mirror_folders_op())
