"""`photo-mirror labels`: map labels between renditions and photos."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import click

from orchestration.cli.environment import (
    PROBLEMS_FOUND,
    InvalidUsageError,
    UnavailableError,
    errors_as_exit_codes,
    folders_from_keys,
    open_read_only,
)
from orchestration.cli.output import as_json, counted, print_json, print_line
from orchestration.labels.convert import Finding, Frames, Summary, convert
from orchestration.labels.document import Document, LabelFileError, OptionError
from orchestration.labels.examples import Examples
from orchestration.labels.formats import TITLES, open_labels
from orchestration.labels.geometry import Frame
from orchestration.labels.options import Coordinates, Options, VocOrigin
from orchestration.labels.pairs import Way
from orchestration.labels.saving import check_sheet, check_target, save
from orchestration.mirror.label_pairs import LabelSearch, find_pairs
from orchestration.mirror.label_sheet import draw_labels
from orchestration.mirror.mirror import Mirror

F = TypeVar("F", bound=Callable[..., Any])

# The number of findings and classes printed; --json prints all.
MOST_SHOWN = 50
MOST_CLASSES = 8


@click.group()
def labels() -> None:
    """Map labels between the renditions and the photos.

    FILE is a label file, or a folder of them: COCO, YOLO, Azure ML JSONL, CVAT XML, Label Studio
    JSON, Pascal VOC, LabelMe, or regions of Custom Vision. OUT has the same format; only
    coordinates, sizes and names change. Photos that cannot be mapped are left out and listed;
    the exit code is then 1.
    """


def _chosen(verb: F) -> F:
    """Add the options about the label file to a command."""
    options = (
        click.option(
            "--form", type=click.Choice(["auto", *TITLES]), default="auto", help="Format of FILE."
        ),
        click.option(
            "--frame",
            type=click.Choice(["auto", *(frame.value for frame in Frame)]),
            default="auto",
            help="Whether coordinates in FILE are of photos as shown or as stored, if EXIF rotates "
            "them.",
        ),
        click.option(
            "--out-frame",
            type=click.Choice(["same", *(frame.value for frame in Frame)]),
            default="same",
            help="The same for OUT.",
        ),
        click.option(
            "--coordinates",
            type=click.Choice([one.value for one in Coordinates]),
            default="auto",
            help="Unit of the numbers in a COCO file.",
        ),
        click.option(
            "--voc-origin",
            type=click.Choice([one.value for one in VocOrigin]),
            default="auto",
            help="Number of the first pixel in Pascal VOC.",
        ),
        click.option(
            "--folder",
            "folders",
            multiple=True,
            help="Only photos of this folder; repeatable.",
        ),
        click.option("--prefix", default="", help="Text that FILE has before the names of photos."),
        click.option(
            "--even-if-changed",
            is_flag=True,
            help="Also map photos that changed after their rendition was made, if size and "
            "rotation are unchanged.",
        ),
        click.option(
            "--sheet",
            type=click.Path(dir_okay=False, path_type=Path),
            help="Write a picture (WebP) of a few renditions next to their photos, with the labels "
            "drawn on both.",
        ),
        as_json,
    )
    for option in reversed(options):
        verb = option(verb)
    return verb


_file = click.argument("file", type=click.Path(exists=True, path_type=Path))
_out = click.option(
    "-o", "--out", required=True, type=click.Path(path_type=Path), help="Output file or folder."
)


@labels.command()
@_file
@click.option(
    "--to",
    "way",
    type=click.Choice([way.value for way in Way]),
    default="raw",
    help="Target container.",
)
@_chosen
@click.pass_context
def check(context: click.Context, /, file: Path, way: str, **chosen: Any) -> None:
    """Check which photos of FILE can be mapped (dry run)."""
    context.exit(_run(file, None, Way(way), chosen))


@labels.command("to-raw")
@_file
@_out
@_chosen
@click.pass_context
def to_raw(context: click.Context, /, file: Path, out: Path, **chosen: Any) -> None:
    """Map labels of renditions to the raw photos."""
    context.exit(_run(file, out, Way.TO_RAW, chosen))


@labels.command("to-resized")
@_file
@_out
@_chosen
@click.pass_context
def to_resized(context: click.Context, /, file: Path, out: Path, **chosen: Any) -> None:
    """Map labels of raw photos to their renditions."""
    context.exit(_run(file, out, Way.TO_RESIZED, chosen))


def _run(file: Path, out: Path | None, way: Way, chosen: dict[str, Any]) -> int:
    options = Options(Coordinates(chosen["coordinates"]), VocOrigin(chosen["voc_origin"]))
    frames = Frames(_frame(chosen["frame"]), _frame(chosen["out_frame"]))
    sheet: Path | None = chosen["sheet"]
    summary = Summary(examples=Examples() if sheet is not None else None)
    try:
        if out is not None:
            check_target(file, out)
        if sheet is not None:
            check_sheet(sheet, file, out)
        form, document = open_labels(file, options, chosen["form"])
        with errors_as_exit_codes():
            mirror = open_read_only()
            search = LabelSearch(
                way,
                folders_from_keys(chosen["folders"], mirror),
                chosen["prefix"],
                chosen["even_if_changed"],
            )
            found = find_pairs(mirror, document.photos(), search)
        findings = [*convert(document, found.pairs, way, frames, summary)]
        if out is not None and summary.mapped:
            save(document, file, out)
        if sheet is not None:
            _write_sheet(sheet, mirror, summary)
    except (LabelFileError, OptionError) as error:
        raise InvalidUsageError(str(error)) from None
    except OSError as error:
        raise UnavailableError(str(error)) from None
    show = _show_in_json if chosen["is_json"] else _show
    show(form, document, findings, summary)
    if out is not None and not chosen["is_json"]:
        print_line(f"Written to {out}." if summary.mapped else f"{out} was not written.")
    return PROBLEMS_FOUND if summary.not_mapped else 0


def _write_sheet(path: Path, mirror: Mirror, summary: Summary) -> None:
    """Draw examples of what was mapped. Raises OSError."""
    with errors_as_exit_codes():
        drawn = draw_labels(mirror, summary.examples.chosen() if summary.examples else [])
    if drawn is None:
        click.echo(f"{path} was not written: no photo with labels could be drawn.", err=True)
    else:
        path.write_bytes(drawn.sheet.large)


def _frame(value: str) -> Frame | None:
    return Frame(value) if value in {frame.value for frame in Frame} else None


def _show_in_json(
    form: str, document: Document, findings: Iterable[Finding], summary: Summary
) -> None:
    for one in findings:
        print_json(asdict(one))
    print_json({"total": {"form": form, **summary.counts, "notes": document.notes}})


def _show(form: str, document: Document, findings: list[Finding], summary: Summary) -> None:
    for one in findings[:MOST_SHOWN]:
        print_line(f"{one.kind}: {one.name}: {one.reason}")
    if len(findings) > MOST_SHOWN:
        click.echo(f"... and {len(findings) - MOST_SHOWN:,} more; --json has them")
    for note in document.notes:
        print_line(f"{TITLES[form]}: {note}")
    common = summary.classes.most_common(MOST_CLASSES)
    classes = ", ".join(f"{name} {many:,}" for name, many in common)
    more = ", ..." if len(summary.classes) > MOST_CLASSES else ""
    print_line(
        f"{summary.mapped:,} of {counted(summary.photos, 'photo', 'photos')} mapped, with "
        f"{counted(summary.labels, 'label', 'labels')}"
        f"{f' ({classes}{more})' if classes else ''}."
    )
    if summary.small:
        click.echo(
            f"{counted(summary.small, 'label is', 'labels are')} less than 2 pixels wide or high "
            "on the rendition."
        )
    if summary.turned:
        frame = max(summary.frames, key=lambda name: summary.frames[name])
        click.echo(
            f"{counted(summary.turned, 'target file has', 'target files have')} an EXIF rotation; "
            f"the labels are of the picture as {frame}. For programs that need the other frame, "
            "set --out-frame."
        )
