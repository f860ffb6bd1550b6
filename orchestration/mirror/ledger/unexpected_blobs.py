"""Blobs in the ledger that this version does not write: not changed, but reported by a warning."""

from collections.abc import Callable, Iterator

from orchestration.blobs.base import BlobInfo, Lists

Warn = Callable[[str, str], None]
"""Takes the name of a blob in the ledger, and a clause: what is unexpected about it."""

NOT_OURS = "photo-mirror does not write files with such a name"
ANOTHER_FORM = "this version of photo-mirror does not write this format"
BELONGS_TO_A_FOLDER = "a folder must have this name; move the file away"


def no_warning(_name: str, _why: str) -> None:
    """Ignore the warning."""


def list_ledger_folder(ledger: Lists, folder: str, warn: Warn) -> Iterator[BlobInfo]:
    """Yield the blobs of a folder of the ledger, such as `counts/`; warn of a blob with its name.

    On a disk, a file with the name of the folder prevents the folder from being created.
    """
    whole = folder.removesuffix("/")
    for row in ledger.list(whole, end_before=f"{whole}0"):
        if row.name.startswith(folder):
            yield row
        elif row.name == whole:
            warn(row.name, row.denied or BELONGS_TO_A_FOLDER)
