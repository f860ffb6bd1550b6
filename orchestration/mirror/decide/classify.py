"""DECIDE, for one name: the state of a photo, its rendition and its refusal. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from orchestration.blobs.base import BlobInfo
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.selection import Selection
from orchestration.mirror.stamp import (
    ETAG,
    MADE_WITH,
    RECIPE,
    RENDITION_MD5,
    RENDITION_SIZE,
    Stamp,
    made_with,
    stamp_of,
)


class State(Enum):
    """The state of one name.

    A photo is in exactly one of the first five states. The other names are not photos, or cannot
    be read at the moment.
    """

    IN_SYNC = "in sync"
    STALE = "stale"
    DUE = "due"
    REFUSED = "refused"
    BLOCKED = "blocked"
    IGNORED = "ignored"
    ORPHAN = "orphan"
    FOREIGN = "foreign"
    UNREADABLE = "unreadable"


class Verdict(NamedTuple):
    """The state of one name, its rows in the listings, and its stamp if it had to be read."""

    state: State
    photo: BlobInfo | None
    rendition: BlobInfo | None
    stamp: Stamp | None = None

    @property
    def name(self) -> str:
        """The photo's name, or the rendition's if there is no photo."""
        blob = self.photo or self.rendition
        return blob.name if blob is not None else ""


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides about a name in addition to its two rows.

    `is_refused(photo)` returns whether this version was refused under this recipe.
    """

    recipe: Recipe
    selection: Selection
    is_refused: Callable[[BlobInfo], bool]


def classify(photo: BlobInfo | None, rendition: BlobInfo | None, rules: Rules) -> Verdict:
    """Return the verdict on one name, by this truth table. The first row that matches applies.

    | photo   | rendition                                         | state                   |
    |---------|---------------------------------------------------|-------------------------|
    | ignored | any                                               | ignored                 |
    | denied  | any                                               | unreadable              |
    | any     | of this etag, by our recipe, within budget        | in sync                 |
    | none    | foreign                                           | foreign                 |
    | none    | ours                                              | orphan                  |
    | any     | foreign                                           | blocked                 |
    | any     | none, or of other bytes, or over the budget       | refused, if so recorded |
    | any     | the same, or of the same bytes under another      | blocked, if it cannot   |
    |         | etag                                              | be replaced             |
    | any     | none, or of other bytes, or over the budget       | due                     |
    | any     | of the same bytes under another etag              | due, to be restamped    |
    | any     | by our recipe, or passed through as it would now  | in sync                 |
    | any     | by another recipe                                 | stale                   |
    """
    recipe = rules.recipe
    if photo is not None:
        if not _is_wanted(photo, rules.selection):
            return Verdict(State.IGNORED, photo, rendition)
        if photo.denied:
            return Verdict(State.UNREADABLE, photo, rendition)
        if rendition is not None and _in_sync_at_a_glance(photo, rendition, recipe):
            return Verdict(State.IN_SYNC, photo, rendition)
    stamp = stamp_of(rendition) if rendition is not None else None
    if photo is None:
        return Verdict(State.FOREIGN if stamp is None else State.ORPHAN, None, rendition, stamp)
    if rendition is not None and stamp is None:
        return Verdict(State.BLOCKED, photo, rendition)
    if stamp is None or not same_bytes(photo, stamp) or stamp.rendition_size > recipe.budget:
        if rules.is_refused(photo):
            return Verdict(State.REFUSED, photo, rendition, stamp)
        return Verdict(_due(rendition), photo, rendition, stamp)
    if photo.etag != stamp.etag:
        return Verdict(_due(rendition), photo, rendition, stamp)
    if stamp.recipe == recipe.text or recipe.admits(stamp):
        return Verdict(State.IN_SYNC, photo, rendition, stamp)
    return Verdict(State.STALE, photo, rendition, stamp)


def why_not_replaceable(rendition: BlobInfo) -> str:
    """Return the listing's reason why our rendition cannot be replaced, or ''."""
    if rendition.unreadable:
        return f"what has this name cannot be replaced: {rendition.unreadable}"
    return rendition.held


def _due(rendition: BlobInfo | None) -> State:
    is_held = rendition is not None and why_not_replaceable(rendition)
    return State.BLOCKED if is_held else State.DUE


def _is_wanted(photo: BlobInfo, selection: Selection) -> bool:
    if photo.denied and photo.name.endswith("/"):
        return selection.may_hold(photo.name)
    return selection.admits(photo.name)


def same_bytes(photo: BlobInfo, stamp: Stamp) -> bool:
    """Return whether the photo has the bytes in the stamp, judged by the listings."""
    return photo.etag == stamp.etag or (bool(photo.md5) and photo.md5 == stamp.md5)


def is_proof(verdict: Verdict, recipe: Recipe) -> bool:
    """Return whether a name is in sync by this recipe and by the libraries in use."""
    found = verdict.rendition.metadata if verdict.rendition is not None else {}
    return (
        verdict.state is State.IN_SYNC
        and found.get(RECIPE) == recipe.text
        and found.get(MADE_WITH) == made_with()
    )


def _in_sync_at_a_glance(photo: BlobInfo, rendition: BlobInfo, recipe: Recipe) -> bool:
    """Whether the most frequent case applies. The stamp is not parsed, to save time."""
    found = rendition.metadata
    return (
        found.get(ETAG) == photo.etag
        and found.get(RECIPE) == recipe.text
        and rendition.size <= recipe.budget
        and found.get(RENDITION_SIZE) == str(rendition.size)
        and (not rendition.md5 or found.get(RENDITION_MD5) == rendition.md5)
    )
