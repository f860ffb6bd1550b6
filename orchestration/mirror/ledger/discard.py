"""Delete a blob of the ledger, or empty it where we have no right to delete."""

from orchestration.blobs.base import BlobInfo, Overwrites, Properties
from orchestration.blobs.errors import StoreRefusesError


def discard(ledger: Overwrites, row: BlobInfo) -> None:
    """Delete a record of the ledger; where we may not delete, let an empty blob stand for none.

    Raises ForeignError when somebody has written it anew, HeldError, StoreUnavailableError.
    """
    try:
        ledger.delete(row.name, row.etag)
    except StoreRefusesError:
        ledger.overwrite(row.name, b"", Properties())
