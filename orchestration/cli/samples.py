"""`photo-mirror samples`: photos to try the project with."""

from pathlib import Path

import click

from orchestration.cli.environment import UnavailableError


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def samples(folder: Path) -> None:
    """Create a dozen sample photos in FOLDER."""
    from orchestration.sample_photos import make_samples  # noqa: PLC0415 -- no other verb needs pixels

    try:
        make_samples(folder)
    except OSError as error:
        raise UnavailableError(f"{folder} cannot be written: {error.strerror or error}") from None
