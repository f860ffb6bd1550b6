"""`photo-mirror refused` and `retry`: list and clear refusals."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any, TypeVar

import click

from orchestration.cli.environment import errors_as_exit_codes, open_read_only, open_writable
from orchestration.cli.ledger_warnings import ledger_warner
from orchestration.cli.output import as_json, counted, print_json, print_line, print_table
from orchestration.mirror.ledger.refusal_record import KINDS, Refusal
from orchestration.mirror.ledger.refusals import forget, recorded

F = TypeVar("F", bound=Callable[..., Any])

# The number of records printed; --json prints all.
MOST_SHOWN = 50


def selecting_refusals(verb: F) -> F:
    """Add the options that select refusals to a command."""
    kind = click.option(
        "--kind",
        multiple=True,
        type=click.Choice(KINDS, case_sensitive=False),
        metavar="KIND",
        help="Only this kind; repeatable.",
    )
    prefix = click.option("--prefix", default="", help="Only photos whose name starts with this.")
    return kind(prefix(verb))


@click.command()
@selecting_refusals
@as_json
def refused(kind: tuple[str, ...], prefix: str, *, is_json: bool) -> None:
    """List the photos that cannot be made to fit, and why.

    A refusal is about one version of a photo and one recipe: after the photo is replaced or the
    recipe changes, it is retried automatically.
    """
    with errors_as_exit_codes():
        rows = filter(
            _wanted(kind, prefix), recorded(open_read_only().ledger, warn=ledger_warner())
        )
        _print_refusals(rows, "refused", is_json=is_json)


@click.command()
@selecting_refusals
@click.option("--all", "is_all", is_flag=True, help="All refusals.")
@as_json
def retry(kind: tuple[str, ...], prefix: str, *, is_all: bool, is_json: bool) -> None:
    """Clear refusals, so that the next run retries those photos.

    Select them by --kind or --prefix, or --all.
    """
    if not (kind or prefix or is_all):
        raise click.UsageError("select refusals by --kind or --prefix, or give --all")
    with errors_as_exit_codes():
        dropped = forget(open_writable().ledger, _wanted(kind, prefix), ledger_warner())
        _print_refusals(dropped, "due", is_json=is_json)


def _wanted(kinds: tuple[str, ...], prefix: str) -> Callable[[Refusal], bool]:
    return lambda one: (not kinds or one.kind in kinds) and one.name.startswith(prefix)


def _print_refusals(rows: Iterable[Refusal], word: str, *, is_json: bool) -> None:
    kinds = Counter[str]()
    for at, one in enumerate(rows):
        kinds[one.kind] += 1
        if is_json:
            print_json(asdict(one))
        elif at < MOST_SHOWN:
            reached = f"; the smallest had {one.smallest:,} bytes" if one.smallest else ""
            print_line(f"{one.name}: {one.reason}{reached} [{one.kind}, {one.first_seen}]")
            print_line(f"    by {one.terms}")
    if is_json:
        print_json({"total": {word: kinds.total(), "kinds": dict(kinds)}})
        return
    if kinds.total() > MOST_SHOWN:
        click.echo(f"... and {kinds.total() - MOST_SHOWN:,} more; --json names them")
    if kinds:
        print_table(
            ["kind", "photos"], [(kind, f"{many:,}") for kind, many in sorted(kinds.items())]
        )
    if word == "refused":
        click.echo(f"{counted(kinds.total(), 'photo is', 'photos are')} refused.")
    else:
        cleared = counted(kinds.total(), "refusal", "refusals")
        click.echo(f"Cleared {cleared}; the next run retries those photos.")
