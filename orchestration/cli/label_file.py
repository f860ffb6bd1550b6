"""The label file that `gallery` and `manifest` read besides the containers, and its options."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from orchestration.cli.environment import InvalidUsageError, UnavailableError
from orchestration.cli.output import print_line
from orchestration.labels.document import Document, LabelFileError, OptionError
from orchestration.labels.formats import TITLES, open_labels
from orchestration.labels.geometry import Frame
from orchestration.labels.options import Coordinates, Options

F = TypeVar("F", bound=Callable[..., Any])

OPTIONS = ("labels", "frame", "prefix", "coordinates")
AUTO = "auto"
# The number of reasons printed.
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class LabelFile:
    """A label file that was read, its form, and the options about it."""

    form: str
    document: Document
    frame: Frame | None
    prefix: str


def label_file_options(labels: str) -> Callable[[F], F]:
    """Add the options about a label file to a command; `labels` explains the file's own one."""
    options = (
        click.option("--labels", type=click.Path(exists=True, path_type=Path), help=labels),
        click.option(
            "--frame",
            type=click.Choice([AUTO, *(frame.value for frame in Frame)]),
            help="Whether coordinates are of photos as shown or as stored, if EXIF rotates them; "
            "auto by default.",
        ),
        click.option("--prefix", help="Text that the label file has before the names of photos."),
        click.option(
            "--coordinates",
            type=click.Choice([one.value for one in Coordinates]),
            help="Unit of the numbers in a COCO file; auto by default.",
        ),
    )

    def add(verb: F) -> F:
        for option in reversed(options):
            verb = option(verb)
        return verb

    return add


def read_label_file(
    said: Mapping[str, Any], form: str = AUTO, others: Iterable[str] = ()
) -> LabelFile | None:
    """Read the given label file of a form; return None if none is given.

    `others` are further options that need a label file.

    Raises InvalidUsageError, UnavailableError.
    """
    path = said["labels"]
    if path is None:
        useless = [name for name in (*OPTIONS, *others) if said[name] is not None]
        if useless:
            raise InvalidUsageError(f"--{useless[0].replace('_', '-')} requires --labels FILE")
        return None
    try:
        name, document = open_labels(path, Options(Coordinates(said["coordinates"] or AUTO)), form)
    except (LabelFileError, OptionError) as error:
        raise InvalidUsageError(str(error)) from None
    except OSError as error:
        raise UnavailableError(f"{path} cannot be read: {error.strerror}") from None
    frame = said["frame"] if said["frame"] != AUTO else None
    return LabelFile(name, document, Frame(frame) if frame else None, said["prefix"] or "")


def print_reasons(verb: str, reasons: Mapping[str, str], all_of_them: str) -> None:
    """Print why labels are missing, photo by photo; `all_of_them` says where all are listed."""
    for name, reason in [*reasons.items()][:MOST_SHOWN]:
        print_line(f"not {verb}: {name}: {reason}")
    if len(reasons) > MOST_SHOWN:
        print_line(f"... and {len(reasons) - MOST_SHOWN:,} more; {all_of_them}")


def print_notes(form: str, document: Document) -> None:
    """Print what is said about the file as a whole."""
    for note in document.notes:
        print_line(f"{TITLES[form]}: {note}")
