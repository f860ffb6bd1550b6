"""What the README says of settings is what they are."""

from pathlib import Path

from orchestration.settings import SETTINGS

README = Path(__file__).parent.parent / "README.md"


def table() -> str:
    lines = ["| Variable | Config field | Default | Meaning |", "|---|---|---|---|"]
    for row in SETTINGS:
        default = "" if row.default in {None, ""} else f"`{row.default}`"
        field = f"`{row.home}.{row.field}`"
        lines.append(f"| `{row.variable}` | {field} | {default} | {row.meaning} |")
    return "\n".join(lines)


def test_the_table_of_settings_is_true() -> None:
    _, _, rest = README.read_text().partition("<!-- settings -->\n")
    shown, _, _ = rest.partition("\n<!-- /settings -->")
    assert shown == table(), f"README.md should say:\n{table()}"
