"""Maps labels from renditions onto the raw photos: the asset, its checks and its sheet."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal
from urllib.parse import unquote

import dagster as dg
from pydantic import Field

from orchestration.blobs.errors import BlobError, StoreUnavailableError
from orchestration.bootstrap import Addresses
from orchestration.defs.assets import GROUP, OWNERS
from orchestration.defs.checks import RESIZED
from orchestration.defs.failure import failure
from orchestration.defs.label_checks import LABEL_CHECKS, LABELS
from orchestration.defs.resources import ContainersResource, RecipeResource
from orchestration.defs.ui.label_report import described, sheet_shown
from orchestration.defs.ui.locations import LocationInfo, link
from orchestration.labels.convert import Finding, Frames, Summary, convert
from orchestration.labels.document import LabelFileError, OptionError
from orchestration.labels.examples import Examples
from orchestration.labels.formats import TITLES, open_labels
from orchestration.labels.geometry import Frame
from orchestration.labels.options import Coordinates, Options, VocOrigin
from orchestration.labels.pairs import Way
from orchestration.labels.saving import save
from orchestration.mirror.errors import UnknownFolderError
from orchestration.mirror.find_folders import find_folders
from orchestration.mirror.label_blobs import NoLabelFileError, download, keep
from orchestration.mirror.label_pairs import LabelSearch, find_pairs
from orchestration.mirror.label_sheet import draw_labels
from orchestration.mirror.mirror import Mirror

_NO_FILE = (
    "no label file is configured: give `ops: {labels_on_raw: {config: {file: ...}}}`, a path or "
    "the name of a blob in the ledger or the resized container"
)
# Errors that a person can correct; each message has the reason.
_AT_FAULT = (
    LabelFileError, OptionError, NoLabelFileError, UnknownFolderError, BlobError, OSError
)  # fmt: skip


class LabelsConfig(dg.Config):
    """The label file, and what it does not record itself: the options of the command."""

    file: str = Field(
        default="",
        description="The labels of renditions: a file or a folder on the machine that runs this, "
        "or the name or the address of one in the ledger or the resized container.",
    )
    form: Literal[
        "auto", "coco", "yolo", "azureml", "cvat", "label-studio", "voc", "labelme", "custom-vision"
    ] = Field(default="auto", description="The format of the file.")
    frame: Literal["auto", "shown", "stored"] = Field(
        default="auto",
        description="Whether its coordinates are of pictures as shown or as stored, if "
        "EXIF rotates "
        "them.",
    )
    out_frame: Literal["same", "shown", "stored"] = Field(
        default="same", description="The same for the result."
    )
    coordinates: Literal["auto", "pixels", "shares"] = Field(
        default="auto", description="The unit of the numbers in a COCO file."
    )
    voc_origin: Literal["auto", "0", "1"] = Field(
        default="auto", description="The number of the first pixel in Pascal VOC."
    )
    folders: list[str] = Field(
        default=[], description="Only photos of these folders; leave it out for all."
    )
    prefix: str = Field(
        default="", description="Text that the file has before the names of photos."
    )
    even_if_changed: bool = Field(
        default=False,
        description="Also map photos that changed after their rendition was made, if width, height "
        "and rotation are unchanged.",
    )

    @property
    def options(self) -> Options:
        """The options for reading the file."""
        return Options(Coordinates(self.coordinates), VocOrigin(self.voc_origin))

    @property
    def frames(self) -> Frames:
        """The frames of the file and of the result."""
        return Frames(
            None if self.frame == "auto" else Frame(self.frame),
            None if self.out_frame == "same" else Frame(self.out_frame),
        )


def labels_on_raw(where: LocationInfo) -> dg.AssetsDefinition:
    """Return the asset of the labels on the raw photos."""

    @dg.asset(
        key=LABELS,
        deps=[RESIZED],
        check_specs=[check.spec() for check in LABEL_CHECKS],
        group_name=GROUP,
        kinds={where.kind, "table"},
        owners=OWNERS,
        tags={"stage": "ledger"},
        metadata=where.metadata,
        description="Labels of renditions, on the raw photos.\n\n"
        "Labels that were drawn on renditions are mapped onto the raw photos. The label file is "
        "set in the configuration. The result is written to the ledger; the raw container is only "
        "read.\n\n"
        f"The ledger: {where.text}",
    )
    def mapped(
        config: LabelsConfig, containers: ContainersResource, recipe: RecipeResource
    ) -> Iterator[dg.MaterializeResult[None]]:
        if not config.file:
            raise failure(_NO_FILE)
        mirror = containers.mirror(recipe)
        try:
            result = _materialized(mirror, containers.addresses(), config)
        except StoreUnavailableError:
            raise
        except _AT_FAULT as error:
            raise failure(f"{config.file}: {error}") from None
        yield result

    return mapped


def _materialized(
    mirror: Mirror, places: Addresses, config: LabelsConfig
) -> dg.MaterializeResult[None]:
    summary = Summary(examples=Examples())
    with TemporaryDirectory(prefix="photo-mirror-") as folder:
        file, name = _label_file(mirror, places, config.file, Path(folder))
        form, document = open_labels(file, config.options, config.form)
        search = LabelSearch(
            Way.TO_RAW,
            find_folders(mirror, config.folders) or None,
            config.prefix,
            config.even_if_changed,
        )
        found = find_pairs(mirror, document.photos(), search)
        findings = [*convert(document, found.pairs, search.way, config.frames, summary)]
        if not summary.mapped:
            raise NoLabelFileError(_of_nothing(findings))
        out = Path(folder, "on_raw", file.name)
        save(document, file, out)
        drawn = draw_labels(mirror, summary.examples.chosen() if summary.examples else [])
        place, sheet = keep(mirror.ledger, name, out, drawn.sheet.large if drawn else b"")
    metadata = described(TITLES[form], summary, found.photos, findings) | sheet_shown(drawn)
    metadata["notes"] = "; ".join(document.notes)
    metadata["labels_file"] = link(places.ledger, place)
    if sheet:
        metadata["sheet_file"] = link(places.ledger, sheet)
    return dg.MaterializeResult(
        metadata=metadata, check_results=[check.result(summary) for check in LABEL_CHECKS]
    )


def _label_file(mirror: Mirror, places: Addresses, asked: str, folder: Path) -> tuple[Path, str]:
    """Return the path of the label file on this machine, and the name of its result."""
    path = Path(asked).expanduser()
    if path.exists():
        return path, path.resolve().name
    # A ledger in the resized folder comes first: its address begins with that of the folder.
    within = (at for at in (places.ledger, places.resized) if asked.startswith(f"{at}/"))
    name = next((unquote(asked.removeprefix(f"{at}/")) for at in within), asked)
    return download(mirror, name, folder / "from"), name


def _of_nothing(findings: list[Finding]) -> str:
    if not findings:
        return "it has no photos; nothing was written"
    first = findings[0]
    return (
        f"none of its photos could be mapped, and nothing was written; the first, {first.name}: "
        f"{first.reason}"
    )
