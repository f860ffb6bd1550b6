"""One refusal as the ledger stores it: its name, its metadata, its JSON."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from hashlib import sha256

from orchestration.blobs.base import BlobInfo, Overwrites
from orchestration.blobs.errors import CorruptError, DeniedError, StaleError, UnreadableError
from orchestration.mirror.ledger.keys import segment_of
from orchestration.mirror.ledger.unexpected_blobs import ANOTHER_FORM, NOT_OURS, Warn
from orchestration.mirror.partition_keys import ROOT, Folder, folder_of
from orchestration.mirror.recipe import Recipe

RECORDS = "refusals/"
# A blob's metadata holds 8 KiB: what does not fit is only in its body.
_MOST_LISTED = 6_000
_NAME = re.compile(r"refusals/[^/]+/[0-9a-f]{32}\.json")
_LARGEST = 10**18

KINDS = (
    "bad-shape",
    "broken",
    "cannot-fit",
    "corrupt",
    "crashed",
    "name-taken",
    "not-a-photo",
    "out-of-memory",
    "too-large",
    "truncated",
    "unaddressable",
    "unreadable",
    "unsupported",
)
"""The kinds of refusals."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One record: this version of a photo was refused.

    `terms` are those of the recipe; under other terms the photo is tried again. `kind` is one of
    KINDS, and `reason` a sentence. `smallest` is the smallest size in bytes that was reached, or 0.
    `first_seen` is an ISO 8601 time.
    """

    name: str
    etag: str
    terms: str
    kind: str
    reason: str
    smallest: int
    first_seen: str


def terms_for(recipe: Recipe, unreadable: str) -> str:
    """Return the terms of a refusal: the recipe's, and why the photo is unreadable, if it is."""
    return f"{recipe.terms} unreadable={unreadable}" if unreadable else recipe.terms


def record_rows(rows: Iterable[BlobInfo], warn: Warn) -> Iterator[BlobInfo]:
    """Yield the rows that have the name of a record; warn of the others."""
    for row in rows:
        if row.denied or not _NAME.fullmatch(row.name):
            warn(row.name, row.denied or NOT_OURS)
        elif row.size:  # an empty blob was discarded without permission to delete
            yield row


def read_record(ledger: Overwrites, row: BlobInfo, warn: Warn) -> Refusal | None:
    """Read a record; return None when it was deleted, or, with a warning, is not a record."""
    text: str | bytes | None = row.metadata.get("record")
    try:
        if text is None:
            text = ledger.read(row.name, row.etag).data
        refusal = from_json(text)
    except StaleError:
        return None  # another run has just deleted or replaced it
    except (UnreadableError, DeniedError, CorruptError) as error:
        warn(row.name, error.reason)
        return None
    if refusal is None or not row.name.endswith(f"/{file_name(refusal.name)}"):
        warn(row.name, ANOTHER_FORM)
        return None
    return refusal


def from_json(text: str | bytes) -> Refusal | None:
    """Parse a record's JSON; return None when its format is not exactly ours."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or found.keys() != {one.name for one in fields(Refusal)}:
        return None
    smallest, words = found["smallest"], [found[key] for key in found if key != "smallest"]
    if type(smallest) is not int or not 0 <= smallest < _LARGEST:
        return None
    return Refusal(**found) if all(isinstance(word, str) for word in words) else None


def listed_metadata(refusal: Refusal) -> dict[str, str]:
    """Return a record's metadata: the fields to compare, and all of it if there is room."""
    deciding = {
        "etag": refusal.etag,
        "terms": refusal.terms,
        "first_seen": refusal.first_seen,
    }
    record = json.dumps(asdict(refusal))
    return deciding | {"record": record} if len(record) <= _MOST_LISTED else deciding


def folder_prefix(folder: Folder | None) -> str:
    """Return the prefix of the names of a folder's records, or of all records for None."""
    return RECORDS if folder is None else f"{RECORDS}{segment_of(folder.key)}/"


def list_records_near(ledger: Overwrites, folder: Folder | None) -> Iterator[BlobInfo]:
    """List the records of a folder, and those written while its folders were deeper."""
    yield from ledger.list(folder_prefix(folder))
    if folder is not None and folder.is_leaf:
        deeper = RECORDS if folder.key == ROOT else f"{RECORDS}{segment_of(folder.key)}%2F"
        yield from (
            row for row in ledger.list(deeper) if not row.name.startswith(folder_prefix(folder))
        )


def possible_prefixes(folder: Folder, name: str) -> Iterator[str]:
    """Yield the prefix of a photo's record, and then those it has at other folder depths."""
    yield folder_prefix(folder)
    for depth in range(name.count("/") + 1):
        other = folder_of(name, depth)
        if other.key != folder.key:
            yield folder_prefix(other)


def file_name(name: str) -> str:
    """Return the last segment of the name of a photo's record."""
    digest = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{digest[:32]}.json"


def record_name(folder: Folder, name: str) -> str:
    """Return the name of a photo's record in the ledger."""
    return f"{folder_prefix(folder)}{file_name(name)}"
