"""Manifests in the ledger, below `manifests/`: of a folder, or of the whole container.

Each is the plain list, gzipped, with version and counts as metadata, so one listing reads those of
all. The only folder key with parentheses is `(root)`, so `(all)` is free.
"""

import gzip
import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper

from orchestration.blobs.base import BlobInfo, Overwrites, Properties, find
from orchestration.blobs.errors import (
    DeniedError,
    ForeignError,
    StaleError,
    StoreRefusesError,
    UnreadableError,
)
from orchestration.manifest.collect import Summary
from orchestration.manifest.row import Row, parse_row
from orchestration.mirror.ledger.discard import discard
from orchestration.mirror.ledger.keys import as_ascii, from_ascii, segment_of

ALL = "(all)"
_PLACE, _SUFFIX = "manifests/", ".jsonl.gz"
_QUICK = 1
# Errors of one manifest, which do not concern the others.
_UNREAD = (StaleError, UnreadableError, DeniedError, StoreRefusesError, ValueError, OSError)


@dataclass(frozen=True, slots=True)
class Kept:
    """A manifest in the ledger, of a folder's key or `(all)`, taken at an ISO 8601 time."""

    key: str
    version: str
    taken_at: str
    blob: BlobInfo


def place_of(key: str) -> str:
    """Return the name in the ledger of the manifest of a folder's key."""
    return f"{_PLACE}{segment_of(key)}{_SUFFIX}"


def keep(ledger: Overwrites, key: str, rows: Iterable[Row], summary: Summary, taken_at: str) -> str:
    """Write a manifest in place of the former one, and return its name; without rows, delete it.

    Raises HeldError, StoreUnavailableError.
    """
    place, packed = place_of(key), BytesIO()
    with (
        gzip.GzipFile("", "wb", _QUICK, packed, mtime=0) as file,
        TextIOWrapper(file, "utf-8", newline="\n") as text,
    ):
        for row in rows:
            summary.count(row)
            text.write(row.line + "\n")
    if not summary.renditions:
        for found in find(ledger, place):
            with suppress(ForeignError):  # another run has just written it
                discard(ledger, found)
        return place
    facts = {
        "key": as_ascii(key),
        "taken_at": taken_at,
        "version": summary.version,
        "summary": json.dumps(summary.facts),
    }
    ledger.overwrite(place, packed.getvalue(), Properties("application/gzip", metadata=facts))
    return place


def kept(ledger: Overwrites) -> Iterator[Kept]:
    """Yield the manifests in the ledger; other files are skipped."""
    for row in ledger.list(_PLACE):
        with suppress(KeyError, ValueError):
            key = from_ascii(row.metadata["key"])
            if row.name == place_of(key):
                yield Kept(key, row.metadata["version"], row.metadata["taken_at"], row)


def rows_kept(ledger: Overwrites, one: Kept) -> Iterator[Row]:
    """Yield the rows of a manifest in the ledger.

    Raises StaleError when it was replaced meanwhile; ValueError when it is not a manifest.
    """
    data = ledger.read(one.blob.name, one.blob.etag).data
    with gzip.open(BytesIO(data), "rt", encoding="utf-8") as text:
        yield from map(parse_row, text)


def naming(ledger: Overwrites, renditions: frozenset[str]) -> dict[str, int]:
    """Return how many of these renditions each manifest in the ledger names, by key.

    Manifests that cannot be read are skipped.

    Raises StoreUnavailableError.
    """
    found: dict[str, int] = {}
    for one in kept(ledger):
        with suppress(*_UNREAD):
            named = sum(row.name in renditions for row in rows_kept(ledger, one))
            if named:
                found[one.key] = named
    return found
