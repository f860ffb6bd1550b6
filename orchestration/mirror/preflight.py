"""Can this run work at all: the places lie apart, can be listed, and the resized one be written."""

from orchestration.blobs.address import Address, ledger_address
from orchestration.blobs.base import Properties
from orchestration.blobs.errors import ForeignError
from orchestration.mirror.errors import OverlapError
from orchestration.mirror.gather import Mirror

# A write that must fail for its condition, if it is allowed at all.
_NAME = "photo-mirror-preflight"
_NO_ETAG = "0x0"


def check_apart(raw: Address, resized: Address, ledger: Address) -> None:
    """Raise OverlapError when one of the three places lies in another.

    Only the ledger may lie in the resized place, where that keeps it out of its listings.
    """
    pairs = [(raw, resized), (raw, ledger)]
    if ledger != ledger_address(resized):
        pairs.append((resized, ledger))
    for one, other in pairs:
        if one.overlaps(other):
            raise OverlapError(str(one), str(other))


def check_lists(mirror: Mirror) -> None:
    """See that all three places may be listed.

    Raises StoreUnavailableError, which names what is missing.
    """
    for store in (mirror.raw, mirror.resized, mirror.ledger):
        next(store.list(), None)


def check_writes(mirror: Mirror) -> None:
    """See that the resized place may be written, changing nothing.

    Raises StoreUnavailableError, which names what is missing.
    """
    try:
        mirror.resized.write(_NAME, b"", Properties(), replaces=_NO_ETAG)
    except ForeignError:
        return
