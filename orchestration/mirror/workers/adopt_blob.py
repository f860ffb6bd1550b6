"""ACT, for one foreign blob: may it be taken for its photo's rendition? Its bytes stay as they are.

Three steps, as a photo's own: look at it, prove it, take it over.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import md5

from orchestration.blobs.base import BlobInfo
from orchestration.blobs.errors import (
    CorruptError,
    DeniedError,
    UnaddressableError,
    UnreadableError,
)
from orchestration.mirror.decide.actions import Claim
from orchestration.mirror.outcomes import Blocked, Done, How, Outcome
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.stamp import (
    ADOPTED,
    ETAG,
    GEOMETRY,
    MADE,
    MADE_WITH,
    MD5,
    PASSED_THROUGH,
    PHOTO_FORMAT,
    RECIPE,
    RENDITION_MD5,
    SETTING,
    Stamp,
    geometry,
    made_with,
)
from orchestration.mirror.workers.context import WorkContext
from orchestration.mirror.workers.pass_through import own_geometry
from orchestration.mirror.workers.photo import geometry_of, other_format
from orchestration.mirror.workers.process import watched
from resize_core import Header, ResizeError, decode, likeness, probe

# Of 18 drone photos in a row, small renditions came to 0.9998, two of the photos to 0.71 at most.
LEAST_ALIKE = 0.95


@dataclass(frozen=True, slots=True)
class Claimed:
    """A foreign blob that may be its photo's rendition, if its bytes prove it beside the photo's.

    `stamp` is what it would bear, with this `geometry` if it lies as its tags say.
    """

    action: Claim
    stamp: Stamp
    held: bytes
    photo: bytes
    geometry: str


@dataclass(frozen=True, slots=True)
class Proven:
    """A foreign blob is what its stamp will say."""

    action: Claim
    stamp: Stamp
    how: How


class NoClaimError(Exception):
    """The blob stays foreign; the message says why, in a clause."""


def look(action: Claim, context: WorkContext) -> Claimed | Proven | Outcome:
    """Read the blob; prove at once what its metadata or its digest proves."""
    try:
        return _looked(action, context)
    except (NoClaimError, ResizeError) as error:
        return _left(action, context, str(error))
    except (UnreadableError, DeniedError, UnaddressableError, CorruptError) as error:
        return _left(action, context, error.reason)


def prove(claimed: Claimed, context: WorkContext) -> Proven | Outcome:
    """Decode the blob and look at both pictures, or make the rendition anew and compare bytes."""
    action, stamp = claimed.action, claimed.stamp
    try:
        with watched():
            if action.by == "keep":
                decode(claimed.held)
                found = likeness(claimed.held, claimed.photo)
                if found.best >= LEAST_ALIKE:
                    lies = claimed.geometry if found.lies_as_shown else ""
                    return Proven(action, replace(stamp, geometry=lies), "adopted")
                return _left(action, context, "it shows another picture")
            made = context.recipe.shrink(claimed.photo)
    except ResizeError as error:
        return _left(action, context, str(error))
    if md5(made.data).hexdigest() != stamp.rendition_md5:
        return _left(action, context, "it is not what this recipe makes of the photo")
    how = str(made.setting or "")
    proven = replace(stamp, made=made.done, setting=how, geometry=geometry_of(made))
    return Proven(action, proven, "restored")


def take_over(proven: Proven, context: WorkContext) -> Outcome:
    """Give the blob its stamp, if it is still the version that was looked at."""
    action = proven.action
    held = action.rendition
    context.resized.restamp(held.name, held.etag, proven.stamp.to_metadata(held.metadata))
    photo, other = action.blob, context.recipe.naming.other(action.blob.name)
    return Done(action.folder, photo.name, proven.how, photo.size, held.size, rendition=other)


def _left(action: Claim, context: WorkContext, reason: str) -> Blocked:
    name = action.blob.name
    return Blocked(action.folder, name, reason, context.recipe.naming.other(name))


def _looked(action: Claim, context: WorkContext) -> Claimed | Proven:
    photo, held = action.blob, action.rendition
    for blob, whose in ((photo, "its photo"), (held, "it")):
        if blob.unreadable:
            raise NoClaimError(f"{whose} cannot be read: {blob.unreadable}")
    if held.size > context.recipe.budget:
        raise NoClaimError(f"it weighs {held.size:,} bytes, over the budget")
    data = context.resized.read(held.name, held.etag, md5=held.md5).data
    header = probe(data, size=len(data))
    bare = Stamp(
        etag=photo.etag,
        md5=photo.md5,
        recipe=context.recipe.text,
        rendition_md5=md5(data).hexdigest(),
        rendition_size=len(data),
        made=ADOPTED,
        format=header.format.name,
        width=header.sides[0],
        height=header.sides[1],
        made_with=made_with(),
    )
    for stamp in _told_by_metadata(held, bare):
        return Proven(action, stamp, "restored")
    if _is_photo_itself(photo, bare, context):
        _check_admitted(header, len(data), context.recipe)
        own = own_geometry(header)
        through = replace(bare, md5=bare.rendition_md5, made=PASSED_THROUGH, geometry=own)
        return Proven(action, through, "restored")
    if action.by == "keep":
        _check_admitted(header, len(data), context.recipe)
    whole = context.raw.read(photo.name, photo.etag, md5=photo.md5).data
    of_photo = probe(whole, size=len(whole))
    if action.by == "keep" and not _may_be(header, of_photo):
        raise NoClaimError("its sides are not the photo's, nor those of the photo made smaller")
    other = other_format(of_photo.format, header.format)
    stamp = replace(bare, md5=md5(whole).hexdigest(), photo_format=other)
    lies = geometry(of_photo.sides, of_photo.shown.turn, header.shown.turn)
    return Claimed(action, stamp, data, whole, lies)


def _told_by_metadata(held: BlobInfo, bare: Stamp) -> Iterator[Stamp]:
    """Yield the stamp that what is left of it makes certain: whose it was, and of which bytes."""
    left = held.metadata
    is_of_photo = left.get(ETAG) == bare.etag or (bare.md5 and left.get(MD5) == bare.md5)
    if is_of_photo and left.get(RECIPE) and left.get(RENDITION_MD5) == bare.rendition_md5:
        yield replace(
            bare,
            md5=bare.md5 or left.get(MD5, ""),
            recipe=left[RECIPE],
            made=left.get(MADE, ""),
            setting=left.get(SETTING, ""),
            made_with=left.get(MADE_WITH, ""),
            photo_format=left.get(PHOTO_FORMAT, ""),
            geometry=left.get(GEOMETRY, ""),
        )


def _is_photo_itself(photo: BlobInfo, bare: Stamp, context: WorkContext) -> bool:
    if photo.size != bare.rendition_size:
        return False
    digest = photo.md5 or md5(context.raw.read(photo.name, photo.etag).data).hexdigest()
    return digest == bare.rendition_md5


def _check_admitted(header: Header, size: int, recipe: Recipe) -> None:
    """Raise NoClaimError when the recipe would not leave a photo like this as it is."""
    if not recipe.passes_through(header, size):
        raise NoClaimError("the recipe admits no such rendition, or changes what it cannot see")


def _may_be(made: Header, photo: Header) -> bool:
    """Whether sides are a photo's, or its sides made smaller; turned upright or not."""
    for width, height in ((photo.width, photo.height), (photo.height, photo.width)):
        is_smaller = made.width <= width and made.height <= height
        # Each side was rounded.
        if is_smaller and abs(made.width * height - made.height * width) <= width + height:
            return True
    return False
