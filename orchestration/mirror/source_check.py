"""A resized place belongs to one source: the ledger's blob `source` says to which."""

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
# So many renditions are compared with their photos where an older version left no such blob.
MOST_COMPARED = 100


def check_source(ledger: Lists, source: Identity) -> bool:
    """Return whether the ledger knows its source.

    Raises OtherSourceError when that is another one, StoreUnavailableError.
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
    """Write down which source the resized place is of, if nothing says; of two runs one wins.

    Raises OtherSourceError, also when the renditions there were made of other photos;
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
        check_source(mirror.ledger, source)  # what is there and is not ours is left alone
    except UnaddressableError:
        pass  # a folder has the name


def move_source(ledger: Overwrites, source: Identity) -> str:
    """Let the resized place be of this source from now on; return which it was of, or ''."""
    before = [known for row in find(ledger, BLOB) if (known := _known(row.metadata))]
    ledger.overwrite(BLOB, source.shown.encode(), _properties(source))
    return before[0].shown if before else ""


def _is_of_another(mirror: Mirror) -> bool:
    """Whether there are renditions of ours, and the first of them have no photo here as it was."""
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
    """Read what the blob says; None when something else wrote it."""
    if "identity" not in metadata:
        return None
    shown, text, inode = (unquote(metadata.get(key, "")) for key in ("shown", "identity", "inode"))
    return Identity(shown, text, inode)
