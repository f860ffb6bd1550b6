"""The ledger's refusals: which version of which photo cannot be made by which recipe, and why."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from hashlib import sha256

from orchestration.blobs.base import BlobInfo, Overwrites, Properties
from orchestration.blobs.errors import ForeignError, StaleError
from orchestration.mirror.folders import Folder
from orchestration.mirror.ledger import discard, doubt_refusals, segment_of
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.refusal_index import Held, RefusalIndex

_ALL = "refusals/"
# A blob's metadata holds 8 KiB: what does not fit stands in its body alone.
_MOST_LISTED = 6_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """One record.

    `terms` are the recipe's: under others, the photo is tried again. `kind` says in a word what is
    wrong, `reason` in a sentence; `smallest` is the fewest bytes that were reached (0: none), and
    `first_seen` an ISO 8601 time.
    """

    name: str
    etag: str
    terms: str
    kind: str
    reason: str
    smallest: int
    first_seen: str


def terms_for(recipe: Recipe, unreadable: str) -> str:
    """What a photo is refused under: the recipe, and what its listing says against reading it."""
    return f"{recipe.terms} unreadable={unreadable}" if unreadable else recipe.terms


class Refusals:
    """The refusals of a folder, or of all folders, listed once.

    Holds which of them were met, so that those of photos that changed or went can be dropped.
    """

    def __init__(self, ledger: Overwrites, folder: Folder | None = None) -> None:
        self._ledger = ledger
        self._held = RefusalIndex(
            (f"{row.name.rpartition('/')[0]}/", row.name, held)
            for row in ledger.list(_within(folder))
            # What is not ASCII was not written here.
            if row.size and all(map(str.isascii, (row.name, *(held := _held_by(row)))))
        )

    def holds(self, folder: Folder, name: str, etag: str, terms: str) -> bool:
        """Whether this version was refused under these terms."""
        if self._held.is_empty:
            return False
        within, place = _within(folder), _place(folder, name)
        held = self._held.find(within, place)
        if held is None or (held.photo, held.terms) != (etag, terms):
            return False
        self._held.mark(within, place)
        return True

    def record(self, folder: Folder, refusals: Iterable[Refusal]) -> None:
        """Write records, each keeping the time at which its version was first refused."""
        within = _within(folder)
        for refusal in refusals:
            place = _place(folder, refusal.name)
            before = self._held.find(within, place)
            kept = refusal
            if before is not None and before.photo == refusal.etag:
                kept = replace(refusal, first_seen=before.first_seen or refusal.first_seen)
            body = json.dumps(asdict(kept), indent=1).encode()
            metadata = _listed(kept)
            properties = Properties("application/json", metadata=metadata)
            etag = self._ledger.overwrite(place, body, properties)
            self._held.put(within, place, _held(etag, metadata))

    def forget_outdated(self, folder: Folder) -> None:
        """Drop a folder's records whose photo changed, went, or can be made after all."""
        for place, etag in self._held.drop(_within(folder)):
            with suppress(ForeignError):  # a run beside us has just renewed it
                discard(self._ledger, BlobInfo(place, etag, 0))


def recorded(ledger: Overwrites, folder: Folder | None = None) -> Iterator[Refusal]:
    """Yield the records of a folder, or of all, in no order that means anything."""
    return (refusal for _, refusal in _records(ledger, _within(folder)))


def forget(ledger: Overwrites, wanted: Callable[[Refusal], bool]) -> Iterator[Refusal]:
    """Drop the records that are wanted, so that their photos are due; yield each.

    The counts of their folders say so first, for the sensor reads no refusals.
    """
    doubted = ""
    for row, refusal in _records(ledger, _ALL):
        if not wanted(refusal):
            continue
        _, segment, _ = row.name.split("/")
        if segment != doubted:
            doubt_refusals(ledger, doubted := segment)
        try:
            discard(ledger, row)
        except ForeignError:
            continue  # a run beside us has just tried it again
        yield refusal


def _records(ledger: Overwrites, prefix: str) -> Iterator[tuple[BlobInfo, Refusal]]:
    for row in ledger.list(prefix):
        if not row.size:
            continue  # discarded, where we may not delete
        text: str | bytes | None = row.metadata.get("record")
        if text is None:
            try:
                text = ledger.read(row.name, row.etag).data
            except StaleError:
                continue  # a run that goes on beside us dropped or renewed it
        yield row, Refusal(**json.loads(text))


def _listed(refusal: Refusal) -> dict[str, str]:
    """What a listing tells of a record: what decides, and all of it if there is room."""
    deciding = {
        "etag": refusal.etag,
        "terms": refusal.terms,
        "first_seen": refusal.first_seen,
    }
    record = json.dumps(asdict(refusal))
    return deciding | {"record": record} if len(record) <= _MOST_LISTED else deciding


def _held_by(row: BlobInfo) -> Held:
    return _held(row.etag, row.metadata)


def _held(etag: str, metadata: Mapping[str, str]) -> Held:
    return Held(etag, *(metadata.get(key, "") for key in ("etag", "terms", "first_seen")))


def _within(folder: Folder | None) -> str:
    return _ALL if folder is None else f"{_ALL}{segment_of(folder.key)}/"


def _place(folder: Folder, name: str) -> str:
    digest = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{_within(folder)}{digest[:32]}.json"
