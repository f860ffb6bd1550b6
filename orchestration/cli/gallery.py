"""`photo-mirror gallery`: one page with photos before and after."""

import os
import sys
from pathlib import Path
from typing import Any, get_args

import click
from rich.filesize import decimal

from orchestration import bootstrap
from orchestration.cli.environment import (
    InvalidUsageError,
    UnavailableError,
    engine_settings,
    errors_as_exit_codes,
    folders_from_keys,
    open_read_only,
)
from orchestration.cli.gallery_labels import (
    label_options,
    open_source,
    read_labels,
    tell_labels,
    with_labels,
)
from orchestration.cli.output import print_line
from orchestration.gallery.choose import Choice, Chosen, Order, choose
from orchestration.gallery.compare import compared
from orchestration.gallery.file import (
    OutputError,
    check_place,
    check_replaces_gallery,
    write_whole,
)
from orchestration.gallery.labels import ShownLabels
from orchestration.gallery.page import Heading, page
from orchestration.gallery.shown import Shown
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.mirror import Mirror
from orchestration.mirror.workers.process import Limits
from orchestration.settings import ContainersSettings, EngineSettings
from orchestration.settings_from_environment import read_settings
from resize_core import Look

MOST_PHOTOS = 200
# The growth by base64; and the size of a photo's overview and text, in addition to its crops.
_AS_TEXT, _OVERVIEW = 4 / 3, 90_000
# The size of a point of a label: two numbers of up to eight digits.
_POINT = 20


@click.command()
@click.argument("folders", nargs=-1)
@click.option(
    "-o",
    "--output",
    default="gallery.html",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Output file. An existing file is replaced only if it is a gallery.",
)
@click.option(
    "--photos",
    default=24,
    show_default=True,
    type=click.IntRange(1, MOST_PHOTOS),
    help="Number of photos to show.",
)
@click.option(
    "--choose",
    "order",
    default="most-changed",
    show_default=True,
    type=click.Choice(get_args(Order)),
    help="Which photos: those whose size shrank most, the largest, or random ones.",
)
@click.option("--seed", default=0, show_default=True, help="Seed for --choose random.")
@click.option(
    "--places",
    default=3,
    show_default=True,
    type=click.IntRange(1, 12),
    help="Number of crops to show per photo.",
)
@click.option("--force", is_flag=True, help="Replace the file even if it is not a gallery.")
@label_options
def gallery(  # noqa: PLR0913, PLR0917 -- an option a parameter
    folders: tuple[str, ...],
    output: Path,
    photos: int,
    order: Order,
    seed: int,
    places: int,
    *,
    force: bool,
    **said: Any,
) -> None:
    """Write one HTML page with photos before and after.

    The photos are in FOLDERS, or in the whole container. The page needs no network and no other
    file. Click a photo to open the crops where its rendition lost most, at one pixel to one, with a
    slider between before and after. Both containers are only read.
    """
    try:
        check_place(output)
        if not force:
            check_replaces_gallery(output)
    except OutputError as error:
        raise InvalidUsageError(str(error)) from None
    source = open_source(said)
    with errors_as_exit_codes():
        where = bootstrap.addresses(read_settings(ContainersSettings, os.environ))
        _check_outside(output, where)
        engine = engine_settings()
        mirror = open_read_only(Policy(max_photo_bytes=engine.max_photo_bytes))
        choice, look = Choice(photos, order, seed), _look(mirror, places)
        asked = folders_from_keys(folders, mirror)
        chosen = choose(mirror, asked, choice)
        labels = read_labels(mirror, asked, chosen.chosen, source)
        _announce(chosen, look, labels)
        shown = _compared(mirror, chosen, look, engine)
    if labels is not None:
        shown = with_labels(shown, labels)
    heading = Heading(str(where.raw), str(where.resized), _in_words(choice), mirror.now())
    written = page(heading, chosen, shown)
    try:
        if not force:
            check_replaces_gallery(output)
        write_whole(output, written)
    except OutputError as error:
        raise UnavailableError(str(error)) from None
    if source is not None and labels is not None:
        tell_labels(source, labels)
    _tell(output, shown, len(written))


def _look(mirror: Mirror, places: int) -> Look:
    return Look(places=places, max_pixels=mirror.recipe.options.max_source_pixels)


def _check_outside(output: Path, where: bootstrap.Addresses) -> None:
    """Raise InvalidUsageError for a file inside a container or the ledger."""
    for address in (where.raw, where.resized, where.ledger):
        if address.is_container:
            continue
        if output.resolve().is_relative_to(Path(str(address)).resolve()):
            raise InvalidUsageError(
                f"{output} is in {address}, which contains photos; choose a file outside it "
                "with --output"
            )


def _announce(chosen: Chosen, look: Look, labels: ShownLabels | None) -> None:
    many = len(chosen.chosen)
    most = many * (2 * look.places * look.most_bytes + _OVERVIEW) * _AS_TEXT
    if labels is not None:
        most += _POINT * sum(one.points for one in labels.by_photo.values())
    if many:
        click.echo(
            f"Comparing {_photos(many)} of {chosen.photos:,}; the page will have at most about "
            f"{decimal(round(most))}.",
            err=True,
        )


def _compared(mirror: Mirror, chosen: Chosen, look: Look, engine: EngineSettings) -> list[Shown]:
    pairs = chosen.chosen
    if not pairs:
        return []
    workers = min(engine.workers or bootstrap.cores(), len(pairs))
    limits = Limits(engine.worker_memory, engine.photo_seconds)
    shown = list[Shown]()
    for one in compared(mirror, pairs, look, workers, limits):
        shown.append(one)
        if sys.stderr.isatty():
            end = "\n" if len(shown) == len(pairs) else ""
            click.echo(f"\r{len(shown):,} of {len(pairs):,} compared{end}", nl=False, err=True)
    return shown


def _in_words(choice: Choice) -> str:
    match choice.order:
        case "most-changed":
            return "the photos whose size shrank most"
        case "largest":
            return "the largest photos"
        case "random":
            return f"chosen at random, with seed {choice.seed}"


def _tell(output: Path, shown: list[Shown], size: int) -> None:
    for one in shown:
        if one.comparison is None:
            print_line(f"{one.name}: cannot be shown: {one.reason}")
    print_line(f"{output}: {_photos(len(shown))}, {decimal(size)}")


def _photos(many: int) -> str:
    return "1 photo" if many == 1 else f"{many:,} photos"
