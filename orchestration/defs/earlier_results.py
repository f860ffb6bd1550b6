"""Shows a folder's previous pictures and numbers when a later run had nothing to do there."""

from typing import Any

import dagster as dg

from orchestration.defs.checks import RESIZED
from orchestration.defs.run_step import FolderResult

PICTURES = ("pictures", "gallery", "gallery_command", "larger_pictures")
# Counts of the folder after the run, as opposed to what a run did.
STANDING = {"photos", "refused", "blocked", "stale", "orphans", "dagster/partition_row_count"}
OF_ONE_RUN = {"refused_now", "failed_now"}
WORKED_ON = "last_worked_on"


def with_earlier_results(
    instance: dg.DagsterInstance, folder: FolderResult, pictures: int
) -> dict[str, Any]:
    """Return the metadata of a folder after a run, completed by that of its previous one.

    If this run made no pictures, the previous ones are shown, unless `pictures` is 0. If this run
    did nothing, the previous numbers are shown instead of zeros, with the time `last_worked_on`.
    """
    shown, is_idle = folder.metadata, folder.report.is_empty
    if folder.counts.is_empty or (not is_idle and PICTURES[0] in shown):
        return shown
    wanted = dg.AssetRecordsFilter(RESIZED, asset_partitions=[folder.key])
    for record in instance.fetch_materializations(wanted, limit=1).records:
        if record.asset_materialization is None:
            break
        earlier = {
            name: value
            for name, value in record.asset_materialization.metadata.items()
            if name not in OF_ONE_RUN and (pictures or name not in PICTURES)
        }
        if not is_idle:
            return {name: earlier[name] for name in PICTURES if name in earlier} | shown
        earlier.setdefault(WORKED_ON, dg.MetadataValue.timestamp(record.timestamp))
        return earlier | {name: shown[name] for name in STANDING & shown.keys()}
    return shown
