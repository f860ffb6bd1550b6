"""The plain list: every row as it is."""

from orchestration.manifest.form import Form
from orchestration.manifest.row import Row

FILE = "renditions.jsonl"


def rows() -> Form:
    """Return the form. It stands beside every other one, so that any two can be compared."""
    return Form("list", FILE, _line)


def _line(row: Row) -> str:
    return row.line
