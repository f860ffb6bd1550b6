"""Says on standard error what in the ledger is not ours, each blob once."""

from collections.abc import Callable

import click


def ledger_warner() -> Callable[[str, str], None]:
    """Return what warns of a blob in the ledger."""
    told = set[str]()

    def warn(name: str, why: str) -> None:
        if name not in told:
            told.add(name)
            click.echo(f"Warning: {name!r} in the ledger is left alone: {why}", err=True)

    return warn
