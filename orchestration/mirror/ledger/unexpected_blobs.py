"""What stands in the ledger and was not written by us in this form: left alone, and told of."""

from collections.abc import Callable, Iterator

from orchestration.blobs.base import BlobInfo, Lists

Odd = Callable[[str, str], None]
"""Is told the name of a blob in the ledger, and in a clause what is odd about it."""

NOT_OURS = "we do not write such a name"
ANOTHER_FORM = "it is not in the form we write"
BELONGS_TO_A_FOLDER = "we write a folder of this name; move it away"


def unheard(_name: str, _why: str) -> None:
    """Tell nobody."""


def listed_within(ledger: Lists, place: str, odd: Odd) -> Iterator[BlobInfo]:
    """Yield what stands in a place of the ledger, as `counts/`; tell of what has its name instead.

    A file that is called as the place is keeps a folder on a disk from being made there.
    """
    whole = place.removesuffix("/")
    for row in ledger.list(whole, end_before=f"{whole}0"):
        if row.name.startswith(place):
            yield row
        elif row.name == whole:
            odd(row.name, row.denied or BELONGS_TO_A_FOLDER)
