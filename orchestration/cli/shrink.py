"""`photo-mirror shrink`: one file through the core, by the recipe of the environment."""

import os
from pathlib import Path
from typing import get_args

import click

from orchestration import bootstrap
from orchestration.cli.environment import ProblemsFoundError, UnavailableError, errors_as_exit_codes
from orchestration.cli.output import print_json, print_line
from orchestration.settings import RecipeSettings
from orchestration.settings_from_environment import read_settings
from resize_core import Rendition, ResizeError
from resize_core.model import Effort, Strategy
from resize_core.options import PresetName


@click.command()
@click.argument("photo", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="Output file; an existing one is replaced. In a folder, the name is that of a rendition.",
)
@click.option("--budget", help="Maximum size: 6MB, '4 MiB', 6000000, or a preset's name.")
@click.option("--preset", type=click.Choice(get_args(PresetName)), help="What a service accepts.")
@click.option("--max-side", type=click.IntRange(min=1), help="Maximum length of a side, in pixels.")
@click.option("--max-pixels", type=click.IntRange(min=1), help="Maximum number of pixels.")
@click.option("--strategy", type=click.Choice(get_args(Strategy)), help="What is reduced first.")
@click.option("--effort", type=click.Choice(get_args(Effort)), help="How much time to spend.")
@click.option("--json", "is_json", is_flag=True, help="Print the result as a JSON object.")
def shrink(photo: Path, output: Path, *, is_json: bool, **given: str | int | None) -> None:
    """Make one PHOTO fit the budget, as a run would.

    Settings without an option are read from the environment, as for a run. The exit code is 1 if
    the photo is refused.
    """
    with errors_as_exit_codes():
        options = {key: value for key, value in given.items() if value is not None}
        recipe = bootstrap.read_recipe(read_settings(RecipeSettings, os.environ).replaced(options))
    if output.is_dir():
        output /= recipe.naming.of(photo.name)
    if output.exists() and output.samefile(photo):
        raise click.BadParameter(f"{output} is the photo itself", param_hint="--output")
    try:
        data = photo.read_bytes()
        made = recipe.shrink(data)
        output.write_bytes(made.data)
    except ResizeError as error:
        raise ProblemsFoundError(f"{photo}: {error}") from None
    except OSError as error:
        raise UnavailableError(f"{error.filename}: {error.strerror}") from None
    if is_json:
        print_json(_facts(photo, output, len(data), made))
    else:
        print_line(f"{output}: {_in_words(made, len(data))}")


def _in_words(made: Rendition, source_size: int) -> str:
    """Return what was done to a photo of so many bytes, in one line."""
    quality = made.setting and made.setting.quality
    at = "" if quality is None else f" at quality {quality:.0f}"
    names = made.source_format.name, made.format.name
    formats = f", {names[0]} -> {names[1]}" if names[0] != names[1] else ""
    without = f"; without {', '.join(made.dropped)}" if made.dropped else ""
    return (
        f"{made.done}{at}{formats}, {source_size:,} -> {len(made.data):,} bytes, "
        f"{made.source_width}x{made.source_height} -> {made.width}x{made.height} px{without}"
    )


def _facts(photo: Path, output: Path, size: int, made: Rendition) -> dict[str, object]:
    setting = made.setting
    return {
        "photo": str(photo),
        "output": str(output),
        "done": made.done,
        "format_before": made.source_format.name,
        "format_after": made.format.name,
        "bytes_before": size,
        "bytes_after": len(made.data),
        "sides_before": [made.source_width, made.source_height],
        "sides_after": [made.width, made.height],
        "quality": setting and setting.quality,
        "scale": setting.scale if setting else 1,
        "dropped": [*made.dropped],
        "encodes": made.encodes,
    }
