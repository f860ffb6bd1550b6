"""`photo-mirror gallery --labels`: which labels are drawn on the photos, and which cannot be."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from orchestration.cli.environment import InvalidUsageError, UnavailableError
from orchestration.cli.output import counted, print_line
from orchestration.gallery.choose import Pair
from orchestration.gallery.labels import LabelsOf, LabelSource, ShownLabels, labels_of_shown
from orchestration.gallery.shown import Shown
from orchestration.labels.document import LabelFileError, OptionError
from orchestration.labels.formats import TITLES, open_labels
from orchestration.labels.geometry import Frame
from orchestration.labels.options import Coordinates, Options
from orchestration.mirror.mirror import Mirror
from orchestration.mirror.partition_keys import Folder

F = TypeVar("F", bound=Callable[..., Any])

# The number of reasons printed; `photo-mirror labels check --json` prints all.
MOST_SHOWN = 50
_AUTO = "auto"


def label_options(verb: F) -> F:
    """Add the options about the labels to draw to a command."""
    options = (
        click.option(
            "--labels",
            type=click.Path(exists=True, path_type=Path),
            help="Draw the labels of this file, or of this folder of label files. They may be of "
            "renditions or of raw photos.",
        ),
        click.option(
            "--form",
            type=click.Choice([_AUTO, *TITLES]),
            help="Format of the label file; auto by default.",
        ),
        click.option(
            "--frame",
            type=click.Choice([_AUTO, *(frame.value for frame in Frame)]),
            help="Whether coordinates are of photos as shown or as stored, if EXIF rotates them; "
            "auto by default.",
        ),
        click.option(
            "--labels-of",
            type=click.Choice([of.value for of in LabelsOf]),
            help="Container that the labels are of; auto by default.",
        ),
        click.option("--prefix", help="Text that the label file has before the names of photos."),
        click.option(
            "--coordinates",
            type=click.Choice([one.value for one in Coordinates]),
            help="Unit of the numbers in a COCO file; auto by default.",
        ),
    )
    for option in reversed(options):
        verb = option(verb)
    return verb


def open_source(said: Mapping[str, Any]) -> LabelSource | None:
    """Read the given label file; return None if none is given.

    Raises InvalidUsageError, UnavailableError.
    """
    path = said["labels"]
    if path is None:
        useless = [name for name, value in said.items() if value is not None]
        if useless:
            raise InvalidUsageError(f"--{useless[0].replace('_', '-')} requires --labels FILE")
        return None
    options = Options(Coordinates(said["coordinates"] or _AUTO))
    try:
        form, document = open_labels(path, options, said["form"] or _AUTO)
    except (LabelFileError, OptionError) as error:
        raise InvalidUsageError(str(error)) from None
    except OSError as error:
        raise UnavailableError(f"{path} cannot be read: {error.strerror}") from None
    frame = said["frame"] if said["frame"] != _AUTO else None
    return LabelSource(
        form,
        document,
        LabelsOf(said["labels_of"] or _AUTO),
        Frame(frame) if frame else None,
        said["prefix"] or "",
    )


def read_labels(
    mirror: Mirror,
    folders: Iterable[Folder] | None,
    pairs: Sequence[Pair],
    source: LabelSource | None,
) -> ShownLabels | None:
    """Return the labels of these pairs; None without a label file.

    Raises InvalidUsageError, StoreUnavailableError.
    """
    if source is None:
        return None
    try:
        return labels_of_shown(mirror, folders, pairs, source)
    except LabelFileError as error:
        raise InvalidUsageError(str(error)) from None


def with_labels(shown: Iterable[Shown], found: ShownLabels) -> list[Shown]:
    """Add the labels to the photos that are shown."""
    return [replace(one, labels=found.by_photo.get(one.name)) for one in shown]


def tell_labels(source: LabelSource, found: ShownLabels) -> None:
    """Print which labels cannot be drawn, and how many are."""
    for name, reason in [*found.reasons.items()][:MOST_SHOWN]:
        print_line(f"not drawn: {name}: {reason}")
    if len(found.reasons) > MOST_SHOWN:
        click.echo(
            f"... and {len(found.reasons) - MOST_SHOWN:,} more; photo-mirror labels check --json "
            "lists all"
        )
    for note in source.document.notes:
        print_line(f"{TITLES[source.form]}: {note}")
    drawn = found.by_photo.values()
    many = sum(len(one.labels) for one in drawn)
    line = f"{_labels(many)} drawn on {_photos(found.drawn)}"
    undrawn, beyond = (sum(getattr(one, name) for one in drawn) for name in ("undrawn", "beyond"))
    if undrawn:
        line += f"; {_labels(undrawn)} of masks or of whole photos not drawn"
    if beyond:
        line += f"; {_labels(beyond)} over the limit per photo not drawn"
    if found.others:
        line += f"; {_photos(found.others)} of the label file not shown here"
    print_line(f"{line}.")


def _labels(many: int) -> str:
    return counted(many, "label", "labels")


def _photos(many: int) -> str:
    return counted(many, "photo", "photos")
