"""Label files in containers: read from the ledger or the resized container, written to the ledger.

Results are below `labels/on_raw/`, under the name of the label file.
"""

from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path

from orchestration.blobs.base import BlobInfo, Overwrites, Properties, Source, find
from orchestration.blobs.errors import ForeignError, HeldError
from orchestration.labels.document import PHOTO_SUFFIXES
from orchestration.mirror.ledger.discard import discard
from orchestration.mirror.mirror import Mirror

PLACE = "labels/on_raw/"
_SHEET = ".sheet.webp"
_TYPES = {".json": "application/json", ".xml": "application/xml", ".txt": "text/plain"}


class NoLabelFileError(Exception):
    """The label file does not exist or cannot be used; the message gives the reason."""


def download(mirror: Mirror, name: str, folder: Path) -> Path:
    """Copy a label file, or a folder of them, from the ledger or else the resized container.

    Photos among them are left out. Returns the path of the copy in `folder`.

    Raises NoLabelFileError, StoreUnavailableError and what `Reads.read` raises.
    """
    whole = name.strip("/")
    if whole.startswith(PLACE):
        raise NoLabelFileError(f"{name!r} is a result, whose labels are already on the raw photos")
    for store in (mirror.ledger, mirror.resized):
        rows = [*_rows(store, whole)] if whole else []
        for row in rows:
            path = _path_in(folder, row.name.removeprefix(whole.rpartition("/")[0]).lstrip("/"))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(store.read(row.name, row.etag).data)
        if rows:
            return folder / whole.rpartition("/")[2]
    raise NoLabelFileError(
        f"{name!r} was not found: it is not a file on this machine, and not in the ledger or the "
        "resized container"
    )


def keep(ledger: Overwrites, name: str, made: Path, sheet: bytes) -> tuple[str, str]:
    """Write the result for the label file `name`, and its sheet; return their names.

    They replace the former result. Without bytes there is no sheet, and its name is ''.

    Raises HeldError, UnaddressableError, StoreUnavailableError.
    """
    place = PLACE + name.strip("/").removeprefix("labels/")
    files = {place: made}
    if made.is_dir():
        paths = [path for path in sorted(made.rglob("*")) if path.is_file()]
        files = {f"{place}/{path.relative_to(made).as_posix()}": path for path in paths}
    for target, path in files.items():
        kind = _TYPES.get(path.suffix.lower(), "application/octet-stream")
        ledger.overwrite(target, path.read_bytes(), Properties(kind))
    kept = {*files}
    if sheet:
        kept.add(place + _SHEET)
        ledger.overwrite(place + _SHEET, sheet, Properties("image/webp"))
    for row in [*chain(_rows(ledger, place), find(ledger, place + _SHEET))]:
        if row.name not in kept:
            with suppress(
                ForeignError, HeldError
            ):  # the old sheet stays; its time shows that it is older
                discard(ledger, row)
    return place, place + _SHEET if sheet else ""


def _rows(store: Source | Overwrites, name: str) -> Iterator[BlobInfo]:
    """Yield the blob with this name, or the files of the folder with this name, except photos."""
    yield from find(store, name)
    for row in store.list(f"{name}/"):
        if not row.denied and not row.name.lower().endswith((*PHOTO_SUFFIXES,)):
            yield row


def _path_in(folder: Path, name: str) -> Path:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or path == folder.resolve():
        raise NoLabelFileError(f"{name!r} is not a valid name of a label file")
    return path
