"""The sync status in numbers: of one folder, or the sum of many. Pure."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from zlib import crc32

from orchestration.mirror.decide.classify import Rules, State, Verdict


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of names by state, and sizes in bytes.

    `photos` are in sync, stale, due, refused, blocked or held. A held photo is due, but the blob
    with its rendition's name could not be replaced. `unreadable` names cannot be read. `renditions`
    have our stamp. `files` are all blobs in the resized container, and `over_budget` are those with
    a photo's name that are too large. `stale_bytes` is the size of the stale photos. `fingerprint`
    changes whenever a photo is added, removed or changed, or becomes readable.
    """

    in_sync: int = 0
    stale: int = 0
    due: int = 0
    refused: int = 0
    blocked: int = 0
    ignored: int = 0
    orphan: int = 0
    foreign: int = 0
    renditions: int = 0
    files: int = 0
    over_budget: int = 0
    photo_bytes: int = 0
    rendition_bytes: int = 0
    stale_bytes: int = 0
    fingerprint: int = 0
    unreadable: int = 0
    held: int = 0

    @property
    def photos(self) -> int:
        """How many blobs of the raw container are photos."""
        return self.in_sync + self.stale + self.due + self.refused + self.blocked + self.held

    @property
    def is_empty(self) -> bool:
        """Whether both containers are empty here."""
        return self == Counts()

    def with_refused_as_due(self) -> "Counts":
        """Return these counts with every refused or held photo counted as due."""
        due = self.due + self.refused + self.held
        return replace(self, due=due, refused=0, held=0)

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, name) + getattr(other, name) for name in NUMBERS))


NUMBERS = tuple(field.name for field in fields(Counts))


class CountBuilder:
    """Adds up verdicts."""

    def __init__(self, rules: Rules, begun: Counts | None = None) -> None:
        self._rules = rules
        self._numbers: dict[str, int] = asdict(begun or Counts())

    def add(self, verdict: Verdict) -> None:
        """Count one name."""
        numbers, (state, photo, rendition, stamp) = self._numbers, verdict
        numbers[state.name.lower()] += 1
        if photo is not None and state is not State.IGNORED:
            numbers["photo_bytes"] += photo.size
            if state is State.STALE:
                numbers["stale_bytes"] += photo.size
            # Includes why it is unreadable: a photo restored from the archive keeps its etag.
            version = f"{photo.name} {photo.etag} {photo.unreadable}{photo.denied}".rstrip()
            numbers["fingerprint"] += crc32(version.encode(errors="replace"))
        if rendition is not None and not (rendition.denied and rendition.name.endswith("/")):
            numbers["files"] += 1
            if state is State.IN_SYNC or stamp is not None:
                numbers["renditions"] += 1
                numbers["rendition_bytes"] += rendition.size
            if rendition.size > self._rules.recipe.budget:
                is_photos = photo is not None and state is not State.IGNORED
                numbers["over_budget"] += is_photos or self._rules.selection.admits(rendition.name)

    @property
    def counts(self) -> Counts:
        """The counts so far."""
        return Counts(**self._numbers)


def total(counts: Iterable[Counts]) -> Counts:
    """Add up the counts of many folders."""
    return sum(counts, Counts())


def new_photos(number: int) -> str:
    """Return a sentence with the number of photos that arrived during a run."""
    return f"{number:,} new {'photo' if number == 1 else 'photos'} arrived during the run"
