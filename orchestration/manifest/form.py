"""What a service's manifest looks like: the text around its rows, and the files beside it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from orchestration.manifest.collect import Summary
from orchestration.manifest.row import Row


def _nothing(_: Summary) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Form:
    """One text file, written row by row, and small files that stand beside it.

    `line` returns the text of a row, None for a row that the form cannot hold: `lacking` says why.
    `opening`, `joint` and `closing` stand before the first row, between rows and after the last.
    `beside` returns texts by file name, once all rows are counted.
    """

    name: str
    file: str
    line: Callable[[Row], str | None]
    opening: str = ""
    joint: str = "\n"
    closing: str = "\n"
    lacking: str = ""
    beside: Callable[[Summary], Mapping[str, str]] = _nothing
