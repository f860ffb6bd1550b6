"""`photo-mirror verify`: compare both containers and check every rendition."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import click
from rich.filesize import decimal

from orchestration.cli.environment import (
    PROBLEMS_FOUND,
    errors_as_exit_codes,
    folders_from_keys,
    open_read_only,
)
from orchestration.cli.output import as_json, counted, print_json, print_line, print_table
from orchestration.mirror.verify.contents import ExtraCheck
from orchestration.mirror.verify.listing import Drift
from orchestration.mirror.verify.verify import Verified
from orchestration.mirror.verify.verify import verify as verified

# How many names are printed; --json prints all.
MOST_SHOWN = 50


@click.command()
@click.argument("folders", nargs=-1)
@click.option(
    "--sample", type=click.IntRange(min=0), help="Read only this many renditions, chosen at random."
)
@click.option("--decode", is_flag=True, help="Also decode the renditions that are read.")
@click.option("--photos", is_flag=True, help="Also read the photos of those renditions.")
@as_json
@click.pass_context
def verify(  # noqa: PLR0913 -- an option a parameter
    context: click.Context,
    folders: tuple[str, ...],
    sample: int | None,
    *,
    decode: bool,
    photos: bool,
    is_json: bool,
) -> None:
    """Check that the mirror is in sync and renditions are unchanged.

    Checks FOLDERS, or the whole container. Lists both containers, and reads every rendition, or a
    sample, to compute its digest. The exit code is 1 if anything is missing, outdated, over the
    budget, foreign, altered, flipped, undecodable or unreadable. Writes nothing.
    """
    extra_checks = frozenset(
        check
        for check, wanted in ((ExtraCheck.DECODE, decode), (ExtraCheck.PHOTO, photos))
        if wanted
    )
    with errors_as_exit_codes():
        mirror = open_read_only()
        found = verified(mirror, extra_checks, folders_from_keys(folders, mirror), sample=sample)
        whole = _print_json_lines(found) if is_json else _print_lines(found)
    context.exit(0 if whole.is_right else PROBLEMS_FOUND)


def _print_json_lines(found: Iterator[Drift | Verified]) -> Verified:
    for one in found:
        if isinstance(one, Verified):
            print_json({"total": _facts(one)})
            return one
        print_json({"name": one.name, "drift": one.kind, "reason": one.reason})
    raise AssertionError


def _print_lines(found: Iterator[Drift | Verified]) -> Verified:
    for at, one in enumerate(found):
        if isinstance(one, Verified):
            _show(one, min(at, MOST_SHOWN))
            return one
        if at < MOST_SHOWN:
            print_line(f"{one.kind.replace('_', ' ')}: {one.name}: {one.reason}")
    raise AssertionError


def _facts(one: Verified) -> dict[str, Any]:
    return {
        "drifts": dict(one.drifts),
        "read": one.read,
        "bytes": one.bytes,
        "moved": one.moved,
        "counts": asdict(one.counts),
    }


def _show(one: Verified, shown: int) -> None:
    drifts, counts = sum(one.drifts.values()), one.counts
    if drifts > shown:
        click.echo(f"... and {drifts - shown:,} more; --json lists them")
    if one.drifts:
        rows = [(kind.replace("_", " "), f"{many:,}") for kind, many in sorted(one.drifts.items())]
        print_table(["drift", "names"], rows)
    click.echo(
        f"Listed {counted(counts.photos, 'photo', 'photos')} and "
        f"{counted(counts.files, 'file', 'files')} in the resized container; read "
        f"{counted(one.read, 'rendition', 'renditions')} ({decimal(one.bytes)}), {one.moved:,} "
        f"replaced during the check; {counts.refused:,} refused, {counts.stale:,} stale, "
        f"{counted(counts.orphan, 'orphan', 'orphans')}."
    )
    problems = counted(drifts, "problem", "problems")
    click.echo("No problems found." if one.is_right else f"{problems} found.")
