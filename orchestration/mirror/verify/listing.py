"""DECIDE, for one name: the problem that the listings show. Pure."""

from dataclasses import dataclass
from typing import Literal

from orchestration.blobs.base import BlobInfo
from orchestration.mirror.decide.classify import State, Verdict, same_bytes
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.stamp import Stamp, has_partial_stamp, has_valid_checksum, stamp_of

Kind = Literal[
    "missing",
    "outdated",
    "over_budget",
    "foreign",
    "altered",
    "flipped",
    "undecodable",
    "unreadable",
    "photo_altered",
]


@dataclass(frozen=True, slots=True)
class Drift:
    """One problem; `reason` describes it in a clause.

    `name` is the name of the blob that the clause is about, a photo or a rendition.
    """

    name: str
    kind: Kind
    reason: str


def listed_drift(verdict: Verdict, recipe: Recipe) -> Drift | None:
    """Return the worst problem that the two listings show for a name, or None.

    Names that are refused, stale, ignored or orphans have no problem.
    """
    rendition, photo = verdict.rendition, verdict.photo
    if verdict.state is State.IGNORED:
        return None
    if verdict.state is State.UNREADABLE:
        row = photo if photo is not None and photo.denied else rendition
        is_told = row is not None and row.denied
        return Drift(row.name, "unreadable", row.denied) if row and is_told else None
    if rendition is None:
        missing = verdict.state is State.DUE
        return Drift(verdict.name, "missing", "it has no rendition") if missing else None
    if rendition.denied:
        return Drift(rendition.name, "unreadable", rendition.denied)
    if verdict.state in {State.BLOCKED, State.FOREIGN} and verdict.stamp is None:
        return _unstamped(rendition)
    if not has_valid_checksum(rendition.metadata):
        return Drift(rendition.name, "altered", "its stamp was changed after it was written")
    stamp = verdict.stamp or stamp_of(rendition)
    if rendition.size > recipe.budget and verdict.state is not State.ORPHAN:
        reason = f"it is {rendition.size:,} bytes, and the budget is {recipe.budget:,}"
        return Drift(rendition.name, "over_budget", reason)
    if verdict.photo is None or stamp is None:
        return None
    return _older(verdict.photo, rendition, stamp)


def _unstamped(rendition: BlobInfo) -> Drift:
    if has_partial_stamp(rendition.metadata):
        reason = "its stamp is damaged, or its bytes are not those the stamp was written for"
        return Drift(rendition.name, "altered", reason)
    return Drift(rendition.name, "foreign", "it was not created by photo-mirror")


def _older(photo: BlobInfo, rendition: BlobInfo, stamp: Stamp) -> Drift | None:
    if not same_bytes(photo, stamp):
        return Drift(rendition.name, "outdated", "its photo has changed since it was made")
    if photo.etag != stamp.etag:
        return Drift(rendition.name, "outdated", "its photo was written again with the same bytes")
    if photo.md5 and stamp.md5 and photo.md5 != stamp.md5:
        return Drift(
            photo.name, "photo_altered", "the photo's digest changed, but its etag did not"
        )
    return None
