"""The invariants of a mirror; each violation is returned as a sentence."""

import io
from collections.abc import Collection, Iterator, Mapping
from hashlib import md5

from PIL import Image

from orchestration.blobs.base import BlobInfo, Lists, Source, Store
from orchestration.mirror.ledger.refusals import recorded
from orchestration.mirror.mirror import Mirror
from orchestration.mirror.stamp import Stamp, stamp_of

Foreign = Mapping[str, bytes]
"""What others wrote into the resized place, by name."""


def torn(resized: Store, foreign: Foreign) -> Iterator[str]:
    """At any moment: every rendition is whole, ours and decodes; what is foreign is untouched."""
    rows = {row.name: row for row in resized.list()}
    for name, data in foreign.items():
        held = rows.pop(name, None)
        if held is None or resized.read(name, held.etag).data != data:
            yield f"{name}: what somebody else wrote was changed"
    for row in rows.values():
        stamp = stamp_of(row)
        if stamp is None:
            yield f"{row.name}: it bears no stamp that fits it"
        else:
            yield from _unlike(row, stamp, resized)


def out_of_step(mirror: Mirror, foreign: Foreign, orphans: Collection[str] = ()) -> Iterator[str]:
    """At the end: every photo has the rendition of its version, or one refusal; and no more.

    `orphans` are the names of photos that were removed.
    """
    yield from torn(mirror.resized, foreign)
    refused = {(one.name, one.etag) for one in recorded(mirror.ledger)}
    renditions = {row.name: row for row in mirror.resized.list()}
    photos = {row.name: row for row in mirror.raw.list()}
    for name, photo in photos.items():
        stamp = stamp_of(renditions[name]) if name in renditions else None
        known = (name, photo.etag) in refused
        if stamp is not None and stamp.etag == photo.etag:
            if known:
                yield f"{name}: it is refused, and has a rendition"
            if stamp.rendition_size > mirror.recipe.budget:
                yield f"{name}: its rendition is over the budget"
        elif not known and name not in foreign:
            yield f"{name}: it was lost"
    for name in renditions.keys() - photos.keys() - foreign.keys() - set(orphans):
        yield f"{name}: an orphan that nobody left"


def listed(store: Lists) -> dict[str, str]:
    """The versions in a place, by name."""
    return {row.name: row.etag for row in store.list()}


def same_everywhere(store: Source) -> dict[str, tuple[str, ...]]:
    """What a run makes of the same photos wherever it runs: bytes and facts, not etags."""
    found: dict[str, tuple[str, ...]] = {}
    for row in store.list():
        stamp = stamp_of(row)
        if stamp is not None:
            facts = (stamp.made, stamp.format, f"{stamp.width}x{stamp.height}", stamp.setting)
            found[row.name] = (stamp.rendition_md5, stamp.md5, stamp.recipe, *facts)
    return found


def _unlike(row: BlobInfo, stamp: Stamp, resized: Store) -> Iterator[str]:
    data = resized.read(row.name, row.etag).data
    if md5(data).hexdigest() != stamp.rendition_md5:
        yield f"{row.name}: its bytes are not those of its stamp"
        return
    try:
        Image.open(io.BytesIO(data)).load()
    except OSError as error:
        yield f"{row.name}: it does not decode: {error}"
