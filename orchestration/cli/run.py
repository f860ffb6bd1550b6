"""`photo-mirror run`: the main job from a terminal, and a summary of the mirror."""

import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from itertools import islice
from time import monotonic
from typing import NoReturn

import click
from rich.console import Console
from rich.filesize import decimal
from rich.table import Table

from orchestration import bootstrap
from orchestration.blobs.errors import StoreUnavailableError
from orchestration.blocked_photos import collect_blocked_photos
from orchestration.cli.dagster_home import open_home
from orchestration.cli.environment import (
    ProblemsFoundError,
    engine_settings,
    errors_as_exit_codes,
    folders_from_keys,
    open_read_only,
    open_writable,
)
from orchestration.cli.ledger_warnings import ledger_warner
from orchestration.cli.output import counted, print_line
from orchestration.mirror.decide.actions import KEPT_ORPHANS
from orchestration.mirror.decide.counts import Counts, new_photos, total
from orchestration.mirror.errors import OutOfOrderError
from orchestration.mirror.ledger.folder_counts import read_counts
from orchestration.mirror.ledger.refusals import recorded
from orchestration.mirror.mirror import Mirror, count_folders
from orchestration.mirror.preflight import check_lists
from orchestration.settings import ContainersSettings
from orchestration.settings_from_environment import read_settings

MOST_REFUSALS_SHOWN = 20
MOST_SECONDS_COUNTING = 20.0


@click.command()
@click.argument("folders", nargs=-1)
@click.option("--rebuild-stale", is_flag=True, help="Regenerate stale renditions.")
@click.option(
    "--delete-orphans", is_flag=True, help="Delete renditions whose photo no longer exists."
)
@click.option("--fail-on-refusals", is_flag=True, help="Fail the run if any photo is refused.")
@click.option("--report", is_flag=True, help="Write a report with a line per photo; see `reports`.")
def run(folders: tuple[str, ...], **options: bool) -> None:
    """Run the main job over FOLDERS, or over the whole container."""
    from orchestration.cli.launch import StoppedError, launch  # noqa: PLC0415 - no other verb needs Dagster

    with errors_as_exit_codes():
        engine_settings()
        keys = (
            [folder.key for folder in folders_from_keys(folders, open_read_only()) or ()]
            if folders
            else []
        )
        mirror = open_writable()
        check_lists(mirror)
    config: dict[str, object] = {**options}
    if keys:
        config["folders"] = keys
    where = bootstrap.addresses(read_settings(ContainersSettings, os.environ))
    home = open_home(where.resized)
    print_line(f"{where.raw} -> {where.resized}, at most {mirror.recipe.budget:,} bytes per photo")
    try:
        with collect_blocked_photos() as blocked:
            problem = launch(config, home / "last-run.log")
    except StoppedError as error:
        click.echo(f"Error: {error}", err=True)
        _end_by(error.by)
    if problem:
        _show(mirror, _as_listed(mirror), blocked)
        raise ProblemsFoundError(problem)
    counts = total(taken.counts for taken in read_counts(mirror.ledger, warn=ledger_warner()))
    _show(mirror, counts, blocked)
    if options["delete_orphans"] and counts.orphan:
        still = counted(counts.orphan, "orphan is", "orphans are")
        click.echo(f"{still} still there. {KEPT_ORPHANS}")
    if counts.due and not keys:
        click.echo(f"{new_photos(counts.due)}; the next run processes them.")
    elif counts.due:  # also in other folders than those of this run
        click.echo(
            f"{counts.due:,} due in the whole container; run it without folders to make them."
        )
    if blocked:
        many = len(blocked) if folders else max(len(blocked), counts.blocked + counts.held)
        raise ProblemsFoundError(
            f"{counted(many, 'photo is', 'photos are')} blocked: a file with its name is never "
            "overwritten. Move that file away, end its lease or legal hold, or take it over with "
            "`photo-mirror adopt` if photo-mirror did not create it; then run again"
        )


def _end_by(number: signal.Signals) -> NoReturn:
    """End this process by the signal itself, as its sender expects."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    sys.exit(128 + number)


def _as_listed(mirror: Mirror) -> Counts | None:
    """Count both containers after a run that stopped early; None if that takes too long."""
    by = monotonic() + MOST_SECONDS_COUNTING
    found = Counts()
    with suppress(OutOfOrderError, StoreUnavailableError):
        for seen in count_folders(mirror):
            found += seen.counts
            if monotonic() > by:
                return None
        return found
    return None


def _show(mirror: Mirror, counts: Counts | None, blocked: Mapping[str, str]) -> None:
    """Print the counts of the mirror, if known, and what is refused or blocked."""
    if counts is None:
        click.echo("The containers were not counted; run `photo-mirror plan` to count them.")
        return
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in (
        ("photos in the raw container", f"{counts.photos:,}"),
        ("renditions", f"{counts.renditions:,}"),
        ("in sync", f"{counts.in_sync:,}"),
        ("stale", f"{counts.stale:,}"),
        ("due", f"{counts.due:,}"),
        ("refused", f"{counts.refused:,}"),
        ("blocked", f"{counts.blocked + counts.held:,}"),
        *([("unreadable", f"{counts.unreadable:,}")] if counts.unreadable else []),
        ("ignored", f"{counts.ignored:,}"),
        ("orphans", f"{counts.orphan:,}"),
        ("before", decimal(counts.photo_bytes)),
        ("after", decimal(counts.rendition_bytes)),
    ):
        table.add_row(name, value)
    console = Console(highlight=False)
    console.print(table)
    for at, refusal in enumerate(recorded(mirror.ledger, warn=ledger_warner())):
        if at == MOST_REFUSALS_SHOWN:
            console.print(f"... and {counts.refused - at:,} more")
            break
        print_line(f"refused: {refusal.name}: {refusal.reason}")
    for name, reason in islice(blocked.items(), MOST_REFUSALS_SHOWN):
        print_line(f"blocked: {name}: {reason}")
    if len(blocked) > MOST_REFUSALS_SHOWN:
        console.print(f"... and {len(blocked) - MOST_REFUSALS_SHOWN:,} more")
    console.print(f"Total files in container: {counts.files}")
