"""What commands print: tables for people or, with --json, one JSON object per line."""

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
    "--json", "is_json", is_flag=True, help="Print one JSON object per line; the last is the total."
)


def print_json(facts: Mapping[str, Any]) -> None:
    """Print one JSON object on a line of its own."""
    click.echo(json.dumps(facts))


def print_line(text: str) -> None:
    """Print a line that may contain names of files."""
    click.echo(in_a_line(text))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table: the first column left-aligned, the others right-aligned."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for at, column in enumerate(columns):
        table.add_column(column, justify="left" if at == 0 else "right", overflow="fold")
    for row in rows:
        table.add_row(*map(in_a_line, row))
    # In a file or a pipe no cell is wrapped.
    width = None if sys.stdout.isatty() else _WIDE
    Console(markup=False, highlight=False, width=width).print(table)


def counted(number: int, one: str, many: str) -> str:
    """Return a number with its noun in singular or plural: "1 photo", "2,000 photos"."""
    return f"{number:,} {one if number == 1 else many}"
