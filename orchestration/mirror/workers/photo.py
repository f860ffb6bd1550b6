"""ACT, for one photo: read it, make its rendition, write the rendition.

Each step returns what the next one needs, or the outcome if there is nothing more to do.
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
    """A photo that was read. `digest` is the MD5 of its bytes in hex."""

    action: Render
    blob: Blob
    digest: str


@dataclass(frozen=True, slots=True)
class Made:
    """A rendition, made in `seconds`. `comparison` has its crops, if they were requested."""

    fetched: Fetched
    rendition: Rendition
    seconds: float
    comparison: Comparison | None = None


def fetch(action: Step, context: WorkContext) -> Fetched | Outcome:
    """Do what needs no pixels, or read exactly the version that was planned."""
    match action:
        case Restamp(folder, photo, rendition, stamp):
            return _restamp(folder, photo, rendition, stamp, context)
        case Delete(folder, rendition):
            for name in context.recipe.naming.photos_of(rendition.name):
                if next(find_or_denied(context.raw, name), None) is not None:
                    return Superseded(folder, name)  # its photo was added, or may have been
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
    """Write the rendition and its stamp in one call, unless another blob has the name."""
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
    """Return the name of the photo's format if its rendition has another format, else ''."""
    return photo.name if photo.name != made.name else ""


def geometry_of(made: Rendition) -> str:
    """Return the `geometry` of a rendition's stamp."""
    return geometry((made.source_width, made.source_height), made.source_turn, made.turn)


def _compared(fetched: Fetched, rendition: Rendition) -> Comparison | None:
    """Return the crops with the largest loss, while photo and rendition are in memory."""
    if rendition.setting is None:
        return None  # the same pixels
    try:
        return compare_places(fetched.blob.data, rendition.data)
    except (ResizeError, MemoryError):
        return None  # the crops are optional; the rendition is good without them


def _read(action: Render, context: WorkContext) -> Fetched | Outcome:
    """Read the photo. If its rendition was made from these bytes, write only a new stamp."""
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
