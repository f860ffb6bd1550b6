"""Adopt foreign blobs that have the names of renditions: keep, restore or replace them.

This is for a container that another tool filled, and for stamps that an edit of metadata removed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from orchestration.mirror.act.dispatch import dispatch
from orchestration.mirror.act.engine import Engine
from orchestration.mirror.decide.actions import Action, Adopt, Refuse, render
from orchestration.mirror.decide.classify import State, Verdict
from orchestration.mirror.mirror import Mirror, in_known_order
from orchestration.mirror.outcomes import Outcome, Refused, refused_when_listed
from orchestration.mirror.partition_keys import Folder, folder_of
from orchestration.mirror.stamp import has_partial_stamp

Way = Literal["keep", "restore", "replace"]


@dataclass(slots=True)
class ForeignCounts:
    """Counts of foreign blobs, from the listings alone.

    `photos` have the name of a photo's rendition, and `bytes` is their total size. Of these,
    `over_budget` are larger than the budget, `with_remains` have a partial stamp, and `like_photo`
    have the digest or the size of the photo. `others` match no photo and are left untouched.
    """

    photos: int = 0
    bytes: int = 0
    over_budget: int = 0
    with_remains: int = 0
    like_photo: int = 0
    others: int = 0


def count_foreign(mirror: Mirror, folders: Iterable[Folder] | None = None) -> ForeignCounts:
    """Count the foreign blobs in these folders, or in all. Writes nothing.

    Raises StoreUnavailableError.
    """
    asked = None if folders is None else [*folders]
    (held,) = in_known_order(mirror, lambda going: [_count_foreign(going, asked)])
    return held


def adopt(
    mirror: Mirror, engine: Engine, way: Way, folders: Iterable[Folder] | None = None
) -> Iterator[Outcome]:
    """Adopt the foreign blobs that have the names of renditions; yield an outcome for each.

    The outcome is Blocked if a blob stays foreign. Every write is conditional on the version
    that was listed. Nothing is recorded in the ledger.

    Raises StoreUnavailableError.
    """
    asked = None if folders is None else [*folders]
    # Blobs adopted before a listing turned out to be unordered are no longer foreign.
    yield from in_known_order(mirror, lambda going: _adopted(going, engine, way, asked))


def _adopted(
    mirror: Mirror, engine: Engine, way: Way, folders: list[Folder] | None
) -> Iterator[Outcome]:
    yield from dispatch(_actions(mirror, way, folders), engine, lambda _: None)


def _actions(mirror: Mirror, way: Way, folders: list[Folder] | None) -> Iterator[Action | Refused]:
    for verdict in mirror.verdicts_of(folders):
        match verdict:
            case Verdict(State.BLOCKED, photo, held, None) if photo and held:
                folder = folder_of(photo.name, mirror.depth).key
                if way == "replace":
                    action = render(folder, photo, held.etag, mirror.policy)
                    yield refused_when_listed(action) if isinstance(action, Refuse) else action
                else:
                    yield Adopt(folder, photo, held, way)


def _count_foreign(mirror: Mirror, folders: list[Folder] | None) -> ForeignCounts:
    held = ForeignCounts()
    for state, photo, rendition, stamp in mirror.verdicts_of(folders):
        if state is State.FOREIGN:
            held.others += 1
        if state is not State.BLOCKED or stamp or photo is None or rendition is None:
            continue
        held.photos += 1
        held.bytes += rendition.size
        held.over_budget += rendition.size > mirror.recipe.budget
        held.with_remains += has_partial_stamp(rendition.metadata)
        knows = bool(photo.md5 and rendition.md5)
        held.like_photo += photo.size == rendition.size and (
            not knows or photo.md5 == rendition.md5
        )
    return held
