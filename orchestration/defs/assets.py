"""The assets: raw container, resized container, refusals and summary."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta

import dagster as dg

from orchestration.defs.checks import RESIZED, of_folders
from orchestration.defs.console_output import begin_output
from orchestration.defs.earlier_results import with_earlier_results
from orchestration.defs.failure import after_failure, failure
from orchestration.defs.full_run import repeat_last_full_run
from orchestration.defs.partitions import BACKFILL, FOLDERS, register
from orchestration.defs.resources import ContainersResource, EngineResource, RecipeResource
from orchestration.defs.run_results import RAW, REFUSED, SUMMARY, RunSummary, raw_materialization
from orchestration.defs.run_step import FolderResult, MirrorConfig, RunResources, mirror_in_run_step
from orchestration.defs.ui import tables
from orchestration.defs.ui.locations import LocationInfo
from orchestration.defs.ui.summary import refused, summary
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.ledger.folder_counts import read_counts
from orchestration.mirror.partition_keys import folder_at

GROUP = "photo_mirror"

OWNERS = ["team:photos"]

NO_PARTITION = (
    "this run has no partition: name a folder with --partition, or run the job {job}, which needs "
    "none"
)

# A night that failed, and then a second one.
FRESHNESS = dg.FreshnessPolicy.time_window(
    warn_window=timedelta(hours=26), fail_window=timedelta(hours=50)
)


def raw_photos(where: LocationInfo) -> dg.AssetSpec:
    """Return the asset of the raw container: one partition per folder."""
    return dg.AssetSpec(
        RAW,
        partitions_def=FOLDERS,
        group_name=GROUP,
        kinds={where.kind},
        owners=OWNERS,
        tags={"stage": "raw"},
        metadata=where.metadata,
        description="The original photos, only read.\n\n" + where.text,
    )


@dg.op(
    name=RESIZED.to_python_identifier(),
    out=dg.Out(dg.Nothing),
    description="Create all missing or outdated renditions of one folder.",
)
def mirror_folder_op(
    context: dg.AssetExecutionContext,
    config: MirrorConfig,
    containers: ContainersResource,
    recipe: RecipeResource,
    engine: EngineResource,
) -> Iterator[dg.Output[None]]:
    """Mirror the folder of this run's partition, or each folder of its range."""
    begin_output(context)
    if not (context.has_partition_key or context.has_partition_key_range):
        raise failure(NO_PARTITION.format(job="mirror_folders"))
    results, resources, sound = (
        RunSummary(),
        RunResources(containers, recipe, engine),
        list[FolderResult](),
    )
    counted: dict[str, Counts] = {}
    # Dagster lists the keys of a range only if it knows them; a new home knows none.
    keys = [context.partition_key] if context.has_partition_key else context.partition_keys
    _check_spelling(keys, containers.partition_depth)
    with after_failure(lambda: _show_what_is_done(context, sound, counted)):
        for folder in mirror_in_run_step(context, keys, config, resources):
            if context.has_partition_key:
                register(context.instance, [folder.key])
            results.add(folder)
            if folder.is_sound:
                sound.append(folder)
            counted[folder.key] = folder.counts
            context.log_event(raw_materialization(folder))
            if folder.report.failures:
                observed = dg.AssetObservation(
                    RESIZED, partition=folder.key, metadata=folder.metadata
                )
                context.log_event(observed)
            metadata = with_earlier_results(context.instance, folder, engine.pictures)
            context.add_asset_metadata(metadata, asset_key=RESIZED, partition_key=folder.key)
        results.log_arrivals(context.log.info)
        results.log_kept_orphans(context.log.warning, config)
        problem = results.failure(config)
        if problem is not None:
            raise problem
    yield dg.Output(None)  # this records the materializations that the checks belong to
    _show_what_is_done(context, (), counted)


def _show_what_is_done(
    context: dg.AssetExecutionContext, sound: Iterable[FolderResult], counted: Mapping[str, Counts]
) -> None:
    """Log the folders that are done, and the checks of all that were counted.

    Dagster marks all folders of a failed run as failed, unless they have a later materialization.
    """
    for folder in sound:
        context.log_event(
            dg.AssetMaterialization(RESIZED, partition=folder.key, metadata=folder.metadata)
        )
    for evaluation in of_folders(context.instance, counted):
        context.log_event(evaluation)
    repeat_last_full_run(context)


def _check_spelling(keys: Iterable[str], depth: int) -> None:
    """Raise dg.Failure for a key that is not a partition key: Dagster would register it."""
    for key in keys:
        with suppress(ValueError):  # the run reports it
            meant = folder_at(key.rstrip("/"), depth).key
            if meant != key:
                problem = f"the partition of that folder is {meant!r}, not {key!r}"
                raise failure(problem)


def resized_photos(code_version: str, where: LocationInfo) -> dg.AssetsDefinition:
    """Return the asset of the resized container: one partition per folder."""
    asset = dg.AssetsDefinition.from_op(
        mirror_folder_op,
        keys_by_output_name={"result": RESIZED},
        partitions_def=FOLDERS,
        group_name=GROUP,
        backfill_policy=BACKFILL,
    )
    (described,) = dg.map_asset_specs(
        lambda spec: spec.replace_attributes(
            deps=[RAW],
            code_version=code_version,
            kinds={where.kind, "python"},
            owners=OWNERS,
            tags={"stage": "resized"},
            metadata=where.metadata,
            description="The same photos, each within the budget.\n\n"
            "They have the same names (and .jpg, where a format is not accepted). "
            f"{where.text}\n\nThe recipe `{code_version}` is the code version: after it changes, "
            "folders are shown as unsynced until a run has checked them.",
        ),
        [asset],
    )
    return described


def refused_photos(where: LocationInfo) -> dg.AssetsDefinition:
    """Return the asset of the refusals in the ledger, as a table."""

    @dg.asset(
        key=REFUSED,
        deps=[RESIZED],
        group_name=GROUP,
        kinds={where.kind, "table"},
        owners=OWNERS,
        tags={"stage": "ledger"},
        metadata={**where.metadata, "dagster/column_schema": tables.REFUSALS},
        description="Photos that cannot fit the budget, and why.\n\n"
        "A re-uploaded photo is retried. The ledger: " + where.text,
    )
    def listed(
        containers: ContainersResource, recipe: RecipeResource
    ) -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(metadata=refused(containers.mirror(recipe).ledger))

    return listed


def photo_counts(where: LocationInfo) -> dg.AssetsDefinition:
    """Return the asset of the whole mirror's summary."""

    @dg.asset(
        key=SUMMARY,
        deps=[RESIZED],
        group_name=GROUP,
        kinds={where.kind, "report"},
        owners=OWNERS,
        tags={"stage": "summary"},
        metadata={**where.metadata, "dagster/column_schema": tables.FOLDERS},
        freshness_policy=FRESHNESS,
        description="Sync status of the whole mirror.\n\n"
        "The numbers are from each folder's last run. `newest_count` and `oldest_count` are the "
        "times of the newest and the oldest of those runs.",
    )
    def counted(
        context: dg.AssetExecutionContext, containers: ContainersResource, recipe: RecipeResource
    ) -> dg.MaterializeResult[None]:
        mirror = containers.mirror(recipe)
        shown = summary(read_counts(mirror.ledger), mirror.recipe)
        context.log.info("Total files in container: %s", shown["total_files_in_container"])
        return dg.MaterializeResult(metadata=shown)

    return counted
