"""Delete a blob of the ledger, or empty it without permission to delete."""

from orchestration.blobs.base import BlobInfo, Overwrites, Properties
from orchestration.blobs.errors import StoreRefusesError


def discard(ledger: Overwrites, row: BlobInfo) -> None:
    """Delete a blob of the ledger. Without permission to delete, replace it by an empty blob.

    Raises ForeignError when it was written again meanwhile, HeldError, StoreUnavailableError.
    """
    try:
        ledger.delete(row.name, row.etag)
    except StoreRefusesError:
        ledger.overwrite(row.name, b"", Properties())
