"""The raw container, the resized container and the summary, as Dagster sees them."""

import dagster as dg

from orchestration.defs.checks import RESIZED
from orchestration.defs.mirroring import MirrorConfig, Using, mirrored
from orchestration.defs.partitions import FOLDERS, register
from orchestration.defs.resources import ContainersResource, EngineResource, RecipeResource
from orchestration.defs.telling import RAW, Told, events, summary
from orchestration.mirror.ledger import read_counts

GROUP = "photo_mirror"

raw_photos = dg.AssetSpec(
    "raw_photos",
    partitions_def=FOLDERS,
    group_name=GROUP,
    kinds={"azure"},
    description="The photos as they were taken. They are only ever read.",
)


@dg.op(
    out=dg.Out(dg.Nothing),
    description="Makes the renditions that one folder lacks.",
)
def mirror_folder_op(
    context: dg.AssetExecutionContext,
    config: MirrorConfig,
    containers: ContainersResource,
    recipe: RecipeResource,
    engine: EngineResource,
) -> None:
    """Mirror the folder this run is for, or each of its range."""
    if not (context.has_partition_key or context.has_partition_key_range):
        raise dg.Failure(
            "this run names no folder: choose a partition, or run the job mirror_folders, which "
            "needs none",
            allow_retries=False,
        )
    if context.has_partition_key:
        register(context.instance, [context.partition_key])
    told, using = Told(), Using(containers, recipe, engine)
    for folder in mirrored(context, context.partition_keys, config, using):
        told.take(folder)
        metadata = folder.report.metadata(folder.counts)
        for event in events(folder):
            context.log_event(event)
        if folder.report.failures:
            observed = dg.AssetObservation(RESIZED, partition=folder.key, metadata=metadata)
            context.log_event(observed)
        context.add_asset_metadata(metadata, asset_key=RESIZED, partition_key=folder.key)
    told.raise_failure(config)


def resized_photos(code_version: str) -> dg.AssetsDefinition:
    """The resized container, a folder a partition."""
    asset = dg.AssetsDefinition.from_op(
        mirror_folder_op,
        keys_by_output_name={"result": RESIZED},
        partitions_def=FOLDERS,
        group_name=GROUP,
    )
    (described,) = dg.map_asset_specs(
        lambda spec: spec.replace_attributes(
            deps=[RAW],
            code_version=code_version,
            kinds={"azure", "python"},
            description="The same photos under the same names, each within the budget.",
        ),
        [asset],
    )
    return described


@dg.asset(
    name="photo_counts",
    deps=[RESIZED],
    group_name=GROUP,
    kinds={"python"},
    description="How far the mirror is in step, by what the last run of each folder counted.",
)
def photo_counts(
    containers: ContainersResource, recipe: RecipeResource
) -> dg.MaterializeResult[None]:
    """Add up what the ledger remembers of every folder."""
    mirror = containers.mirror(recipe)
    remembered = [*read_counts(mirror.ledger)]
    return dg.MaterializeResult(metadata=summary(remembered))
