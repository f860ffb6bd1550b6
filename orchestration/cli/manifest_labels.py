"""`photo-mirror manifest --labels`: which labels go into a manifest, and which cannot."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from orchestration.cli.environment import InvalidUsageError, UnavailableError
from orchestration.cli.output import counted, print_json, print_line
from orchestration.labels.document import Document, LabelFileError, OptionError
from orchestration.labels.formats import TITLES, open_labels
from orchestration.labels.formats.label_studio import LabelStudio
from orchestration.labels.geometry import Frame
from orchestration.labels.options import Coordinates, Options
from orchestration.manifest.label_join import JoinedLabels

F = TypeVar("F", bound=Callable[..., Any])

OPTIONS = ("labels", "prefix", "frame", "coordinates")
# The number of lines printed; --json prints all.
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class LabelSource:
    """A label file that was read, and the options about it."""

    form: str
    document: Document
    prefix: str
    frame: Frame | None


def label_options(verb: F) -> F:
    """Add the options about the labels to join to a command."""
    options = (
        click.option(
            "--labels",
            type=click.Path(exists=True, path_type=Path),
            help="A label file of the renditions, or a folder of them, to join.",
        ),
        click.option(
            "--prefix", help="Text that the label file has before the names of renditions."
        ),
        click.option(
            "--frame",
            type=click.Choice([frame.value for frame in Frame]),
            help="Whether coordinates are of renditions as shown or as stored, if EXIF "
            "rotates them.",
        ),
        click.option(
            "--coordinates",
            type=click.Choice([one.value for one in Coordinates]),
            help="Unit of the numbers in a COCO file.",
        ),
    )
    for option in reversed(options):
        verb = option(verb)
    return verb


def open_source(form: str, said: Mapping[str, Any]) -> LabelSource | None:
    """Read the given label file for a manifest of a form; return None if none is given.

    Raises InvalidUsageError, UnavailableError.
    """
    path = said["labels"]
    if path is None:
        useless = [f"--{name}" for name in OPTIONS if said[name] is not None]
        if useless:
            raise InvalidUsageError(f"{useless[0]} requires --labels FILE")
        return None
    if form == "cvat":
        raise InvalidUsageError(
            "CVAT's manifest cannot contain labels; create the task from the manifest, "
            "and upload the "
            "label file to it as annotations"
        )
    try:
        kind, document = open_labels(path, Options(Coordinates(said["coordinates"] or "auto")))
        if isinstance(document, LabelStudio):
            document.keep_valid()
    except (LabelFileError, OptionError) as error:
        raise InvalidUsageError(str(error)) from None
    except OSError as error:
        raise UnavailableError(f"{path} cannot be read: {error.strerror}") from None
    frame = Frame(said["frame"]) if said["frame"] else None
    return LabelSource(kind, document, said["prefix"] or "", frame)


def show_joined(form: str, source: LabelSource, joined: JoinedLabels, *, is_json: bool) -> None:
    """Print which labels could not be joined, and how many were."""
    if is_json:
        for name, reason in joined.not_joined.items():
            print_json({"name": name, "kind": "not joined", "reason": reason})
        return
    for name, reason in [*joined.not_joined.items()][:MOST_SHOWN]:
        print_line(f"not joined: {name}: {reason}")
    if len(joined.not_joined) > MOST_SHOWN:
        print_line(f"... and {len(joined.not_joined) - MOST_SHOWN:,} more; --json lists all")
    for note in source.document.notes:
        print_line(f"{TITLES[source.form]}: {note}")
    photos, labels = len(joined.by_name), joined.labels
    kind = f", as {joined.task.value}" if form == "azureml" else ""
    if form == "azureml" and (tags := joined.tags_beside):
        kind += f", without {counted(tags, 'label', 'labels')} of whole photos"
        labels -= tags
    print_line(
        f"Joined {labels:,} {'label' if labels == 1 else 'labels'} of "
        f"{photos:,} {'rendition' if photos == 1 else 'renditions'}{kind}."
    )
