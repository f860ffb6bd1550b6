"""The summary of the whole mirror, from the counts of every folder in the ledger."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from heapq import nlargest
from itertools import islice
from typing import Any

import dagster as dg
from rich.filesize import decimal

from orchestration.blobs.base import Overwrites
from orchestration.defs.ui import tables
from orchestration.defs.ui.charts import drawn, weights
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.ledger.folder_counts import StoredCounts, read_counts
from orchestration.mirror.ledger.refusals import recorded
from orchestration.mirror.recipe import Recipe

# How many folders a table in the UI shows; the ledger has all.
MOST_FOLDERS = 50
_MOST_DRAWN = 12
# How many refusals are read, and how many shown: `photo-mirror refused` lists all.
MOST_REFUSALS_READ, MOST_REFUSALS_SHOWN = 2_000, 100

# Processor seconds per megabyte of JPEG, by effort: on one core of a small cloud machine,
# photos of 9 to 16 megapixels, with an allowance for fetching and writing.
_SECONDS_A_MEGABYTE = {"balanced": 0.05, "best": 0.1}


def summary(remembered: Iterable[StoredCounts], recipe: Recipe) -> dict[str, Any]:
    """Return the metadata of the summary, in memory that does not grow with the folders."""
    counts, folders, by_another = Counts(), 0, 0
    moments: list[datetime] = []
    largest: list[StoredCounts] = []
    behind: list[StoredCounts] = []
    batch: list[StoredCounts] = []
    for one in remembered:
        counts += one.counts
        folders += 1
        by_another += one.recipe != recipe.terms
        moments = _outermost([*moments, *_moment(one.taken_at)])
        batch.append(one)
        if len(batch) == 20 * MOST_FOLDERS:
            largest, behind = _largest(largest + batch), _behind(behind + batch)
            batch = []
    largest, behind = _largest(largest + batch), _behind(behind + batch)
    shown: dict[str, Any] = {
        "photos": counts.photos,
        "renditions": counts.renditions,
        "in_sync": counts.in_sync,
        "due": counts.due,
        "stale": counts.stale,
        "refused": counts.refused,
        "blocked": counts.blocked,
        "orphans": counts.orphan,
        "foreign": counts.foreign,
        "ignored": counts.ignored,
        "folders": folders,
        "bytes_before": counts.photo_bytes,
        "bytes_after": counts.rendition_bytes,
        "bytes_saved": counts.photo_bytes - counts.rendition_bytes,
        "total_files_in_container": counts.files,
        "recipe": recipe.text,
        **_ages(moments),
    }
    if by_another:
        shown["folders_counted_by_another_recipe"] = by_another
    if counts.stale:
        shown |= rebuild_cost(counts, recipe)
    if folders:
        shown["by_folder"] = tables.folders(largest)
        rows = [
            (one.key, one.counts.photo_bytes, one.counts.rendition_bytes)
            for one in largest[:_MOST_DRAWN]
        ]
        picture = drawn(weights(rows), "the largest folders")
        shown["weights"] = dg.MetadataValue.md(
            f"Total size of the largest folders, before and after:\n\n{picture}"
        )
    if behind:
        shown["not_in_sync"] = tables.folders(behind)
    return shown


def refused(ledger: Overwrites) -> dict[str, Any]:
    """Return the metadata of the refusals: their number by kind, and the first of them."""
    read = [*islice(recorded(ledger), MOST_REFUSALS_READ)]
    total = sum(one.counts.refused for one in read_counts(ledger))
    shown = {
        "refused": max(total, len(read)),
        "by_kind": tables.numbers("kind", dict(Counter(one.kind for one in read).most_common())),
        "dagster/row_count": max(total, len(read)),
    }
    first = sorted(read, key=lambda one: one.name)[:MOST_REFUSALS_SHOWN]
    return {**shown, "refusals": tables.refusals(first)}


def rebuild_cost(counts: Counts, recipe: Recipe) -> dict[str, Any]:
    """Return the cost of regenerating all stale renditions."""
    seconds = counts.stale_bytes / 1e6 * _SECONDS_A_MEGABYTE[recipe.options.effort]
    return {
        "rebuild_photos": counts.stale,
        "rebuild_bytes": counts.stale_bytes,
        "rebuild_cpu_seconds": round(seconds, 1),
        "rebuild": dg.MetadataValue.md(
            f"{counts.stale:,} {'rendition was' if counts.stale == 1 else 'renditions were'} made "
            f"by another recipe and still fit the budget. To regenerate them, launch the job "
            f"`rebuild_stale`: it reads {decimal(counts.stale_bytes)} and takes about "
            f"{_duration(seconds)} on one core."
        ),
    }


def _ages(moments: Sequence[datetime]) -> dict[str, Any]:
    """Return the times of the oldest and the newest folder count."""
    if not moments:
        return {}
    oldest, newest = moments[0], moments[-1]
    return {
        "oldest_count": dg.MetadataValue.timestamp(oldest),
        "newest_count": dg.MetadataValue.timestamp(newest),
    }


def _outermost(moments: list[datetime]) -> list[datetime]:
    return [min(moments), max(moments)] if moments else []


def _moment(taken_at: str) -> Iterator[datetime]:
    """Yield the time in an ISO 8601 text, if it is one with an offset."""
    with suppress(ValueError):
        moment = datetime.fromisoformat(taken_at)
        if moment.tzinfo is not None:
            yield moment


def _duration(seconds: float) -> str:
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:,.0f} {unit}"
    return f"{seconds:,.0f} seconds"


def _largest(folders: list[StoredCounts]) -> list[StoredCounts]:
    return nlargest(MOST_FOLDERS, folders, key=lambda one: one.counts.photo_bytes)


def _behind(folders: list[StoredCounts]) -> list[StoredCounts]:
    """Return the folders that need attention, those with most of it first."""
    found = [one for one in folders if _trouble(one.counts)]
    return nlargest(MOST_FOLDERS, found, key=lambda one: _trouble(one.counts))


def _trouble(counts: Counts) -> int:
    return counts.due + counts.stale + counts.blocked + counts.refused + counts.foreign
