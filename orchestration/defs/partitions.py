"""The partitions that Dagster knows: one per folder, with the key of `mirror/partition_keys.py`."""

import warnings
from collections.abc import Iterable
from datetime import datetime

import dagster as dg
from dagster._core.instance.types import DynamicPartitionsStore

_NAME = "photo_mirror_folders"


class FolderPartitions(dg.DynamicPartitionsDefinition):
    """One partition per folder. A folder that no run has registered yet may be named, too."""

    def has_partition_key(
        self,
        partition_key: str,
        current_time: datetime | None = None,
        dynamic_partitions_store: DynamicPartitionsStore | None = None,
    ) -> bool:
        """Return True for every key: an empty Dagster home knows none of them.

        The run registers its key, and fails with a message if no such folder exists.
        """
        del current_time, dynamic_partitions_store
        return bool(partition_key)


FOLDERS = FolderPartitions(name=_NAME)

with warnings.catch_warnings():
    # Backfill policies are beta in Dagster; its version is pinned and tested.
    warnings.simplefilter("ignore", dg.BetaWarning)
    # A backfill of thousands of folders is tens of runs: each costs seconds to start.
    BACKFILL = dg.BackfillPolicy.multi_run(max_partitions_per_run=100)

# How many keys a run removes at most; the next run removes more.
MOST_FORGOTTEN = 1_000

# Below the limit of every SQLite on variables in a statement.
_AT_ONCE = 500


def registered(instance: dg.DagsterInstance) -> frozenset[str]:
    """Return the keys that Dagster knows."""
    return frozenset(instance.get_dynamic_partitions(_NAME))


def register(instance: dg.DagsterInstance, keys: Iterable[str]) -> None:
    """Register keys with Dagster; some may be known, or be registered by others meanwhile."""
    wanted = sorted(set(keys))
    for at in range(0, len(wanted), _AT_ONCE):
        batch = wanted[at : at + _AT_ONCE]
        try:
            instance.add_dynamic_partitions(_NAME, batch)
        except Exception:  # noqa: BLE001 -- the driver's own, and any other cause is raised below
            # Dagster selects and then inserts, so that concurrent calls may collide.
            for key in batch:
                if not instance.has_dynamic_partition(_NAME, key):
                    instance.add_dynamic_partitions(_NAME, [key])


def forget(instance: dg.DagsterInstance, keys: Iterable[str]) -> None:
    """Remove keys from Dagster; the history of their runs is kept."""
    for key in sorted(keys)[:MOST_FORGOTTEN]:
        instance.delete_dynamic_partition(_NAME, key)


def keys_between(instance: dg.DagsterInstance, first: str, last: str) -> list[str]:
    """Return the keys of a range, in the order in which they were registered."""
    keys = [*instance.get_dynamic_partitions(_NAME)]
    if first not in keys or last not in keys:
        return []
    return keys[keys.index(first) : keys.index(last) + 1]
