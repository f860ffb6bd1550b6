"""Check before a run: the containers do not overlap, and each grants the necessary permissions."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from orchestration.blobs.address import Address, ledger_address
from orchestration.blobs.base import BlobInfo, Properties
from orchestration.blobs.errors import (
    CorruptError,
    DeniedError,
    ForeignError,
    StaleError,
    StoreRefusesError,
    UnaddressableError,
    UnreadableError,
)
from orchestration.blobs.overlap import overlap
from orchestration.mirror.decide.actions import Action, Refuse, Render
from orchestration.mirror.errors import OverlapError
from orchestration.mirror.ledger.discard import discard
from orchestration.mirror.mirror import Mirror
from orchestration.mirror.source_check import claim_source

# A write whose condition must fail, if the write is permitted at all.
_NAME = "photo-mirror-preflight"
_NO_ETAG = "0x0"
_OF_ONE_PHOTO = (StaleError, UnreadableError, DeniedError, UnaddressableError, CorruptError)


def check_apart(raw: Address, resized: Address, ledger: Address) -> None:
    """Raise OverlapError when one of the three containers lies in another.

    Only the default ledger may be in the resized folder, whose listings leave it out.
    """
    pairs = [(raw, resized), (raw, ledger)]
    if ledger != ledger_address(resized):
        pairs.append((resized, ledger))
    for one, other in pairs:
        if overlap(one, other):
            raise OverlapError(str(one), str(other))


def check_lists(mirror: Mirror) -> None:
    """Check that all three containers can be listed.

    Raises StoreUnavailableError, which names what is missing.
    """
    for store, which in (
        (mirror.raw, "photos"),
        (mirror.resized, "renditions"),
        (mirror.ledger, "ledger"),
    ):
        with _needed(f"list the {which}"):
            next(store.list(), None)


def check_work(mirror: Mirror, first: Action | Refuse) -> None:
    """Check that photos can be read, and renditions and the ledger written.

    Called before the first action of a run. The only visible change is the ledger's blob `source`.
    Raises StoreUnavailableError, which names the right that is missing.
    """
    if isinstance(first, Render):
        photo = first.blob
        # A problem of this photo alone becomes its outcome later.
        with _needed("read the photos"), suppress(*_OF_ONE_PHOTO):
            mirror.raw.read_part(photo.name, photo.etag, 0, 1)
    check_writes(mirror)
    if mirror.policy.delete_orphans:
        with _needed("delete orphans"):
            mirror.resized.delete(_NAME, _NO_ETAG)
    with _needed("write to the ledger"), suppress(ForeignError):
        etag = mirror.ledger.overwrite(_NAME, b"", Properties())
        discard(mirror.ledger, BlobInfo(_NAME, etag, 0))
    claim_source(mirror)


def check_writes(mirror: Mirror) -> None:
    """Check that the resized container can be written. Writes nothing.

    Raises StoreUnavailableError, which names the right that is missing.
    """
    with _needed("write renditions"), suppress(ForeignError):
        mirror.resized.write(_NAME, b"", Properties(), replaces=_NO_ETAG)


@contextmanager
def _needed(what: str) -> Iterator[None]:
    """Add to an error what the missing right is needed for."""
    try:
        yield
    except StoreRefusesError as error:
        raise StoreRefusesError(f"{error.reason}; it is needed to {what}", error.name) from None
