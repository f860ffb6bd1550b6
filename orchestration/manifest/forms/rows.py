"""The plain list: every row unchanged."""

from orchestration.manifest.form import Form
from orchestration.manifest.row import Row

FILE = "renditions.jsonl"


def rows() -> Form:
    """Return the form. Every other form includes it, so that any two manifests can be compared."""
    return Form("list", FILE, _line)


def _line(row: Row) -> str:
    return row.line
