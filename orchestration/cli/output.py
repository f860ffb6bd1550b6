"""What a command prints: tables for people, or with --json one JSON object a line for scripts."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from orchestration.escaping import in_a_line

_WIDE = 1_000

as_json = click.option(
    "--json", "is_json", is_flag=True, help="Print one JSON object a line; the last is the total."
)


def print_json(facts: Mapping[str, Any]) -> None:
    """Print one JSON object on a line of its own."""
    click.echo(json.dumps(facts))


def print_line(text: str) -> None:
    """Print a line that may hold names."""
    click.echo(in_a_line(text))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table: the first column to the left, numbers to the right."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for at, column in enumerate(columns):
        table.add_column(column, justify="left" if at == 0 else "right", overflow="fold")
    for row in rows:
        table.add_row(*map(in_a_line, row))
    # Nothing folds in a file or a pipe.
    width = None if sys.stdout.isatty() else _WIDE
    Console(markup=False, highlight=False, width=width).print(table)
