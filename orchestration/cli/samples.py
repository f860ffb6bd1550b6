"""`photo-mirror samples`: photos to try the project with."""

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=False))
def samples(folder: Path) -> None:
    """Create a dozen sample photos in FOLDER."""
    from orchestration.sample_photos import make_samples  # noqa: PLC0415 -- no other verb needs pixels

    make_samples(folder)
