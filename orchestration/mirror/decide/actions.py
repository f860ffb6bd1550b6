"""DECIDE, for one name: which action a verdict requires. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from orchestration.blobs.base import BlobInfo
from orchestration.mirror.decide.classify import State, Verdict, same_bytes, why_not_replaceable
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.rendition_names import TAKEN, why_taken
from orchestration.mirror.stamp import Stamp


@dataclass(frozen=True, slots=True)
class Render:
    """Render the photo `blob`, and replace the rendition whose etag is `replaces` ('': none).

    `was` is the stamp to be replaced. If the photo's bytes are still the same, only a new stamp is
    written. With `is_shown`, the outcome includes a crop before and after.
    """

    folder: str
    blob: BlobInfo
    replaces: str = ""
    was: Stamp | None = None
    is_shown: bool = False


@dataclass(frozen=True, slots=True)
class Restamp:
    """Photo `blob` was written again with the same bytes: put its new etag into the stamp."""

    folder: str
    blob: BlobInfo
    rendition: BlobInfo
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Refuse:
    """The listing shows that photo `blob` cannot be rendered; `kind` is the kind of its refusal."""

    folder: str
    blob: BlobInfo
    reason: str
    kind: str = "unreadable"


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete the orphan `blob`, a rendition whose photo was deleted."""

    folder: str
    blob: BlobInfo


@dataclass(frozen=True, slots=True)
class Adopt:
    """Check whether the foreign blob `rendition` is a rendition of photo `blob`, and stamp it.

    "keep" accepts a blob that is within the budget and shows the photo. "restore" accepts only the
    bytes that this recipe makes of the photo.
    """

    folder: str
    blob: BlobInfo
    rendition: BlobInfo
    by: Literal["keep", "restore"]


Step = Render | Restamp | Delete
Action = Step | Adopt

# A share of few renditions means nothing: one of three is more than a tenth.
_FEW, _SMALL = 2, 10


def action_for(verdict: Verdict, folder: str, policy: Policy) -> Action | Refuse | None:
    """Return the action that a verdict requires, or None. Orphans are not included."""
    match verdict:
        case Verdict(State.DUE, BlobInfo() as photo, BlobInfo() as rendition, Stamp() as stamp):
            if photo.etag != stamp.etag and same_bytes(photo, stamp):
                return Restamp(folder, photo, rendition, stamp)
            return _unless_hopeless(Render(folder, photo, rendition.etag, stamp), policy)
        case Verdict(State.DUE, BlobInfo() as photo):
            return _unless_hopeless(Render(folder, photo), policy)
        case Verdict(State.STALE, BlobInfo() as photo, BlobInfo() as rendition, stamp):
            if policy.rebuild_stale and not why_not_replaceable(rendition):
                return _unless_hopeless(Render(folder, photo, rendition.etag, stamp), policy)
    return None


# What `deletions` keeps, for people who wonder why.
KEPT_ORPHANS = (
    "A run keeps all orphans of a folder if it has no photos, if one of its names is unreadable, "
    "or if more than a tenth of its renditions are orphans (more than two, of ten or more). If the "
    "photos were deleted on purpose, delete these renditions yourself."
)


def render(folder: str, photo: BlobInfo, replaces: str, policy: Policy) -> Action | Refuse:
    """Return the action that renders a photo and replaces the blob whose etag is `replaces`."""
    return _unless_hopeless(Render(folder, photo, replaces), policy)


def deletions(
    folder: str, orphans: Iterable[BlobInfo], counts: Counts, policy: Policy
) -> list[Delete]:
    """Return the actions that delete the orphans of a folder; none when that would be risky.

    It is risky when the listing of photos is empty or incomplete, or when the orphans are more than
    two and more than the policy's share of the folder's renditions. A folder with fewer than ten
    renditions may lose all of them.
    """
    most = max(_FEW, policy.most_orphans * counts.renditions)
    are_few = counts.orphan <= most or counts.renditions < _SMALL
    is_complete = counts.photos and not counts.unreadable
    return [Delete(folder, orphan) for orphan in orphans] if are_few and is_complete else []


def _unless_hopeless(action: Render, policy: Policy) -> Action | Refuse:
    photo = action.blob
    if photo.unreadable == TAKEN:
        return Refuse(action.folder, photo, why_taken(photo.name), "name-taken")
    if photo.unreadable:
        return Refuse(action.folder, photo, photo.unreadable)
    if photo.size > policy.max_photo_bytes:
        reason = f"it is {photo.size:,} bytes, and the limit is {policy.max_photo_bytes:,}"
        return Refuse(action.folder, photo, reason)
    return action
