"""Keeps a folder's last pictures and numbers in sight when a later run had nothing to do there."""

from typing import Any

import dagster as dg

from orchestration.defs.checks import RESIZED
from orchestration.defs.run_step import FolderResult

PICTURES = ("pictures", "gallery", "gallery_command", "larger_pictures")
# How a folder stands now: a run's last numbers are none of these.
STANDING = {"photos", "refused", "blocked", "stale", "orphans", "dagster/partition_row_count"}
OF_ONE_RUN = {"refused_now", "failed_now"}
WORKED_ON = "last_worked_on"


def with_earlier_results(
    instance: dg.DagsterInstance, folder: FolderResult, pictures: int
) -> dict[str, Any]:
    """Return what a run shows of a folder, and what the last materialization showed of it.

    Its pictures come along where this run made none, unless no `pictures` are to be shown. Where
    this run did nothing at all, its numbers do, too, in place of zeros, and `last_worked_on` says
    when they were taken.
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
