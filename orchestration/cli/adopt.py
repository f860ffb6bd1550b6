"""`photo-mirror adopt`: take over blobs that are not ours and hold photos' names."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import get_args

import click
from rich.filesize import decimal

from orchestration import bootstrap
from orchestration.cli.environment import (
    PROBLEMS_FOUND,
    engine_settings,
    errors_as_exit_codes,
    folders_from_keys,
    open_read_only,
    open_writable,
)
from orchestration.cli.output import as_json, print_json, print_line, print_table
from orchestration.mirror.adopt import ForeignCounts, Way, count_foreign
from orchestration.mirror.adopt import adopt as adopted
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.outcomes import (
    Blocked,
    Done,
    Failed,
    Outcome,
    Refused,
    Unreadable,
    word_for,
)
from orchestration.mirror.preflight import check_writes
from orchestration.mirror.source_check import claim_source
from orchestration.settings import ContainersSettings
from orchestration.settings_from_environment import read_settings

_HELP = {
    "keep": "Stamp what fits the budget, decodes and shows the photo.",
    "restore": "Stamp only what we made: by what is left of its stamp, or by making it anew.",
    "replace": "Make them anew in place of what is there.",
}


@click.command()
@click.argument("folders", nargs=-1)
@click.option("--keep", "way", flag_value="keep", help=_HELP["keep"])
@click.option("--restore", "way", flag_value="restore", help=_HELP["restore"])
@click.option("--replace", "way", flag_value="replace", help=_HELP["replace"])
@click.option("--yes", is_flag=True, help="Do it. Without this it is only said what there is.")
@click.option(
    "--source",
    is_flag=True,
    help="Let the resized place belong to the raw one named now, where the photos moved there.",
)
@as_json
@click.pass_context
def adopt(  # noqa: PLR0913 -- an option a parameter
    context: click.Context,
    folders: tuple[str, ...],
    way: Way | None,
    *,
    yes: bool,
    source: bool,
    is_json: bool,
) -> None:
    """Take over foreign blobs that hold photos' names, in FOLDERS or everywhere.

    For a container that something else filled, and for stamps that an edit of metadata removed.
    Blobs that hold no photo's name are left alone. Ends with code 1 when any blob stays foreign.
    """
    if source:
        if yes or way or folders:
            raise click.UsageError("--source goes alone: it is about the whole place")
        with errors_as_exit_codes():
            former, now = bootstrap.move_to_source(read_settings(ContainersSettings, os.environ))
        of = f", no longer to {former}" if former and former != now else ""
        print_line(f"The renditions belong to {now}{of}.")
        return
    if yes and way is None:
        raise click.UsageError(f"say how: {', '.join(f'--{way}' for way in get_args(Way))}")
    with errors_as_exit_codes():
        engine = engine_settings()
        policy = Policy(max_photo_bytes=engine.max_photo_bytes)
        mirror = open_read_only(policy)
        asked = folders_from_keys(folders, mirror)
        if not yes or way is None:
            _tell_dry(count_foreign(mirror, asked), is_json=is_json)
            return
        mirror = open_writable(policy)
        containers = read_settings(ContainersSettings, os.environ)
        check_writes(mirror)
        claim_source(mirror)
        with bootstrap.local_workers(containers, mirror.recipe, engine) as workers:
            left = _tell(adopted(mirror, workers, way, asked), is_json=is_json)
    context.exit(PROBLEMS_FOUND if left else 0)


def _tell_dry(held: ForeignCounts, *, is_json: bool) -> None:
    if is_json:
        print_json({"total": asdict(held)})
        return
    click.echo(f"{held.photos:,} foreign blobs ({decimal(held.bytes)}) hold photos' names:")
    rows = (
        ("bear what is left of a stamp", held.with_remains),
        ("may be the photo itself", held.like_photo),
        ("are over the budget", held.over_budget),
    )
    print_table(["", "blobs"], [(f"  {words}", f"{many:,}") for words, many in rows])
    click.echo(f"{held.others:,} more hold no photo's name and are left alone.")
    click.echo("Nothing was done. To take them over, add --yes and one of:")
    for way, words in _HELP.items():
        click.echo(f"  --{way:8} {words}")


def _tell(outcomes: Iterator[Outcome], *, is_json: bool) -> int:
    """Print how each went; return how many blobs are as they were."""
    tallied, left = Counter[str](), 0
    for outcome in outcomes:
        word, reason = _word(outcome), ""
        match outcome:
            case Refused(reason=reason) | Unreadable(reason=reason) | Blocked(reason=reason):
                pass
            case Failed(traceback=reason):
                pass
        tallied[word] += 1
        left += not isinstance(outcome, Done)
        other = outcome.rendition if isinstance(outcome, Done | Blocked) else ""
        if is_json:
            told = {"name": outcome.name, "outcome": word, "reason": reason}
            print_json(told | ({"rendition": other} if other else {}))
        elif not isinstance(outcome, Done):
            print_line(f"{other or outcome.name}: {word}{reason and ', '}{reason}")
    if is_json:
        print_json({"total": dict(tallied)})
    elif tallied:
        print_table(
            ["outcome", "blobs"], [(word, f"{many:,}") for word, many in sorted(tallied.items())]
        )
    else:
        click.echo("Nothing foreign holds a photo's name.")
    return left


def _word(outcome: Outcome) -> str:
    match outcome:
        case Done(how=how):
            return how
        case Blocked():
            return "left"
        case _:
            return word_for(outcome)
