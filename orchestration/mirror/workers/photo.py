"""ACT, for one photo: fetch it, make its rendition, publish that. Each step returns what the next
one needs, or the outcome if there is nothing more to do.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import md5
from time import perf_counter

from orchestration.blobs.base import Blob, BlobInfo, Properties, Source, Store, may_be_named, named
from orchestration.blobs.errors import CannotCopyError, ForeignError, HeldError, UnaddressableError
from orchestration.mirror.decide.actions import Action, Delete, Refuse, Render, Restamp, Step
from orchestration.mirror.outcomes import Blocked, Done, Outcome, Overtaken, Refused
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.stamp import PASSED_THROUGH, Stamp, made_with, stamp_of
from orchestration.mirror.workers.process import watched
from resize_core import (
    Format,
    Header,
    NeedsMoreBytesError,
    Rendition,
    ResizeError,
    ends_whole,
    probe,
    side_by_side,
)

# So much of a photo is read to learn what it is.
HEAD = 64 * 1024
# And so much to see that it does not stop before its end.
TAIL = 1024


@dataclass(frozen=True, slots=True)
class Ends:
    """The two containers and the recipe between them."""

    raw: Source
    resized: Store
    recipe: Recipe


@dataclass(frozen=True, slots=True)
class Fetched:
    """The photo's bytes are here; `digest` is their MD5 in hex."""

    action: Render
    blob: Blob
    digest: str


@dataclass(frozen=True, slots=True)
class Made:
    """The rendition is made; `seconds` is how long that took. `strip` shows it, if asked for."""

    fetched: Fetched
    rendition: Rendition
    seconds: float
    strip: bytes = b""


def fetch(action: Step, ends: Ends) -> Fetched | Outcome:
    """Do what needs no pixels, else read exactly the version that was planned."""
    match action:
        case Refuse(folder, photo, reason, kind):
            return Refused(
                folder, photo.name, photo.etag, kind, reason, unreadable=photo.unreadable
            )
        case Restamp(folder, photo, rendition, stamp):
            return _restamp(folder, photo, rendition, stamp, ends)
        case Delete(folder, rendition):
            for name in ends.recipe.naming.photos_of(rendition.name):
                if next(may_be_named(ends.raw, name), None) is not None:
                    return Overtaken(folder, name)  # its photo has come, or may have
            ends.resized.delete(rendition.name, rendition.etag)
            return Done(folder, rendition.name, "deleted", bytes_before=rendition.size)
        case Render():
            return _copy(action, ends) or _read(action, ends)


def make(fetched: Fetched, ends: Ends) -> Made:
    """Shrink the photo.

    Raises ResizeError when it cannot be made to fit.
    """
    started = perf_counter()
    with watched():
        rendition = ends.recipe.shrink(fetched.blob.data)
        seconds = perf_counter() - started
        strip = _strip(fetched, rendition) if fetched.action.is_shown else b""
    return Made(fetched, rendition, seconds, strip)


def publish(made: Made, ends: Ends) -> Outcome:
    """Write the rendition and its stamp in one call, unless somebody else holds the name."""
    action, rendition = made.fetched.action, made.rendition
    stamp = Stamp(
        etag=action.blob.etag,
        md5=made.fetched.digest,
        recipe=ends.recipe.text,
        rendition_md5=md5(rendition.data).hexdigest(),
        rendition_size=len(rendition.data),
        made=rendition.done,
        format=rendition.format.name,
        width=rendition.width,
        height=rendition.height,
        setting=str(rendition.setting or ""),
        made_with=made_with(),
        photo_format=other_format(rendition.source_format, rendition.format),
    )
    properties = _stamped(made.fetched.blob.properties, stamp, rendition.format.mime_type)
    other = ends.recipe.naming.other(action.blob.name)
    name = other or action.blob.name
    try:
        ends.resized.write(
            name, rendition.data, properties, replaces=action.replaces, md5=stamp.rendition_md5
        )
    except HeldError as error:
        return Blocked(action.folder, action.blob.name, error.reason, rendition=other)
    except ForeignError:
        return standing(action, ends) or Overtaken(action.folder, action.blob.name)
    except UnaddressableError as error:
        if not other:
            raise
        reason = f"its rendition would be called {other!r}, and {error.reason}"
        raise UnaddressableError(reason, action.blob.name) from None
    return _done(action, ends, stamp, made)


def settled(action: Action, ends: Ends) -> Outcome | None:
    """Say whether an action was done before its worker was lost; None: do it again."""
    outcome = standing(action, ends) if isinstance(action, Render) else None
    return outcome if isinstance(outcome, Done) else None


def standing(action: Render, ends: Ends) -> Outcome | None:
    """Say what holds the photo's name: what was planned (Done), a foreign blob (Blocked), or
    nothing that answers the plan (None).
    """
    photo = action.blob
    for row in _held(photo, ends):
        stamp = stamp_of(row)
        if stamp is None:
            other = ends.recipe.naming.other(photo.name)
            return Blocked(action.folder, photo.name, rendition=other)
        if (stamp.etag, stamp.recipe) == (photo.etag, ends.recipe.text):
            return replace(_done(action, ends, stamp), how="found")
    return None


def other_format(photo: Format, made: Format) -> str:
    """The name of a photo's format where its rendition has another one, else ''."""
    return photo.name if photo.name != made.name else ""


def _held(photo: BlobInfo, ends: Ends) -> Iterator[BlobInfo]:
    """Yield what holds the name of a photo's rendition, if anything."""
    return named(ends.resized, ends.recipe.naming.of(photo.name))


def _strip(fetched: Fetched, rendition: Rendition) -> bytes:
    """Cut out one place before and after, while both are here."""
    if rendition.setting is None:
        return b""  # the same pixels
    try:
        return side_by_side(fetched.blob.data, rendition.data)
    except (ResizeError, MemoryError):
        return b""  # a picture for a person; the rendition is none the worse for it


def _read(action: Render, ends: Ends) -> Fetched | Outcome:
    """Read the photo; if its bytes are those its rendition was made from, only stamp that anew."""
    photo, was = action.blob, action.was
    blob = ends.raw.read(photo.name, photo.etag, md5=photo.md5)
    digest = photo.md5 or md5(blob.data).hexdigest()
    if was is not None and (was.md5, was.recipe) == (digest, ends.recipe.text):
        found = next(_held(photo, ends), None)
        if found is not None and found.etag == action.replaces:
            return _restamp(action.folder, photo, found, was, ends)
    return Fetched(action, blob, digest)


def _copy(action: Render, ends: Ends) -> Outcome | None:
    """Copy a photo that fits as it is within the service, if the store can.

    Raises ResizeError when the photo's head shows that it is none, or too large to be decoded.
    """
    photo = action.blob
    if not ends.recipe.may_pass_through(photo.size):
        return None
    head = ends.raw.read_part(photo.name, photo.etag, 0, HEAD)
    header = _header(photo, head, ends)
    if not ends.recipe.passes_through(header, photo.size):
        return None
    mime_type = header.format.mime_type
    if ends.recipe.naming.other(photo.name):
        return None  # a copy would bear its photo's name
    if not photo.md5 or head.properties.content_type != mime_type:
        return None
    if not ends_whole(header.format, _tail(photo, head, ends)):
        return None  # what it says of itself takes all of it to tell
    stamp = Stamp(
        etag=photo.etag,
        md5=photo.md5,
        recipe=ends.recipe.text,
        rendition_md5=photo.md5,
        rendition_size=photo.size,
        made=PASSED_THROUGH,
        format=header.format.name,
        width=header.width,
        height=header.height,
        made_with=made_with(),
    )
    properties = _stamped(head.properties, stamp, mime_type)
    try:
        ends.resized.copy(ends.raw, photo, properties, replaces=action.replaces)
    except CannotCopyError:
        return None
    except HeldError as error:
        return Blocked(action.folder, photo.name, error.reason)
    except ForeignError:
        return standing(action, ends) or Overtaken(action.folder, photo.name)
    return _done(action, ends, stamp)


def _header(photo: BlobInfo, head: Blob, ends: Ends) -> Header:
    while True:
        try:
            return probe(head.data, size=photo.size)
        except NeedsMoreBytesError as error:
            # In leaps, for what is asked for may only lead to the next question.
            needed = max(error.needed, 4 * len(head.data))
            head = ends.raw.read_part(photo.name, photo.etag, 0, needed)


def _tail(photo: BlobInfo, head: Blob, ends: Ends) -> bytes:
    if len(head.data) >= photo.size:
        return head.data
    return ends.raw.read_part(photo.name, photo.etag, photo.size - TAIL, TAIL).data


def _restamp(
    folder: str, photo: BlobInfo, rendition: BlobInfo, stamp: Stamp, ends: Ends
) -> Outcome:
    other = ends.recipe.naming.other(photo.name)
    stamped = replace(stamp, etag=photo.etag, md5=photo.md5 or stamp.md5)
    try:
        ends.resized.restamp(rendition.name, rendition.etag, stamped.to_metadata(photo.metadata))
    except HeldError as error:
        return Blocked(folder, photo.name, error.reason, rendition=other)
    except ForeignError:
        return Overtaken(folder, photo.name)
    return Done(folder, photo.name, "restamped", photo.size, rendition.size, rendition=other)


def _stamped(carried: Properties, stamp: Stamp, content_type: str) -> Properties:
    metadata = stamp.to_metadata(carried.metadata)
    return replace(carried, content_type=content_type, metadata=metadata)


def _done(action: Render, ends: Ends, stamp: Stamp, made: Made | None = None) -> Done:
    return Done(
        action.folder,
        action.blob.name,
        how="passed_through" if stamp.made == PASSED_THROUGH else "rendered",
        bytes_before=action.blob.size,
        bytes_after=stamp.rendition_size,
        seconds=made.seconds if made else 0.0,
        setting=made.rendition.setting if made else None,
        strip=made.strip if made else b"",
        rendition=ends.recipe.naming.other(action.blob.name),
    )
