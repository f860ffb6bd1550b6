"""`photo-mirror gallery --labels`: which labels are drawn on the photos, and which cannot be."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import click

from orchestration.cli.environment import InvalidUsageError
from orchestration.cli.label_file import (
    AUTO,
    label_file_options,
    print_notes,
    print_reasons,
    read_label_file,
)
from orchestration.cli.output import counted, print_line
from orchestration.gallery.choose import Pair
from orchestration.gallery.labels import LabelsOf, LabelSource, ShownLabels, labels_of_shown
from orchestration.gallery.shown import Shown
from orchestration.labels.document import LabelFileError
from orchestration.labels.formats import TITLES
from orchestration.mirror.mirror import Mirror
from orchestration.mirror.partition_keys import Folder

F = TypeVar("F", bound=Callable[..., Any])


def label_options(verb: F) -> F:
    """Add the options about the labels to draw to a command."""
    options = (
        label_file_options(
            "Draw the labels of this file, or of this folder of label files. They may be of "
            "renditions or of raw photos."
        ),
        click.option(
            "--form",
            type=click.Choice([AUTO, *TITLES]),
            help="Format of the label file; auto by default.",
        ),
        click.option(
            "--labels-of",
            type=click.Choice([of.value for of in LabelsOf]),
            help="Container that the labels are of; auto by default.",
        ),
    )
    for option in reversed(options):
        verb = option(verb)
    return verb


def open_source(said: Mapping[str, Any]) -> LabelSource | None:
    """Read the given label file; return None if none is given.

    Raises InvalidUsageError, UnavailableError.
    """
    read = read_label_file(said, said["form"] or AUTO, ("form", "labels_of"))
    if read is None:
        return None
    of = LabelsOf(said["labels_of"] or AUTO)
    return LabelSource(read.form, read.document, of, read.frame, read.prefix)


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
    print_reasons("drawn", found.reasons, "photo-mirror labels check --json lists all")
    print_notes(source.form, source.document)
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
