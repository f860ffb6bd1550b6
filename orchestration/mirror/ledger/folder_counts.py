"""Folder counts in the ledger: a cache of what the last run of each folder counted."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace

from orchestration.blobs.base import BlobInfo, Overwrites, Properties, find
from orchestration.blobs.errors import ForeignError, HeldError
from orchestration.mirror.decide.counts import NUMBERS, Counts
from orchestration.mirror.ledger.discard import discard
from orchestration.mirror.ledger.keys import as_ascii, from_ascii, segment_of
from orchestration.mirror.ledger.unexpected_blobs import (
    ANOTHER_FORM,
    Warn,
    list_ledger_folder,
    no_warning,
)
from orchestration.mirror.partition_keys import is_key

_ALL = "counts/"
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
_ADDED_LATER = {"unreadable", "held"}
# What version 0.1 called some of the numbers.
_FORMER_NAMES = {"in_sync": "in_step"}


@dataclass(frozen=True, slots=True)
class StoredCounts:
    """The counts of one folder under one recipe, by its terms, as of an ISO 8601 time."""

    key: str
    recipe: str
    taken_at: str
    counts: Counts


def write_counts(ledger: Overwrites, taken: StoredCounts, warn: Warn = no_warning) -> None:
    """Store counts as metadata of an empty blob, so that one listing reads all folders.

    The counts of an empty folder are deleted. A blob that cannot be replaced is not changed.
    """
    if taken.counts.is_empty:
        forget_counts(ledger, taken.key)
        return
    numbers = {name: str(number) for name, number in asdict(taken.counts).items()}
    facts = {"recipe": taken.recipe, "taken_at": taken.taken_at, "key": as_ascii(taken.key)}
    place = _ALL + segment_of(taken.key)
    try:
        ledger.overwrite(place, b"", Properties(metadata=numbers | facts))
    except HeldError as error:
        warn(place, error.reason)


def forget_counts(ledger: Overwrites, key: str) -> None:
    """Delete the stored counts of a folder."""
    place = _ALL + segment_of(key)
    for row in find(ledger, place):
        with suppress(ForeignError):  # another run has just counted it
            discard(ledger, row)


def read_counts(
    ledger: Overwrites, prefix: str = "", warn: Warn = no_warning
) -> Iterator[StoredCounts]:
    """Yield the stored counts of every folder, or of those whose key starts with `prefix`."""
    for row in list_ledger_folder(ledger, _ALL, warn):
        taken = _taken(row)
        if taken is None:
            if row.denied or row.metadata or row.size:
                warn(row.name, row.denied or ANOTHER_FORM)
        elif taken.key.startswith(prefix):
            yield taken


def doubt_refusals(ledger: Overwrites, segment: str) -> None:
    """Count the refused photos of a folder as due, so that the sensor requests a run.

    `segment` is the folder's key as `segment_of` spells it.
    """
    place = _ALL + segment
    for row in find(ledger, place):
        taken = _taken(row)
        if taken is not None and taken.counts.refused:
            write_counts(ledger, replace(taken, counts=taken.counts.with_refused_as_due()))


def _taken(row: BlobInfo) -> StoredCounts | None:
    """Parse a row; return None when its format is not ours."""
    found = row.metadata
    try:
        counts = Counts(**{name: _number(found, name) for name in NUMBERS})
        key, recipe, taken_at = from_ascii(found["key"]), found["recipe"], found["taken_at"]
        is_ours = not row.size and is_key(key) and row.name == _ALL + segment_of(key)
    except (KeyError, ValueError):
        return None
    return StoredCounts(key, recipe, taken_at, counts) if is_ours else None


def _number(found: Mapping[str, str], name: str) -> int:
    """Return a number. Raises KeyError or ValueError when it is missing or not in our format."""
    if name not in found:
        name = _FORMER_NAMES.get(name, name)
    text = found.get(name, "0") if name in _ADDED_LATER else found[name]
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return int(text)
