"""What already has the name of a photo's rendition: our rendition, or a foreign blob."""

from collections.abc import Iterator
from dataclasses import replace

from orchestration.blobs.base import BlobInfo, find
from orchestration.mirror.decide.actions import Action, Render
from orchestration.mirror.outcomes import Blocked, Done, Outcome
from orchestration.mirror.stamp import PASSED_THROUGH, Stamp, stamp_of
from orchestration.mirror.workers.context import WorkContext


def already_done(action: Action, context: WorkContext) -> Outcome | None:
    """Return the outcome of an action that was done already, or None."""
    outcome = existing_outcome(action, context) if isinstance(action, Render) else None
    return outcome if isinstance(outcome, Done) else None


def existing_outcome(action: Render, context: WorkContext) -> Outcome | None:
    """Return what has the rendition's name, compared with the plan.

    Done means the planned rendition, Blocked a foreign blob, and None anything else or nothing.
    """
    photo = action.blob
    for row in find_rendition(photo, context):
        stamp = stamp_of(row)
        if stamp is None:
            other = context.recipe.naming.other(photo.name)
            return Blocked(action.folder, photo.name, rendition=other)
        if (stamp.etag, stamp.recipe) == (photo.etag, context.recipe.text):
            return replace(rendered(action, context, stamp), how="found")
    return None


def find_rendition(photo: BlobInfo, context: WorkContext) -> Iterator[BlobInfo]:
    """Yield the blob that has the name of a photo's rendition, if there is one."""
    return find(context.resized, context.recipe.naming.of(photo.name))


def rendered(action: Render, context: WorkContext, stamp: Stamp) -> Done:
    """Return the outcome of an action whose rendition has this stamp."""
    return Done(
        action.folder,
        action.blob.name,
        how="passed_through" if stamp.made == PASSED_THROUGH else "rendered",
        bytes_before=action.blob.size,
        bytes_after=stamp.rendition_size,
        rendition=context.recipe.naming.other(action.blob.name),
    )
