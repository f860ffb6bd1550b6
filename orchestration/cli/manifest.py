"""`photo-mirror manifest`: lists of renditions for services, and the changes between two lists."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rich.filesize import decimal

from orchestration import bootstrap
from orchestration.blobs.address import Address, split_container_url
from orchestration.cli.duplicates import distance_option
from orchestration.cli.environment import (
    PROBLEMS_FOUND,
    InvalidUsageError,
    UnavailableError,
    errors_as_exit_codes,
    folders_from_keys,
    open_read_only,
)
from orchestration.cli.manifest_labels import label_options, open_source, show_joined
from orchestration.cli.output import as_json, print_json, print_line
from orchestration.labels.document import LabelFileError
from orchestration.manifest.collect import Summary, rows_of
from orchestration.manifest.difference import UnsortedError, difference
from orchestration.manifest.duplicates import DUPLICATE, groups, leave_out
from orchestration.manifest.form import Form
from orchestration.manifest.forms.azureml import Datastore, NotANameError, azureml
from orchestration.manifest.forms.cvat import cvat
from orchestration.manifest.forms.label_studio import label_studio
from orchestration.manifest.forms.rows import rows as plain_rows
from orchestration.manifest.label_join import JoinedLabels, MixedLabelsError, join, with_counts
from orchestration.manifest.read import NoManifestError, read_rows
from orchestration.manifest.row import Row
from orchestration.manifest.save import save
from orchestration.mirror.mirror import Mirror, in_known_order
from orchestration.settings import ContainersSettings
from orchestration.settings_from_environment import read_settings

FORMS = ("list", "cvat", "azureml", "label-studio")
# The number of changes printed; --json prints all.
MOST_SHOWN = 50
_DATASTORE = ("subscription", "resource_group", "workspace", "datastore")


class _WritesByDefault(click.Group):
    """`manifest ...` is `manifest write ...`, and so is `manifest diff -o DIR`, of a folder."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        known = {*self.commands, *ctx.help_option_names}
        is_folder = args[:1] == ["diff"] and any(one.startswith(("-o", "--out")) for one in args)
        if not args or args[0] not in known or is_folder:
            args = ["write", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_WritesByDefault)
def manifest() -> None:
    """List the renditions in sync, in the format of a service.

    `photo-mirror manifest [FOLDERS] -o DIR` is short for `manifest write`.
    """


@manifest.command()
@click.argument("folders", nargs=-1)
@click.option("--form", type=click.Choice(FORMS), default="list", show_default=True)
@click.option(
    "-o", "--out", required=True, type=click.Path(file_okay=False, path_type=Path),
    help="Output folder of the manifest.",
)  # fmt: skip
@click.option("--subscription", help="Azure ML: the subscription's id.")
@click.option("--resource-group", help="Azure ML: the workspace's resource group.")
@click.option("--workspace", help="Azure ML: the workspace.")
@click.option("--datastore", help="Azure ML: the datastore of the resized container.")
@click.option("--name", default="photos", show_default=True, help="Azure ML: the data asset.")
@click.option(
    "--without-duplicates", is_flag=True, help="Of photos that look alike, list only the best."
)
@distance_option
@label_options
@as_json
@click.pass_context
def write(  # noqa: PLR0913 -- an option a parameter
    context: click.Context, /, folders: tuple[str, ...], *, form: str, out: Path, is_json: bool,
    name: str, distance: int, without_duplicates: bool, **said: Any,
) -> None:  # fmt: skip
    """Write a manifest into a folder.

    It lists FOLDERS, or the whole container. No photo is read. Renditions that are not in sync are
    left out and counted. Two manifests of the same bytes have the same version. Labels that cannot
    be joined are listed, and the exit code is then 1.
    """
    with errors_as_exit_codes():
        mirror = open_read_only()
        resized = bootstrap.addresses(read_settings(ContainersSettings, os.environ)).resized
        chosen = _form(form, resized, name, said)
        source = open_source(form, said)
        if said["labels"] is not None and (out / chosen.file).resolve() == said["labels"].resolve():
            raise InvalidUsageError(
                f"{said['labels']} would be replaced by the manifest; choose another output folder"
            )
        asked = folders_from_keys(folders, mirror)

    def saved(going: Mirror) -> tuple[Summary, int, JoinedLabels | None]:
        summary, joined, made = Summary(), None, chosen
        about: dict[str, object] = {"renditions_at": str(resized), "recipe": going.recipe.text}
        rows: Iterable[Row] = rows_of(going, asked, summary)
        if without_duplicates:
            rows = _best_alone([*rows], distance, summary)
        if source is not None:
            rows = [*rows]
            joined = join(source.document, rows, source.prefix, source.frame)
            about["labels"] = joined.facts
            made = _form(form, resized, name, said, joined)
            rows = with_counts(rows, joined)
        return summary, save(rows, summary, made, out, about), joined

    with errors_as_exit_codes():
        try:
            ((summary, lacking, joined),) = in_known_order(mirror, lambda going: [saved(going)])
        except OSError as error:
            raise UnavailableError(f"{out} cannot be written: {error.strerror}") from None
        except (LabelFileError, MixedLabelsError) as error:
            raise InvalidUsageError(str(error)) from None
    if source is not None and joined is not None:
        show_joined(form, source, joined, is_json=is_json)
        chosen = _form(form, resized, name, said, joined)
    if is_json:
        labels = {"labels": joined.facts} if joined is not None else {}
        print_json({"total": {**summary.facts, "lacking": lacking, **labels}})
    else:
        _show(summary, chosen, lacking, out)
    if joined is not None and joined.not_joined:
        context.exit(PROBLEMS_FOUND)


@manifest.command()
@click.argument("before", type=click.Path(exists=True, path_type=Path))
@click.argument("after", type=click.Path(exists=True, path_type=Path))
@as_json
def diff(before: Path, after: Path, *, is_json: bool) -> None:
    """Show the changes between two manifests.

    BEFORE and AFTER are folders that `manifest` wrote, in any form, or the lists in them; also
    those in the ledger, `.jsonl.gz`.
    """
    found = Counter[str]()
    try:
        for one in difference(read_rows(before), read_rows(after)):
            found[one.kind] += 1
            if is_json:
                facts = {
                    "before": one.before and one.before.md5,
                    "after": one.after and one.after.md5,
                }
                print_json({"change": one.kind, "name": one.name, **facts})
            elif found.total() <= MOST_SHOWN:
                print_line(f"{one.kind}: {one.name}")
    except (NoManifestError, UnsortedError) as error:
        raise InvalidUsageError(str(error)) from None
    if is_json:
        print_json({"total": {kind: found[kind] for kind in ("added", "removed", "changed")}})
        return
    if found.total() > MOST_SHOWN:
        print_line(f"... and {found.total() - MOST_SHOWN:,} more; --json lists all")
    added, removed, changed = found["added"], found["removed"], found["changed"]
    print_line(f"{added:,} added, {removed:,} removed, {changed:,} changed.")


def _best_alone(rows: Sequence[Row], distance: int, summary: Summary) -> Iterator[Row]:
    found = [*groups(rows, distance)]
    if others := sum(len(group.others) for group in found):
        summary.left_out[DUPLICATE] += others
    return leave_out(rows, found)


def _form(
    form: str, resized: Address, name: str, said: Mapping[str, Any],
    joined: JoinedLabels | None = None,
) -> Form:  # fmt: skip
    match form:
        case "cvat":
            return cvat()
        case "label-studio":
            return label_studio(resized, joined)
        case "azureml":
            missing = [field for field in _DATASTORE if not said.get(field)]
            if missing:
                options = ", ".join(f"--{field.replace('_', '-')}" for field in missing)
                raise InvalidUsageError(f"an Azure ML manifest needs {options}, too")
            prefix = split_container_url(resized)[2] if resized.is_container else ""
            try:
                store = Datastore(*(said[field] for field in _DATASTORE))
            except NotANameError as error:
                raise InvalidUsageError(str(error)) from None
            return azureml(store, prefix, name, joined)
    return plain_rows()


def _show(summary: Summary, form: Form, lacking: int, out: Path) -> None:
    print_line(f"{_number(summary.renditions, 'rendition')}, {decimal(summary.bytes)}, in {out}")
    print_line(f"Version {summary.version}")
    for reason, number in sorted(summary.left_out.items()):
        print_line(f"Left out: {_number(number, 'photo')} {_word(reason)}")
    if lacking:
        print_line(f"Not in {form.file}: {_number(lacking, 'rendition')} {form.lacking}.")
    if summary.turned:
        print_line(
            f"{_number(summary.turned, 'rendition')} with an EXIF rotation, which not all programs "
            "apply. Set PHOTO_MIRROR_ORIENTATION=upright for labelling and training."
        )
    if summary.turn_unknown:
        print_line(
            f"{_number(summary.turn_unknown, 'rendition')} with unknown EXIF rotation, made by an "
            "earlier version. New renditions record it."
        )
    if form.name == "azureml":
        print_line(f"Register it with: az ml data create -f {out / 'data.yml'}")


def _word(reason: str) -> str:
    return {"orphan": "(orphans: their photo no longer exists)"}.get(reason, f"({reason})")


def _number(many: int, word: str) -> str:
    return f"{many:,} {word}" if many == 1 else f"{many:,} {word}s"
