"""`photo-mirror duplicates`: renditions that look alike."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import click

from orchestration.blobs.base import Store, find
from orchestration.blobs.errors import DeniedError, StaleError, UnreadableError
from orchestration.cli.environment import (
    errors_as_exit_codes,
    folders_from_keys,
    open_read_only,
)
from orchestration.cli.output import as_json, counted, print_json, print_line
from orchestration.manifest.collect import Summary, rows_of
from orchestration.manifest.duplicates import DISTANCE, Group, groups
from orchestration.manifest.row import Row
from orchestration.mirror.mirror import in_known_order
from orchestration.mirror.stamp import hash_text
from resize_core import FARTHEST, hash_file

# The number of groups printed; --json prints all.
MOST_SHOWN = 50

distance_option = click.option(
    "--distance", type=click.IntRange(0, FARTHEST), default=DISTANCE, show_default=True,
    help="Maximum number of differing bits (of 64) between the hashes of photos that look alike.",
)  # fmt: skip


@click.command()
@click.argument("folders", nargs=-1)
@distance_option
@click.option(
    "--read", "reads", is_flag=True, help="Also decode the renditions whose stamp has no hash."
)
@as_json
def duplicates(folders: tuple[str, ...], *, distance: int, reads: bool, is_json: bool) -> None:
    """List groups of photos that look alike.

    Compares the perceptual hashes in the stamps of renditions in sync, in FOLDERS or in the whole
    container. The containers are listed, and no rendition is read. Photos that passed through were
    never decoded and have no hash: they are counted as unknown, unless --read decodes them.
    Nothing is deleted.
    """
    with errors_as_exit_codes():
        mirror = open_read_only()
        asked = folders_from_keys(folders, mirror)
        listed = in_known_order(mirror, lambda going: [*rows_of(going, asked, Summary())])
        rows = [*(_hashed(listed, mirror.resized) if reads else listed)]
    unknown = sum(not row.picture_hash for row in rows)
    found = [*groups(rows, distance)]
    more = sum(len(group.others) for group in found)
    if is_json:
        for group in found:
            print_json(_facts(group))
        total = {"renditions": len(rows), "groups": len(found), "others": more, "unknown": unknown}
        print_json({"total": total})
        return
    for group in found[:MOST_SHOWN]:
        print_line(group.best.name)
        for row, bits in group.others:
            print_line(f"  {bits:2} {row.name}")
    if len(found) > MOST_SHOWN:
        hidden = counted(len(found) - MOST_SHOWN, "more group", "more groups")
        print_line(f"... and {hidden}; --json lists all")
    alike = (
        f"{counted(more, 'looks', 'look')} like a better one, in "
        f"{counted(len(found), 'group', 'groups')}"
    )
    renditions = counted(len(rows), "rendition", "renditions")
    print_line(f"{renditions}; {alike if found else 'none look alike'}.")
    if unknown:
        why = "could not be decoded" if reads else "never decoded; to decode them, add --read"
        print_line(f"{counted(unknown, 'rendition', 'renditions')} not compared: {why}.")


def _hashed(rows: Iterable[Row], resized: Store) -> Iterator[Row]:
    """Yield rows; decode those without a hash. If one cannot be read, its hash stays unknown."""
    for row in rows:
        yield row if row.picture_hash else replace(row, picture_hash=_hash(row, resized))


def _hash(row: Row, resized: Store) -> str:
    try:
        for found in find(resized, row.name):
            return hash_text(hash_file(resized.read(found.name, found.etag).data))
    except (DeniedError, StaleError, UnreadableError):
        return ""
    return ""


def _facts(group: Group) -> dict[str, object]:
    others = [{"name": row.name, "distance": bits} for row, bits in group.others]
    return {"best": group.best.name, "others": others}
