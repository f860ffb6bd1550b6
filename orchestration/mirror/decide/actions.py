"""DECIDE, for one name: which action a verdict asks for. Pure."""

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
    """Make the rendition of photo `blob`, replacing version `replaces` of ours, or nothing ('').

    `was` is the stamp it replaces: a photo whose bytes turn out the same is only stamped anew.
    With `is_shown`, a piece of it before and after comes back with the outcome.
    """

    folder: str
    blob: BlobInfo
    replaces: str = ""
    was: Stamp | None = None
    is_shown: bool = False


@dataclass(frozen=True, slots=True)
class Restamp:
    """Photo `blob` was written again with the same bytes: let its rendition remember the etag."""

    folder: str
    blob: BlobInfo
    rendition: BlobInfo
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Refuse:
    """The listing alone says that photo `blob` cannot be made; `kind` says why in a word."""

    folder: str
    blob: BlobInfo
    reason: str
    kind: str = "unreadable"


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete the orphan `blob`: a rendition of ours whose photo is gone."""

    folder: str
    blob: BlobInfo


@dataclass(frozen=True, slots=True)
class Adopt:
    """See whether the foreign blob `rendition` is what it might be of photo `blob`, and stamp it.

    `keep` takes it as it is if it fits and decodes; `restore` only what we would have made.
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
    """Say what a verdict asks to be done in the first round of a run; None for nothing."""
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


def render(folder: str, photo: BlobInfo, replaces: str, policy: Policy) -> Action | Refuse:
    """Say what is to be done to make a photo's rendition in place of a version of any blob."""
    return _unless_hopeless(Render(folder, photo, replaces), policy)


def deletions(
    folder: str, orphans: Iterable[BlobInfo], counts: Counts, policy: Policy
) -> list[Delete]:
    """Return what deletes the orphans of a folder; nothing when that would be rash.

    It is when the listing of photos is empty or incomplete, or when the orphans are more than two
    and more than the policy's share of the folder's renditions. A folder with fewer than ten
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
        reason = f"it weighs {photo.size:,} bytes, and at most {policy.max_photo_bytes:,} are read"
        return Refuse(action.folder, photo, reason)
    return action
