"""A resized container belongs to one source, which the ledger's blob `source` names."""

from collections.abc import Mapping
from itertools import islice
from urllib.parse import quote, unquote

from orchestration.blobs.base import BlobInfo, Lists, Overwrites, Properties, find
from orchestration.blobs.errors import ForeignError, UnaddressableError
from orchestration.blobs.identity import Identity
from orchestration.mirror.errors import OtherSourceError
from orchestration.mirror.mirror import Mirror
from orchestration.mirror.stamp import stamp_of

BLOB = "source"
# The maximum number of renditions that are compared with photos, if there is no such blob.
MOST_COMPARED = 100


def check_source(ledger: Lists, source: Identity) -> bool:
    """Return whether the ledger names its source.

    Raises OtherSourceError when it names another one, StoreUnavailableError.
    """
    for row in find(ledger, BLOB):
        known = _known(row.metadata)
        if known is None:
            return False
        if not known.is_same(source):
            raise OtherSourceError(known.shown, source.shown)
        return True
    return False


def claim_source(mirror: Mirror) -> None:
    """Record the source of the resized container, if none is recorded. Of two runs, one wins.

    Raises OtherSourceError, also when the existing renditions were made from other photos;
    StoreUnavailableError.
    """
    source = mirror.source
    if source is None or check_source(mirror.ledger, source):
        return
    if _is_of_another(mirror):
        raise OtherSourceError("other photos", source.shown)
    try:
        mirror.ledger.write(BLOB, source.shown.encode(), _properties(source))
    except ForeignError:
        check_source(mirror.ledger, source)  # a foreign blob is not changed
    except UnaddressableError:
        pass  # a folder on a disk has the name


def move_source(ledger: Overwrites, source: Identity) -> str:
    """Record this source for the resized container; return the one recorded before, or ''."""
    before = [known for row in find(ledger, BLOB) if (known := _known(row.metadata))]
    ledger.overwrite(BLOB, source.shown.encode(), _properties(source))
    return before[0].shown if before else ""


def _is_of_another(mirror: Mirror) -> bool:
    """Return whether there are renditions, and none of the first ones belongs to a photo here."""
    compared = 0
    for rendition in islice(mirror.resized.list(), MOST_COMPARED):
        stamp = stamp_of(rendition)
        if stamp is None:
            continue
        compared += 1
        names = {rendition.name, *mirror.recipe.naming.photos_of(rendition.name)}
        photos = [photo for name in names for photo in find(mirror.raw, name)]
        if any(_is_of(photo, stamp.etag, stamp.md5) for photo in photos):
            return False
    return compared > 0


def _is_of(photo: BlobInfo, etag: str, md5: str) -> bool:
    return photo.etag == etag or photo.md5 == md5 != ""


def _properties(source: Identity) -> Properties:
    facts = {"shown": source.shown, "identity": source.text, "inode": source.inode}
    return Properties("text/plain", metadata={key: quote(text) for key, text in facts.items()})


def _known(metadata: Mapping[str, str]) -> Identity | None:
    """Parse the blob's metadata; return None when it is not in our form."""
    if "identity" not in metadata:
        return None
    shown, text, inode = (unquote(metadata.get(key, "")) for key in ("shown", "identity", "inode"))
    return Identity(shown, text, inode)
