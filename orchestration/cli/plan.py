"""`photo-mirror plan`: what a run would do (dry run)."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import click
from rich.filesize import decimal

from orchestration.cli.environment import (
    engine_settings,
    errors_as_exit_codes,
    folders_from_keys,
    open_read_only,
)
from orchestration.cli.output import as_json, counted, print_json, print_table
from orchestration.escaping import in_a_line
from orchestration.manifest.collect import orphans
from orchestration.manifest.ledger import naming
from orchestration.mirror.decide.actions import KEPT_ORPHANS
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.dry_run import WORDS, ActionTotal, FolderPlan, dry_run, total_plan

# The number of folders printed; --json prints all.
MOST_SHOWN = 50


@click.command()
@click.argument("folders", nargs=-1)
@click.option("--rebuild-stale", is_flag=True, help="Include the regeneration of stale renditions.")
@click.option("--delete-orphans", is_flag=True, help="Include the deletion of orphans.")
@as_json
def plan(
    folders: tuple[str, ...], *, rebuild_stale: bool, delete_orphans: bool, is_json: bool
) -> None:
    """Show what a run would do (dry run).

    The run is over FOLDERS, or over the whole container. Both containers are listed; no photo is
    read and nothing is written. A photo that is listed as to be rendered may still pass through or
    be refused, which is known only after it is read.
    """
    with errors_as_exit_codes():
        engine = engine_settings()
        mirror = open_read_only(
            Policy(
                rebuild_stale=rebuild_stale,
                delete_orphans=delete_orphans,
                max_photo_bytes=engine.max_photo_bytes,
            )
        )
        asked = folders_from_keys(folders, mirror)
        plans = dry_run(mirror, asked)
        named = naming(mirror.ledger, orphans(mirror, asked)) if delete_orphans else {}
    whole = total_plan(plans)
    for key, number in named.items():
        click.echo(
            f"Warning: the manifest of {in_a_line(key)} names {number:,} of the orphans; "
            "labelling tools lose the photos that they show.",
            err=True,
        )
    if is_json:
        for one in plans:
            print_json({"folder": one.folder, **_facts(one)})
        print_json({"total": _facts(whole)})
        return
    _show(sorted(plans, key=_weight, reverse=True), whole)
    deleted = whole.planned.get("delete", ActionTotal()).actions
    if delete_orphans and whole.counts.orphan > deleted:
        kept = counted(whole.counts.orphan - deleted, "orphan", "orphans")
        click.echo(f"{kept} would be kept. {KEPT_ORPHANS}")


def _facts(one: FolderPlan) -> dict[str, Any]:
    planned = {word: asdict(planning) for word, planning in one.planned.items()}
    return {"planned": planned, "counts": asdict(one.counts)}


def _show(plans: Sequence[FolderPlan], whole: FolderPlan) -> None:
    busy = [one for one in plans if not one.is_idle]
    words = [word for word in WORDS if word in whole.planned]
    if busy:
        columns = ["folder", *(column for word in words for column in (word, "bytes"))]
        rows = [(one.folder, *_cells(one, words)) for one in busy[:MOST_SHOWN]]
        if len(busy) > MOST_SHOWN:
            rows.append((f"... and {len(busy) - MOST_SHOWN:,} more", *[""] * 2 * len(words)))
        print_table(columns, [*rows, ("total", *_cells(whole, words))])
        click.echo()
    counts = whole.counts
    unreadable = f", {counts.unreadable:,} unreadable" if counts.unreadable else ""
    click.echo(
        f"{counted(counts.photos, 'photo', 'photos')} in "
        f"{counted(len(plans), 'folder', 'folders')} ({len(busy):,} with pending work): "
        f"{counts.in_sync:,} in sync, {counts.stale:,} stale, {counts.due:,} due, "
        f"{counts.refused:,} refused, {counts.blocked:,} blocked; "
        f"{counted(counts.orphan, 'orphan', 'orphans')}, {counts.foreign:,} foreign{unreadable}."
    )


def _cells(one: FolderPlan, words: Sequence[str]) -> list[str]:
    cells = []
    for word in words:
        planning = one.planned.get(word)
        cells += [f"{planning.actions:,}", decimal(planning.bytes)] if planning else ["", ""]
    return cells


def _weight(one: FolderPlan) -> int:
    return sum(planning.bytes for planning in one.planned.values())
