"""The manifest of the renditions: one partition per folder, and one manifest of the container."""

import warnings
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import dagster as dg

from orchestration.defs.assets import GROUP, NO_PARTITION, OWNERS
from orchestration.defs.checks import RESIZED
from orchestration.defs.executor import in_process_executor
from orchestration.defs.failure import failure
from orchestration.defs.partitions import BACKFILL, FOLDERS
from orchestration.defs.resources import ContainersResource, RecipeResource
from orchestration.defs.ui.locations import LocationInfo
from orchestration.manifest.collect import Summary, rows_of
from orchestration.manifest.ledger import ALL, keep
from orchestration.mirror.mirror import Mirror, in_known_order
from orchestration.mirror.partition_keys import Folder, folder_at

MANIFEST = dg.AssetKey("rendition_manifest")
_DESCRIPTION = (
    "Renditions in sync, with their digests.\n\n"
    "One manifest per folder: a version of the data set. "
    "Other photos are counted by reason. Both containers are listed, and no photo is read.\n\n"
    "The ledger: "
)


def rendition_manifest(where: LocationInfo) -> dg.AssetsDefinition:
    """The ledger's manifests, one partition per folder."""
    with warnings.catch_warnings():
        # Dagster may still change backfill policies; its version is pinned and tested.
        warnings.simplefilter("ignore", dg.BetaWarning)

        @dg.asset(
            key=MANIFEST,
            deps=[RESIZED],
            partitions_def=FOLDERS,
            backfill_policy=BACKFILL,
            group_name=GROUP,
            kinds={where.kind, "table"},
            owners=OWNERS,
            tags={"stage": "ledger"},
            metadata=where.metadata,
            output_required=False,
            description=_DESCRIPTION + where.text,
        )
        def listed(
            context: dg.AssetExecutionContext,
            containers: ContainersResource,
            recipe: RecipeResource,
        ) -> Iterator[dg.MaterializeResult[None]]:
            mirror = containers.mirror(recipe)
            if not (context.has_partition_key or context.has_partition_key_range):
                raise failure(NO_PARTITION.format(job="whole_manifest"))
            keys = [context.partition_key] if context.has_partition_key else context.partition_keys
            for key in keys:
                metadata, version = taken(mirror, key)
                context.add_asset_metadata(metadata, asset_key=MANIFEST, partition_key=key)
                context.log.info("%s: version %s", key, version)
            yield dg.MaterializeResult(asset_key=MANIFEST)

    return listed


@dg.op(out=dg.Out(dg.Nothing), description="List all renditions that are in sync in one manifest.")
def whole_manifest_op(
    context: dg.OpExecutionContext, containers: ContainersResource, recipe: RecipeResource
) -> None:
    """Write the manifest of the whole container."""
    metadata, version = taken(containers.mirror(recipe), ALL)
    tags = {"dagster/data_version": version}
    context.log_event(dg.AssetMaterialization(MANIFEST, metadata=metadata, tags=tags))


@dg.job(
    executor_def=in_process_executor,
    description="Write the manifest of the whole container to the ledger.",
)
def whole_manifest() -> None:
    """List, and write."""
    whole_manifest_op()


def taken(mirror: Mirror, key: str) -> tuple[dict[str, Any], str]:
    """Write the manifest of a folder's key, or of all; return what to show of it, and its version.

    Raises dg.Failure for a key of no folder; HeldError, StoreUnavailableError.
    """
    folders: list[Folder] | None = None
    if key != ALL:
        with suppress(ValueError):
            folders = [folder_at(key, mirror.depth)]
        if folders is None:
            raise failure(f"{key!r} is not the key of a folder")

    def written(going: Mirror) -> tuple[Summary, str]:
        summary = Summary()
        rows = rows_of(going, folders, summary)
        return summary, keep(going.ledger, key, rows, summary, going.now())

    ((summary, place),) = in_known_order(mirror, lambda going: [written(going)])
    left_out = summary.left_out.total()
    metadata = {
        "renditions": summary.renditions,
        "dagster/partition_row_count": summary.renditions,
        "bytes": summary.bytes,
        "turned": summary.turned,
        "turn_unknown": summary.turn_unknown,
        "left_out": left_out,
        "left_out_by_reason": dg.MetadataValue.json(dict(sorted(summary.left_out.items()))),
        "version": summary.version,
        "manifest": place,
    }
    return metadata, summary.version
