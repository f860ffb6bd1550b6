"""`photo-mirror manifest --labels`: which labels go into a manifest, and which cannot."""

from collections.abc import Mapping
from typing import Any

from orchestration.cli.environment import InvalidUsageError
from orchestration.cli.label_file import (
    LabelFile,
    label_file_options,
    print_notes,
    print_reasons,
    read_label_file,
)
from orchestration.cli.output import counted, print_json, print_line
from orchestration.labels.document import LabelFileError
from orchestration.labels.formats.label_studio import LabelStudio
from orchestration.manifest.label_join import JoinedLabels

label_options = label_file_options("A label file of the renditions, or a folder of them, to join.")
"""Adds the options about the labels to join to a command."""


def open_source(form: str, said: Mapping[str, Any]) -> LabelFile | None:
    """Read the given label file for a manifest of a form; return None if none is given.

    Raises InvalidUsageError, UnavailableError.
    """
    if form == "cvat" and said["labels"] is not None:
        raise InvalidUsageError(
            "CVAT's manifest cannot contain labels; create the task from the manifest, "
            "and upload the label file to it as annotations"
        )
    source = read_label_file(said)
    if source is not None and isinstance(source.document, LabelStudio):
        try:
            source.document.keep_valid()
        except LabelFileError as error:
            raise InvalidUsageError(str(error)) from None
    return source


def show_joined(form: str, source: LabelFile, joined: JoinedLabels, *, is_json: bool) -> None:
    """Print which labels could not be joined, and how many were."""
    if is_json:
        for name, reason in joined.not_joined.items():
            print_json({"name": name, "kind": "not joined", "reason": reason})
        return
    print_reasons("joined", joined.not_joined, "--json lists all")
    print_notes(source.form, source.document)
    labels = joined.labels
    kind = f", as {joined.task.value}" if form == "azureml" else ""
    if form == "azureml" and (tags := joined.tags_beside):
        kind += f", without {counted(tags, 'label', 'labels')} of whole photos"
        labels -= tags
    print_line(
        f"Joined {counted(labels, 'label', 'labels')} of "
        f"{counted(len(joined.by_name), 'rendition', 'renditions')}{kind}."
    )
