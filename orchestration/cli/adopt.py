"""`photo-mirror adopt`: take over files that photo-mirror did not create."""

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
from orchestration.cli.output import as_json, counted, print_json, print_line, print_table
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
    "keep": "Keep files that fit the budget, decode, and show the photo.",
    "restore": "Keep only files that photo-mirror created: by the rest of the stamp, or by making "
    "the rendition again.",
    "replace": "Replace the files by new renditions.",
}


@click.command()
@click.argument("folders", nargs=-1)
@click.option("--keep", is_flag=True, help=_HELP["keep"])
@click.option("--restore", is_flag=True, help=_HELP["restore"])
@click.option("--replace", is_flag=True, help=_HELP["replace"])
@click.option(
    "--yes", is_flag=True, help="Do it. Without it, only print what would be done (dry run)."
)
@click.option(
    "--source",
    is_flag=True,
    help="Assign the resized container to the raw one set now: the photos have moved there.",
)
@as_json
@click.pass_context
def adopt(
    context: click.Context,
    /,
    folders: tuple[str, ...],
    *,
    yes: bool,
    source: bool,
    is_json: bool,
    **ways: bool,
) -> None:
    """Take over files that photo-mirror did not create.

    These are files in FOLDERS, or in the whole container, that have the name of a photo: another
    program created them, or an edit of metadata removed their stamps. Files that match no photo are
    left untouched. The exit code is 1 if any file could not be taken over.
    """
    chosen = [one for one in get_args(Way) if ways[one]]
    if source:
        if yes or chosen or folders:
            raise click.UsageError(
                "--source takes no other option, because it applies to the whole container"
            )
        with errors_as_exit_codes():
            former, now = bootstrap.move_to_source(read_settings(ContainersSettings, os.environ))
        of = f", no longer to {former}" if former and former != now else ""
        print_line(f"The renditions belong to {now}{of}.")
        return
    if len(chosen) > 1 or (yes and not chosen):
        raise click.UsageError(f"choose one of: {', '.join(f'--{way}' for way in get_args(Way))}")
    with errors_as_exit_codes():
        engine = engine_settings()
        policy = Policy(max_photo_bytes=engine.max_photo_bytes)
        mirror = open_read_only(policy)
        asked = folders_from_keys(folders, mirror)
        if not yes:
            _print_dry_run(count_foreign(mirror, asked), is_json=is_json)
            return
        mirror = open_writable(policy)
        containers = read_settings(ContainersSettings, os.environ)
        check_writes(mirror)
        claim_source(mirror)
        with bootstrap.local_workers(containers, mirror.recipe, engine) as workers:
            left = _print_outcomes(adopted(mirror, workers, chosen[0], asked), is_json=is_json)
    context.exit(PROBLEMS_FOUND if left else 0)


def _print_dry_run(held: ForeignCounts, *, is_json: bool) -> None:
    if is_json:
        print_json({"total": asdict(held)})
        return
    if not held.photos and not held.others:
        click.echo("All files in the resized container were created by photo-mirror.")
        return
    found = counted(held.photos, "file has", "files have")
    click.echo(f"{found} the name of a photo ({decimal(held.bytes)}), not created by photo-mirror:")
    rows = (
        ("have a partial stamp", held.with_remains),
        ("may be the photo itself", held.like_photo),
        ("are over the budget", held.over_budget),
    )
    print_table(["", "blobs"], [(f"  {words}", f"{many:,}") for words, many in rows])
    if held.others:
        others = counted(held.others, "other file does", "other files do")
        click.echo(f"{others} not match any photo and will be left untouched.")
    click.echo("Nothing was changed. To take them over, add --yes and one of:")
    for way, words in _HELP.items():
        click.echo(f"  --{way:8} {words}")


def _print_outcomes(outcomes: Iterator[Outcome], *, is_json: bool) -> int:
    """Print each outcome; return how many files were not taken over."""
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
            facts = {"name": outcome.name, "outcome": word, "reason": reason}
            print_json(facts | ({"rendition": other} if other else {}))
        elif not isinstance(outcome, Done):
            print_line(f"{other or outcome.name}: {word}{reason and ', '}{reason}")
    if is_json:
        print_json({"total": dict(tallied)})
    elif tallied:
        print_table(
            ["outcome", "blobs"], [(word, f"{many:,}") for word, many in sorted(tallied.items())]
        )
    else:
        click.echo("All files with the name of a photo were created by photo-mirror.")
    return left


def _word(outcome: Outcome) -> str:
    match outcome:
        case Done(how=how):
            return how
        case Blocked():
            return "left"
        case _:
            return word_for(outcome)
