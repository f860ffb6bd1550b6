"""ACT, for one photo: fetch it, make its rendition, publish that. Each step returns what the next
one needs, or the outcome if there is nothing more to do.
"""

from dataclasses import dataclass, replace
from hashlib import md5
from time import perf_counter

from orchestration.blobs.base import Blob, BlobInfo, find_or_denied
from orchestration.blobs.errors import ForeignError, HeldError, UnaddressableError
from orchestration.mirror.decide.actions import Delete, Render, Restamp, Step
from orchestration.mirror.outcomes import Blocked, Done, Outcome, Superseded
from orchestration.mirror.stamp import FileFacts, Stamp, geometry, hash_text
from orchestration.mirror.workers.context import WorkContext
from orchestration.mirror.workers.existing_rendition import (
    existing_outcome,
    find_rendition,
    rendered,
)
from orchestration.mirror.workers.pass_through import copy_unchanged, stamped
from orchestration.mirror.workers.process import time_limited
from resize_core import (
    Comparison,
    Format,
    Rendition,
    ResizeError,
    compare_places,
)


@dataclass(frozen=True, slots=True)
class Fetched:
    """The photo's bytes are here; `digest` is their MD5 in hex."""

    action: Render
    blob: Blob
    digest: str


@dataclass(frozen=True, slots=True)
class Made:
    """The rendition is made, in so many `seconds`; `comparison` shows it, if that is asked for."""

    fetched: Fetched
    rendition: Rendition
    seconds: float
    comparison: Comparison | None = None


def fetch(action: Step, context: WorkContext) -> Fetched | Outcome:
    """Do what needs no pixels, else read exactly the version that was planned."""
    match action:
        case Restamp(folder, photo, rendition, stamp):
            return _restamp(folder, photo, rendition, stamp, context)
        case Delete(folder, rendition):
            for name in context.recipe.naming.photos_of(rendition.name):
                if next(find_or_denied(context.raw, name), None) is not None:
                    return Superseded(folder, name)  # its photo has come, or may have
            context.resized.delete(rendition.name, rendition.etag)
            return Done(folder, rendition.name, "deleted", bytes_before=rendition.size)
        case Render():
            return copy_unchanged(action, context) or _read(action, context)


def make(fetched: Fetched, context: WorkContext) -> Made:
    """Shrink the photo.

    Raises ResizeError when it cannot be made to fit.
    """
    started = perf_counter()
    with time_limited():
        rendition = context.recipe.shrink(fetched.blob.data)
        seconds = perf_counter() - started
        comparison = _compared(fetched, rendition) if fetched.action.is_shown else None
    return Made(fetched, rendition, seconds, comparison)


def publish(made: Made, context: WorkContext) -> Outcome:
    """Write the rendition and its stamp in one call, unless somebody else holds the name."""
    action, rendition = made.fetched.action, made.rendition
    data, sides = rendition.data, (rendition.width, rendition.height)
    file = FileFacts(md5(data).hexdigest(), len(data), rendition.format.name, sides)
    stamp = replace(
        Stamp.of(action.blob, rendition.done, context.recipe.text, file),
        md5=made.fetched.digest,
        setting=str(rendition.setting or ""),
        photo_format=other_format(rendition.source_format, rendition.format),
        geometry=geometry_of(rendition),
        picture_hash=hash_text(rendition.picture_hash),
    )
    properties = stamped(made.fetched.blob.properties, stamp, rendition.format.mime_type)
    other = context.recipe.naming.other(action.blob.name)
    name = other or action.blob.name
    try:
        context.resized.write(
            name, rendition.data, properties, replaces=action.replaces, md5=stamp.rendition_md5
        )
    except HeldError as error:
        return Blocked(action.folder, action.blob.name, error.reason, rendition=other)
    except ForeignError:
        return existing_outcome(action, context) or Superseded(action.folder, action.blob.name)
    except UnaddressableError as error:
        if not other:
            raise
        reason = f"its rendition would be called {other!r}, and {error.reason}"
        raise UnaddressableError(reason, action.blob.name) from None
    return replace(
        rendered(action, context, stamp),
        seconds=made.seconds,
        setting=rendition.setting,
        comparison=made.comparison,
    )


def other_format(photo: Format, made: Format) -> str:
    """The name of a photo's format where its rendition has another one, else ''."""
    return photo.name if photo.name != made.name else ""


def geometry_of(made: Rendition) -> str:
    """What maps places in a rendition to its photo, as in `Stamp.geometry`."""
    return geometry((made.source_width, made.source_height), made.source_turn, made.turn)


def _compared(fetched: Fetched, rendition: Rendition) -> Comparison | None:
    """Cut out the places of most loss, while photo and rendition are here."""
    if rendition.setting is None:
        return None  # the same pixels
    try:
        return compare_places(fetched.blob.data, rendition.data)
    except (ResizeError, MemoryError):
        return None  # a picture for a person; the rendition is none the worse for it


def _read(action: Render, context: WorkContext) -> Fetched | Outcome:
    """Read the photo; if its bytes are those its rendition was made from, only stamp that anew."""
    photo, was = action.blob, action.was
    blob = context.raw.read(photo.name, photo.etag, md5=photo.md5)
    digest = photo.md5 or md5(blob.data).hexdigest()
    if was is not None and (was.md5, was.recipe) == (digest, context.recipe.text):
        found = next(find_rendition(photo, context), None)
        if found is not None and found.etag == action.replaces:
            return _restamp(action.folder, photo, found, was, context)
    return Fetched(action, blob, digest)


def _restamp(
    folder: str, photo: BlobInfo, rendition: BlobInfo, stamp: Stamp, context: WorkContext
) -> Outcome:
    other = context.recipe.naming.other(photo.name)
    stamped = replace(stamp, etag=photo.etag, md5=photo.md5 or stamp.md5)
    try:
        context.resized.restamp(rendition.name, rendition.etag, stamped.to_metadata(photo.metadata))
    except HeldError as error:
        return Blocked(folder, photo.name, error.reason, rendition=other)
    except ForeignError:
        return Superseded(folder, photo.name)
    return Done(folder, photo.name, "restamped", photo.size, rendition.size, rendition=other)
