"""Adopt one foreign blob as the rendition of its photo. Its bytes are not changed.

Three steps: read the candidate, verify it, stamp it.
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
from orchestration.mirror.decide.actions import Adopt
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
    PICTURE_HASH,
    RECIPE,
    RENDITION_MD5,
    SETTING,
    FileFacts,
    Stamp,
    geometry,
    hash_text,
)
from orchestration.mirror.workers.context import WorkContext
from orchestration.mirror.workers.pass_through import own_geometry
from orchestration.mirror.workers.photo import geometry_of, other_format
from orchestration.mirror.workers.process import time_limited
from resize_core import Header, ResizeError, decode, likeness, probe

# For 18 consecutive drone photos, small renditions scored 0.9998 or more, and two different
# photos at most 0.71.
LEAST_SIMILARITY = 0.95


@dataclass(frozen=True, slots=True)
class Candidate:
    """A foreign blob that may be its photo's rendition, to be verified by its bytes.

    `stamp` is the one it would get, with this `geometry` if its orientation is that of its tags.
    """

    action: Adopt
    stamp: Stamp
    held: bytes
    photo: bytes
    geometry: str


@dataclass(frozen=True, slots=True)
class VerifiedCandidate:
    """A foreign blob that is the rendition which its new stamp describes."""

    action: Adopt
    stamp: Stamp
    how: How


class NotAdoptableError(Exception):
    """The blob stays foreign; the message says why in a clause."""


def read_candidate(action: Adopt, context: WorkContext) -> Candidate | VerifiedCandidate | Outcome:
    """Read the blob. Its metadata or its digest may already prove what it is."""
    try:
        return _candidate(action, context)
    except (NotAdoptableError, ResizeError) as error:
        return _stays_blocked(action, context, str(error))
    except (UnreadableError, DeniedError, UnaddressableError, CorruptError) as error:
        return _stays_blocked(action, context, error.reason)


def verify_candidate(candidate: Candidate, context: WorkContext) -> VerifiedCandidate | Outcome:
    """Compare the blob with the photo as pictures, or with a new rendition byte by byte."""
    action, stamp = candidate.action, candidate.stamp
    try:
        with time_limited():
            if action.by == "keep":
                decode(candidate.held)
                found = likeness(candidate.held, candidate.photo)
                if found.best >= LEAST_SIMILARITY:
                    lies = candidate.geometry if found.lies_as_shown else ""
                    return VerifiedCandidate(action, replace(stamp, geometry=lies), "adopted")
                return _stays_blocked(action, context, "it shows another picture")
            made = context.recipe.shrink(candidate.photo)
    except ResizeError as error:
        return _stays_blocked(action, context, str(error))
    if md5(made.data).hexdigest() != stamp.rendition_md5:
        return _stays_blocked(action, context, "it is not what this recipe makes of the photo")
    how = str(made.setting or "")
    verified = replace(
        stamp,
        made=made.done,
        setting=how,
        geometry=geometry_of(made),
        picture_hash=hash_text(made.picture_hash),
    )
    return VerifiedCandidate(action, verified, "restored")


def stamp_candidate(verified: VerifiedCandidate, context: WorkContext) -> Outcome:
    """Write the stamp, if the blob is still the version that was read."""
    action = verified.action
    held = action.rendition
    context.resized.restamp(held.name, held.etag, verified.stamp.to_metadata(held.metadata))
    photo, other = action.blob, context.recipe.naming.other(action.blob.name)
    return Done(action.folder, photo.name, verified.how, photo.size, held.size, rendition=other)


def _stays_blocked(action: Adopt, context: WorkContext, reason: str) -> Blocked:
    name = action.blob.name
    return Blocked(action.folder, name, reason, context.recipe.naming.other(name))


def _candidate(action: Adopt, context: WorkContext) -> Candidate | VerifiedCandidate:
    photo, held = action.blob, action.rendition
    for blob, whose in ((photo, "its photo"), (held, "it")):
        if blob.unreadable:
            raise NotAdoptableError(f"{whose} cannot be read: {blob.unreadable}")
    if held.size > context.recipe.budget:
        raise NotAdoptableError(f"it is {held.size:,} bytes, which is over the budget")
    data = context.resized.read(held.name, held.etag, md5=held.md5).data
    header = probe(data, size=len(data))
    file = FileFacts(md5(data).hexdigest(), len(data), header.format.name, header.sides)
    bare = Stamp.of(photo, ADOPTED, context.recipe.text, file)
    for stamp in _stamp_from_remains(held, bare):
        return VerifiedCandidate(action, stamp, "restored")
    if _is_photo_itself(photo, bare, context):
        _check_admitted(header, len(data), context.recipe)
        own = own_geometry(header)
        through = replace(bare, md5=bare.rendition_md5, made=PASSED_THROUGH, geometry=own)
        return VerifiedCandidate(action, through, "restored")
    if action.by == "keep":
        _check_admitted(header, len(data), context.recipe)
    whole = context.raw.read(photo.name, photo.etag, md5=photo.md5).data
    of_photo = probe(whole, size=len(whole))
    if action.by == "keep" and not _may_be(header, of_photo):
        raise NotAdoptableError(
            "its width and height are not those of the photo or of a smaller copy"
        )
    other = other_format(of_photo.format, header.format)
    stamp = replace(bare, md5=md5(whole).hexdigest(), photo_format=other)
    lies = geometry(of_photo.sides, of_photo.shown.turn, header.shown.turn)
    return Candidate(action, stamp, data, whole, lies)


def _stamp_from_remains(held: BlobInfo, bare: Stamp) -> Iterator[Stamp]:
    """Yield the stamp, if the rest of it still proves the photo and the rendition's bytes."""
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
            picture_hash=left.get(PICTURE_HASH, ""),
        )


def _is_photo_itself(photo: BlobInfo, bare: Stamp, context: WorkContext) -> bool:
    if photo.size != bare.rendition_size:
        return False
    digest = photo.md5 or md5(context.raw.read(photo.name, photo.etag).data).hexdigest()
    return digest == bare.rendition_md5


def _check_admitted(header: Header, size: int, recipe: Recipe) -> None:
    """Raise NotAdoptableError when the recipe would not pass a photo like this through."""
    if not recipe.passes_through(header, size):
        raise NotAdoptableError("the recipe would not pass such a photo through unchanged")


def _may_be(made: Header, photo: Header) -> bool:
    """Whether the size is the photo's, or a smaller one of the same shape, turned or not."""
    for width, height in ((photo.width, photo.height), (photo.height, photo.width)):
        is_smaller = made.width <= width and made.height <= height
        # Each side was rounded.
        if is_smaller and abs(made.width * height - made.height * width) <= width + height:
            return True
    return False
