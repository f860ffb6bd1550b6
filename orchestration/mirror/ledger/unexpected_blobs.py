"""Blobs in the ledger that this version did not write in their form: left alone, with a warning."""

from collections.abc import Callable, Iterator

from orchestration.blobs.base import BlobInfo, Lists

Warn = Callable[[str, str], None]
"""Takes the name of a blob in the ledger, and in a clause what is unexpected about it."""

NOT_OURS = "we do not write such a name"
ANOTHER_FORM = "it is not in the form we write"
BELONGS_TO_A_FOLDER = "we write a folder of this name; move it away"


def no_warning(_name: str, _why: str) -> None:
    """Ignore the warning."""


def list_ledger_folder(ledger: Lists, folder: str, warn: Warn) -> Iterator[BlobInfo]:
    """Yield the blobs of a folder of the ledger, as `counts/`; warn of a blob with its name.

    On a disk, a file with the name of the folder keeps the folder from being created.
    """
    whole = folder.removesuffix("/")
    for row in ledger.list(whole, end_before=f"{whole}0"):
        if row.name.startswith(folder):
            yield row
        elif row.name == whole:
            warn(row.name, row.denied or BELONGS_TO_A_FOLDER)
