"""The ledger's refusals: which version of which photo cannot be made by which recipe, and why."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from hashlib import sha256

from orchestration.blobs.base import BlobInfo, Overwrites, Properties, named
from orchestration.blobs.errors import (
    CorruptError,
    DeniedError,
    ForeignError,
    HeldError,
    StaleError,
    UnreadableError,
)
from orchestration.mirror.folders import ROOT, Folder, folder_of
from orchestration.mirror.ledger.discard import discard
from orchestration.mirror.ledger.folder_counts import doubt_refusals
from orchestration.mirror.ledger.keys import segment_of
from orchestration.mirror.ledger.refusal_index import Held, RefusalIndex
from orchestration.mirror.ledger.unexpected_blobs import (
    ANOTHER_FORM,
    NOT_OURS,
    Odd,
    listed_within,
    unheard,
)
from orchestration.mirror.recipe import Recipe

_ALL = "refusals/"
# A blob's metadata holds 8 KiB: what does not fit stands in its body alone.
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
"""What may be wrong with a photo, in a word."""


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

    def __init__(
        self, ledger: Overwrites, folder: Folder | None = None, odd: Odd = unheard
    ) -> None:
        self._ledger = ledger
        self._odd = odd
        # By key: where records of a folder lie that were written when folders had another depth.
        self._astray: dict[str, list[tuple[str, str]]] = {}
        # By folder: rows of which nothing in the listing says that they are ours.
        self._doubtful: dict[str, dict[str, BlobInfo]] = {}
        self._held = RefusalIndex(self._decisive(_near(ledger, folder)))

    def _decisive(self, rows: Iterable[BlobInfo]) -> Iterator[tuple[str, str, Held]]:
        """Yield the records that can be told from the listing alone."""
        for row in _records_in(rows, self._odd):
            within = f"{row.name.rpartition('/')[0]}/"
            held = _held_by(row)
            # What is not ASCII was not written here.
            record = row.metadata.get("record")
            is_ours = record is None or _from_json(record) is not None
            if is_ours and held.photo and held.terms and all(map(str.isascii, held)):
                yield within, row.name, held
            else:
                self._doubtful.setdefault(within, {})[row.name] = row

    def holds(self, folder: Folder, name: str, etag: str, terms: str) -> bool:
        """Whether this version was refused under these terms."""
        if self._held.is_empty:
            return False
        if self._held.is_empty:
            return False
        for within in _withins(folder, name):
            place = f"{within}{_file(name)}"
            held = self._held.find(within, place)
            if held is not None and (held.photo, held.terms) == (etag, terms):
                self._held.mark(within, place)
                if within != _within(folder):
                    self._astray.setdefault(folder.key, []).append((within, place))
                return True
        return False

    def record(self, folder: Folder, refusals: Iterable[Refusal]) -> int:
        """Write records, each keeping the time at which its version was first refused.

        Return how many could not be written, for something that is not ours holds their place.
        """
        within, unrecorded = _within(folder), 0
        for refusal in refusals:
            place = _place(folder, refusal.name)
            doubtful = self._doubtful.get(within, {}).pop(place, None)
            if doubtful is not None and self._is_odd(doubtful):
                unrecorded += 1
                continue
            before = self._held.find(within, place)
            kept = refusal
            if before is not None and before.photo == refusal.etag:
                kept = replace(refusal, first_seen=before.first_seen or refusal.first_seen)
            body = json.dumps(asdict(kept), indent=1).encode()
            metadata = _listed(kept)
            properties = Properties("application/json", metadata=metadata)
            try:
                etag = self._ledger.overwrite(place, body, properties)
            except HeldError as error:
                self._odd(place, error.reason)
                unrecorded += 1
            else:
                self._held.put(within, place, _held(etag, metadata))
        return unrecorded

    def _is_odd(self, row: BlobInfo) -> bool:
        """Whether a row that the listing leaves in doubt is, by its body too, none of ours."""
        return _parsed(self._ledger, row, self._odd) is None and any(named(self._ledger, row.name))

    def forget_outdated(self, folder: Folder) -> None:
        """Drop a folder's records whose photo changed, went, or can be made after all.

        Those that lie where another depth of folders had them, and hold, are moved here first.
        """
        self._gather(folder)
        self._forget(_within(folder))

    def forget_unmet(self) -> None:
        """Drop every record left whose photo was not met, after all photos there are were."""
        for within in [*self._held.folders(), *self._doubtful]:
            self._forget(within)

    def _gather(self, folder: Folder) -> None:
        for within, place in self._astray.pop(folder.key, []):
            for row in named(self._ledger, place):
                refusal = _parsed(self._ledger, row, unheard)
                if refusal is not None and not self.record(folder, [refusal]):
                    with suppress(ForeignError):
                        discard(self._ledger, row)
                        self._held.take(within, place)

    def _forget(self, within: str) -> None:
        outdated = [BlobInfo(place, etag, 0) for place, etag in self._held.drop(within)]
        # Ours, if its body says so: the folder's database was lost, say.
        doubtful = self._doubtful.pop(within, {}).values()
        outdated += [row for row in doubtful if not self._is_odd(row)]
        for row in outdated:
            with suppress(ForeignError):  # a run beside us has just renewed it
                discard(self._ledger, row)


def recorded(
    ledger: Overwrites, folder: Folder | None = None, odd: Odd = unheard
) -> Iterator[Refusal]:
    """Yield the records of a folder, or of all, in no order that means anything."""
    return (refusal for _, refusal in _records(ledger, _within(folder), odd))


def forget(
    ledger: Overwrites, wanted: Callable[[Refusal], bool], odd: Odd = unheard
) -> Iterator[Refusal]:
    """Drop the records that are wanted, so that their photos are due; yield each.

    The counts of their folders say so first, for the sensor reads no refusals.
    """
    doubted = ""
    for row, refusal in _records(ledger, _ALL, odd):
        if not wanted(refusal):
            continue
        _, segment, _ = row.name.split("/")
        if segment != doubted:
            doubt_refusals(ledger, doubted := segment)
        try:
            discard(ledger, row)
        except HeldError as error:
            odd(row.name, error.reason)
            continue
        except ForeignError:
            continue  # a run beside us has just tried it again
        yield refusal


def _records(ledger: Overwrites, prefix: str, odd: Odd) -> Iterator[tuple[BlobInfo, Refusal]]:
    rows = listed_within(ledger, _ALL, odd) if prefix == _ALL else ledger.list(prefix)
    for row in _records_in(rows, odd):
        refusal = _parsed(ledger, row, odd)
        if refusal is not None:
            yield row, refusal


def _records_in(rows: Iterable[BlobInfo], odd: Odd) -> Iterator[BlobInfo]:
    """Yield the rows whose names are those of records; tell of the others."""
    for row in rows:
        if row.denied or not _NAME.fullmatch(row.name):
            odd(row.name, row.denied or NOT_OURS)
        elif row.size:  # else it was discarded, where we may not delete
            yield row


def _parsed(ledger: Overwrites, row: BlobInfo, odd: Odd) -> Refusal | None:
    """Read a record; None when it is gone, or is none of ours in this form, which is told."""
    text: str | bytes | None = row.metadata.get("record")
    try:
        if text is None:
            text = ledger.read(row.name, row.etag).data
        refusal = _from_json(text)
    except StaleError:
        return None  # a run that goes on beside us dropped or renewed it
    except (UnreadableError, DeniedError, CorruptError) as error:
        odd(row.name, error.reason)
        return None
    if refusal is None or not row.name.endswith(f"/{_file(refusal.name)}"):
        odd(row.name, ANOTHER_FORM)
        return None
    return refusal


def _from_json(text: str | bytes) -> Refusal | None:
    """Read a record's JSON; None when it is not exactly what we write."""
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


def _near(ledger: Overwrites, folder: Folder | None) -> Iterator[BlobInfo]:
    """List the records of a folder, and of those it is made of where folders were deeper before."""
    yield from ledger.list(_within(folder))
    if folder is not None and folder.is_leaf:
        deeper = _ALL if folder.key == ROOT else f"{_ALL}{segment_of(folder.key)}%2F"
        yield from (row for row in ledger.list(deeper) if not row.name.startswith(_within(folder)))


def _withins(folder: Folder, name: str) -> Iterator[str]:
    """Yield where a photo's record is, and then where it is if folders had another depth before."""
    yield _within(folder)
    for depth in range(name.count("/") + 1):
        other = folder_of(name, depth)
        if other.key != folder.key:
            yield _within(other)


def _file(name: str) -> str:
    digest = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{digest[:32]}.json"


def _place(folder: Folder, name: str) -> str:
    return f"{_within(folder)}{_file(name)}"
