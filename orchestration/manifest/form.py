"""The format of a service's manifest: the text around its rows, and further files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from orchestration.manifest.collect import Summary
from orchestration.manifest.row import Row


def _nothing(_: Summary) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Form:
    """One text file, written row by row, and small further files.

    `line` returns the text of a row, None for a row that the form cannot contain; `lacking`
    describes those renditions. `opening`, `joint` and `closing` come before the first row, between
    rows and after the last. `beside` returns the further files' texts by name, after all rows are
    counted.
    """

    name: str
    file: str
    line: Callable[[Row], str | None]
    opening: str = ""
    joint: str = "\n"
    closing: str = "\n"
    lacking: str = ""
    beside: Callable[[Summary], Mapping[str, str]] = _nothing
