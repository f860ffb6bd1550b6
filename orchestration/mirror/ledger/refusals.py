"""Refusals in the ledger: which version of a photo cannot be rendered by which recipe."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, replace

from orchestration.blobs.base import BlobInfo, Overwrites, Properties, find
from orchestration.blobs.errors import (
    ForeignError,
    HeldError,
)
from orchestration.mirror.ledger.discard import discard
from orchestration.mirror.ledger.folder_counts import doubt_refusals
from orchestration.mirror.ledger.refusal_index import IndexedRefusal, RefusalIndex
from orchestration.mirror.ledger.refusal_record import (
    RECORDS,
    Refusal,
    file_name,
    folder_prefix,
    from_json,
    list_records_near,
    listed_metadata,
    possible_prefixes,
    read_record,
    record_name,
    record_rows,
)
from orchestration.mirror.ledger.unexpected_blobs import (
    Warn,
    list_ledger_folder,
    no_warning,
)
from orchestration.mirror.partition_keys import Folder


class NoRefusals:
    """Holds no refusal: a photo that was refused is classified as due."""

    def holds(self, _folder: Folder, _name: str, _etag: str, _terms: str) -> bool:
        """Return False."""
        return False


class Refusals:
    """The refusals of a folder, or of all folders, listed once.

    Records which of them were met, so that those of changed or removed photos can be deleted.
    """

    def __init__(
        self, ledger: Overwrites, folder: Folder | None = None, warn: Warn = no_warning
    ) -> None:
        self._ledger = ledger
        self._warn = warn
        # By folder key: records that were written while folders had another depth.
        self._astray: dict[str, list[tuple[str, str]]] = {}
        # By folder: rows that the listing alone does not prove to be records.
        self._doubtful: dict[str, dict[str, BlobInfo]] = {}
        self._index = RefusalIndex(self._decisive(list_records_near(ledger, folder)))

    def _decisive(self, rows: Iterable[BlobInfo]) -> Iterator[tuple[str, str, IndexedRefusal]]:
        """Yield the records whose metadata is complete; keep the other rows as doubtful."""
        for row in record_rows(rows, self._warn):
            within = f"{row.name.rpartition('/')[0]}/"
            held = _indexed_from_row(row)
            # We write ASCII only.
            record = row.metadata.get("record")
            is_ours = record is None or from_json(record) is not None
            if is_ours and held.photo and held.terms and all(map(str.isascii, held)):
                yield within, row.name, held
            else:
                self._doubtful.setdefault(within, {})[row.name] = row

    def holds(self, folder: Folder, name: str, etag: str, terms: str) -> bool:
        """Whether this version was refused under these terms."""
        if self._index.is_empty:
            return False
        for within in possible_prefixes(folder, name):
            place = f"{within}{file_name(name)}"
            held = self._index.find(within, place)
            if held is not None and (held.photo, held.terms) == (etag, terms):
                self._index.mark(within, place)
                if within != folder_prefix(folder):
                    self._astray.setdefault(folder.key, []).append((within, place))
                return True
        return False

    def record(self, folder: Folder, refusals: Iterable[Refusal]) -> int:
        """Write records, each keeping the time at which its version was first refused.

        Return how many could not be written, because a foreign blob has their name.
        """
        within, unrecorded = folder_prefix(folder), 0
        for refusal in refusals:
            place = record_name(folder, refusal.name)
            doubtful = self._doubtful.get(within, {}).pop(place, None)
            if doubtful is not None and self._is_unexpected(doubtful):
                unrecorded += 1
                continue
            before = self._index.find(within, place)
            kept = refusal
            if before is not None and before.photo == refusal.etag:
                kept = replace(refusal, first_seen=before.first_seen or refusal.first_seen)
            body = json.dumps(asdict(kept), indent=1).encode()
            metadata = listed_metadata(kept)
            properties = Properties("application/json", metadata=metadata)
            try:
                etag = self._ledger.overwrite(place, body, properties)
            except HeldError as error:
                self._warn(place, error.reason)
                unrecorded += 1
            else:
                self._index.put(within, place, _indexed(etag, metadata))
        return unrecorded

    def _is_unexpected(self, row: BlobInfo) -> bool:
        """Return whether the body of a doubtful row is not a record either."""
        return read_record(self._ledger, row, self._warn) is None and any(
            find(self._ledger, row.name)
        )

    def forget_outdated(self, folder: Folder) -> None:
        """Delete a folder's records whose photo was changed, removed or rendered meanwhile.

        Valid records that were written while folders had another depth are moved here first.
        """
        self._gather(folder)
        self._forget(folder_prefix(folder))

    def forget_unmet(self) -> None:
        """Delete every remaining record whose photo was not met. Call it after a full listing."""
        for within in [*self._index.folders(), *self._doubtful]:
            self._forget(within)

    def _gather(self, folder: Folder) -> None:
        for within, place in self._astray.pop(folder.key, []):
            for row in find(self._ledger, place):
                refusal = read_record(self._ledger, row, no_warning)
                if refusal is not None and not self.record(folder, [refusal]):
                    with suppress(ForeignError):
                        discard(self._ledger, row)
                        self._index.take(within, place)

    def _forget(self, within: str) -> None:
        outdated = [BlobInfo(place, etag, 0) for place, etag in self._index.drop(within)]
        # The body may prove that it is a record, if a folder's database was lost.
        doubtful = self._doubtful.pop(within, {}).values()
        outdated += [row for row in doubtful if not self._is_unexpected(row)]
        for row in outdated:
            with suppress(ForeignError):  # another run has just replaced it
                discard(self._ledger, row)


def recorded(
    ledger: Overwrites, folder: Folder | None = None, warn: Warn = no_warning
) -> Iterator[Refusal]:
    """Yield the records of a folder, or of all folders, in no particular order."""
    return (refusal for _, refusal in _records(ledger, folder_prefix(folder), warn))


def forget(
    ledger: Overwrites, wanted: Callable[[Refusal], bool], warn: Warn = no_warning
) -> Iterator[Refusal]:
    """Delete the records for which `wanted` returns true, so that their photos are due; yield each.

    The counts of their folders are updated first, because the sensor reads counts only.
    """
    doubted = ""
    for row, refusal in _records(ledger, RECORDS, warn):
        if not wanted(refusal):
            continue
        _, segment, _ = row.name.split("/")
        if segment != doubted:
            doubt_refusals(ledger, doubted := segment)
        try:
            discard(ledger, row)
        except HeldError as error:
            warn(row.name, error.reason)
            continue
        except ForeignError:
            continue  # another run has just retried it
        yield refusal


def _records(ledger: Overwrites, prefix: str, warn: Warn) -> Iterator[tuple[BlobInfo, Refusal]]:
    rows = list_ledger_folder(ledger, RECORDS, warn) if prefix == RECORDS else ledger.list(prefix)
    for row in record_rows(rows, warn):
        refusal = read_record(ledger, row, warn)
        if refusal is not None:
            yield row, refusal


def _indexed_from_row(row: BlobInfo) -> IndexedRefusal:
    return _indexed(row.etag, row.metadata)


def _indexed(etag: str, metadata: Mapping[str, str]) -> IndexedRefusal:
    return IndexedRefusal(etag, *(metadata.get(key, "") for key in ("etag", "terms", "first_seen")))
