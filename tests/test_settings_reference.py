"""The reference of settings matches the code."""

from pathlib import Path

from orchestration.setting_values import variable
from orchestration.settings import MODELS
from resize_core import PRESETS

REFERENCE = Path(__file__).parent.parent / "docs" / "reference" / "settings.md"


def table() -> str:
    lines = ["| Variable | Config field | Default | Meaning |", "|---|---|---|---|"]
    for model in MODELS:
        for name, field in model.model_fields.items():
            default = "" if field.default in {None, ""} else f"`{field.default}`"
            config = f"`{model.resource}.{name}`"
            lines.append(f"| `{variable(name)}` | {config} | {default} | {field.description} |")
    return "\n".join(lines)


def test_the_table_of_settings_is_true() -> None:
    _, _, rest = REFERENCE.read_text().partition("<!-- settings -->\n")
    shown, _, _ = rest.partition("\n<!-- /settings -->")
    assert shown == table(), f"docs/reference/settings.md should say:\n{table()}"


def presets() -> str:
    lines = ["| Preset | Sets | Source |", "|---|---|---|"]
    for name, preset in PRESETS.items():
        budget = [f"budget {preset.budget.size:,} bytes"] if preset.budget else []
        values = {
            key: " ".join(value) if isinstance(value, tuple) else value
            for key, value in preset.options.items()
        }
        told = ", ".join([*budget, *(f"{key} {value}" for key, value in values.items())])
        lines.append(f"| `{name}` | {told} | {preset.source} |")
    return "\n".join(lines)


def test_the_table_of_presets_is_true() -> None:
    _, _, rest = REFERENCE.read_text().partition("<!-- presets -->\n")
    shown, _, _ = rest.partition("\n<!-- /presets -->")
    assert shown == presets(), f"docs/reference/settings.md should say:\n{presets()}"
