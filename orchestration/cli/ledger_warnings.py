"""Warns on standard error about unexpected files in the ledger."""

from collections.abc import Callable

import click


def ledger_warner() -> Callable[[str, str], None]:
    """Return a function that warns about a file of the ledger, once per name."""
    warned = set[str]()

    def warn(name: str, why: str) -> None:
        if name not in warned:
            warned.add(name)
            click.echo(f"Warning: {name!r} in the ledger is ignored: {why}", err=True)

    return warn
