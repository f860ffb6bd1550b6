"""`photo-mirror verify`: is the mirror what it says it is."""

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
from orchestration.cli.output import as_json, print_json, print_line, print_table
from orchestration.mirror.verify.contents import ExtraCheck
from orchestration.mirror.verify.listing import Drift
from orchestration.mirror.verify.verify import Verified
from orchestration.mirror.verify.verify import verify as verified

# Names a person reads through; --json has more.
MOST_SHOWN = 50


@click.command()
@click.argument("folders", nargs=-1)
@click.option(
    "--sample", type=click.IntRange(min=0), help="Read so many renditions, chosen by chance."
)
@click.option("--decode", is_flag=True, help="Decode what is read, too.")
@click.option("--photos", is_flag=True, help="Read the photos of what is read, too.")
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
    """See whether FOLDERS, or the whole container, are in sync and every byte is as it was made.

    Lists both ends and reads every rendition, or a sample; digests are computed anew. Ends with
    code 1 when anything is missing, outdated, over the budget, foreign, altered, flipped,
    undecodable or unreadable. Writes nothing.
    """
    extra_checks = frozenset(
        check
        for check, wanted in ((ExtraCheck.DECODE, decode), (ExtraCheck.PHOTO, photos))
        if wanted
    )
    with errors_as_exit_codes():
        mirror = open_read_only()
        found = verified(mirror, extra_checks, folders_from_keys(folders, mirror), sample=sample)
        whole = _told_in_json(found) if is_json else _told(found)
    context.exit(0 if whole.is_right else PROBLEMS_FOUND)


def _told_in_json(found: Iterator[Drift | Verified]) -> Verified:
    for one in found:
        if isinstance(one, Verified):
            print_json({"total": _facts(one)})
            return one
        print_json({"name": one.name, "drift": one.kind, "reason": one.reason})
    raise AssertionError


def _told(found: Iterator[Drift | Verified]) -> Verified:
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
        click.echo(f"... and {drifts - shown:,} more; --json names them")
    if one.drifts:
        rows = [(kind.replace("_", " "), f"{many:,}") for kind, many in sorted(one.drifts.items())]
        print_table(["drift", "names"], rows)
    click.echo(
        f"{counts.photos:,} photos and {counts.files:,} blobs in the resized container listed, "
        f"{one.read:,} renditions ({decimal(one.bytes)}) read, {one.moved:,} replaced meanwhile; "
        f"{counts.refused:,} refused, {counts.stale:,} stale, {counts.orphan:,} orphans."
    )
    click.echo("Nothing is amiss." if one.is_right else f"{drifts:,} names are amiss.")
