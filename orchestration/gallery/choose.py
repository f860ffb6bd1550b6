"""Choose the photos that a gallery shows, from the listings alone; nothing is read."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from heapq import heappush, heappushpop
from typing import Literal

from orchestration.blobs.base import BlobInfo
from orchestration.mirror.decide.classify import State, Verdict, why_not_replaceable
from orchestration.mirror.ledger.refusals import recorded
from orchestration.mirror.mirror import Mirror, in_known_order
from orchestration.mirror.partition_keys import Folder, folder_of
from orchestration.mirror.stamp import Stamp, stamp_of

Order = Literal["most-changed", "largest", "random"]

# Photos that cannot be shown are listed with reasons; `photo-mirror refused` lists all.
MOST_WITHOUT = 500
_SHOWN = {State.IN_SYNC, State.STALE}
_PHOTOS = (State.IN_SYNC, State.STALE, State.DUE, State.REFUSED, State.BLOCKED, State.UNREADABLE)


@dataclass(frozen=True, slots=True)
class Choice:
    """At most `photos` photos: those that shrank most, the largest, or random ones by `seed`."""

    photos: int = 24
    order: Order = "most-changed"
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Pair:
    """A photo and the rendition that was made from it."""

    folder: str
    state: State
    photo: BlobInfo
    rendition: BlobInfo
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Without:
    """A photo that has no rendition to compare it with, and why. `size` is the photo's bytes."""

    name: str
    folder: str
    state: State
    size: int
    reason: str


@dataclass(slots=True)
class Chosen:
    """The result of the listings: photos by state, bytes of all pairs, and the photos chosen.

    `without` holds at most MOST_WITHOUT of the photos that have no rendition.
    """

    states: Counter[State] = field(default_factory=Counter)
    pairs: int = 0
    bytes_before: int = 0
    bytes_after: int = 0
    chosen: list[Pair] = field(default_factory=list)
    without: list[Without] = field(default_factory=list)

    @property
    def photos(self) -> int:
        """How many photos were listed."""
        return self.states.total()


def choose(mirror: Mirror, folders: Iterable[Folder] | None, choice: Choice) -> Chosen:
    """List the folders, or all folders, and choose among their photos.

    Raises StoreUnavailableError.
    """
    asked = None if folders is None else [*folders]
    (chosen,) = in_known_order(mirror, lambda going: [_choose(going, asked, choice)])
    return chosen


def _choose(mirror: Mirror, folders: list[Folder] | None, choice: Choice) -> Chosen:
    found, best = Chosen(), list[tuple[float, str, Pair]]()
    for verdict in mirror.verdicts_of(folders):
        if verdict.photo is None or verdict.state not in _PHOTOS:
            continue
        found.states[verdict.state] += 1
        folder = folder_of(verdict.name, mirror.depth).key
        pair = _pair(verdict, folder)
        if pair is None:
            if len(found.without) < MOST_WITHOUT:
                found.without.append(_without(verdict, folder, verdict.photo))
            continue
        found.pairs += 1
        found.bytes_before += pair.photo.size
        found.bytes_after += pair.rendition.size
        if choice.photos and pair.photo.size <= mirror.policy.max_photo_bytes:
            keep = heappush if len(best) < choice.photos else heappushpop
            keep(best, (_rank(pair, choice), pair.photo.name, pair))
    found.chosen = [pair for *_, pair in sorted(best, reverse=True)]
    found.without = _with_reasons(mirror, folders, found.without)
    return found


def _pair(verdict: Verdict, folder: str) -> Pair | None:
    photo, rendition = verdict.photo, verdict.rendition
    if photo is None or rendition is None or verdict.state not in _SHOWN:
        return None
    stamp = verdict.stamp or stamp_of(rendition)
    return Pair(folder, verdict.state, photo, rendition, stamp) if stamp else None


def _rank(pair: Pair, choice: Choice) -> float:
    """Rate a pair: higher ones are shown first. A random rating depends on seed and name only."""
    match choice.order:
        case "most-changed":
            return 1 - pair.rendition.size / max(pair.photo.size, 1)
        case "largest":
            return float(pair.photo.size)
        case "random":
            drawn = sha256(f"{choice.seed}/{pair.photo.name}".encode("utf-8", "surrogatepass"))
            return int.from_bytes(drawn.digest()[:6]) / 2**48


def _without(verdict: Verdict, folder: str, photo: BlobInfo) -> Without:
    reason = ""
    match verdict.state:
        case State.DUE:
            changed = "the photo has changed since its rendition was made"
            reason = changed if verdict.rendition else "it has no rendition yet"
        case State.BLOCKED:
            held = why_not_replaceable(verdict.rendition) if verdict.rendition else ""
            reason = held or "a file that photo-mirror did not create has its name"
        case State.UNREADABLE:
            reason = photo.denied or (verdict.rendition.denied if verdict.rendition else "")
    return Without(verdict.name, folder, verdict.state, photo.size, reason)


def _with_reasons(
    mirror: Mirror, folders: list[Folder] | None, rows: list[Without]
) -> list[Without]:
    """Add the ledger's reasons to the refused photos."""
    wanted = {row.name for row in rows if row.state is State.REFUSED}
    reasons = dict[str, str]()
    for folder in [None] if folders is None else folders:
        if not wanted - reasons.keys():
            break
        for refusal in recorded(mirror.ledger, folder):
            if refusal.name in wanted:
                reached = f"; {refusal.smallest:,} bytes were reached" if refusal.smallest else ""
                reasons[refusal.name] = f"{refusal.reason}{reached}"
    return [
        Without(row.name, row.folder, row.state, row.size, reasons.get(row.name, row.reason))
        for row in rows
    ]
