"""Copy a photo that needs no change within the service, without downloading all of it."""

from dataclasses import replace

from orchestration.blobs.base import Blob, BlobInfo, Properties
from orchestration.blobs.errors import CannotCopyError, ForeignError, HeldError
from orchestration.mirror.decide.actions import Render
from orchestration.mirror.outcomes import Blocked, Outcome, Superseded
from orchestration.mirror.stamp import PASSED_THROUGH, FileFacts, Stamp, geometry
from orchestration.mirror.workers.context import WorkContext
from orchestration.mirror.workers.existing_rendition import existing_outcome, rendered
from resize_core import Header, NeedsMoreBytesError, ends_whole, probe

# Bytes of the head, which show the format and the size of a photo.
HEAD = 64 * 1024
# Bytes of the tail, which show whether a photo is complete.
TAIL = 1024


def copy_unchanged(action: Render, context: WorkContext) -> Outcome | None:
    """Copy a photo that needs no change within the service; return None if that is impossible.

    Raises ResizeError when the head shows that it is not a photo, or too large to be decoded.
    """
    photo = action.blob
    if not context.recipe.may_pass_through(photo.size):
        return None
    head = context.raw.read_part(photo.name, photo.etag, 0, HEAD)
    header = _header(photo, head, context)
    if not context.recipe.passes_through(header, photo.size):
        return None
    mime_type = header.format.mime_type
    if context.recipe.naming.other(photo.name):
        return None  # a copy has the name of its photo
    if not photo.md5 or head.properties.content_type != mime_type:
        return None
    if not ends_whole(header.format, _tail(photo, head, context)):
        return None  # only the whole file shows whether it is valid
    file = FileFacts(photo.md5, photo.size, header.format.name, header.sides)
    stamp = replace(
        Stamp.of(photo, PASSED_THROUGH, context.recipe.text, file), geometry=own_geometry(header)
    )
    properties = stamped(head.properties, stamp, mime_type)
    try:
        context.resized.copy(context.raw, photo, properties, replaces=action.replaces)
    except CannotCopyError:
        return None
    except HeldError as error:
        return Blocked(action.folder, photo.name, error.reason)
    except ForeignError:
        return existing_outcome(action, context) or Superseded(action.folder, photo.name)
    return rendered(action, context, stamp)


def own_geometry(header: Header) -> str:
    """Return the `geometry` of the stamp of a photo that is its own rendition."""
    return geometry(header.sides, header.shown.turn, header.shown.turn)


def stamped(carried: Properties, stamp: Stamp, content_type: str) -> Properties:
    """Return the properties of a photo, with a stamp in the metadata."""
    metadata = stamp.to_metadata(carried.metadata)
    return replace(carried, content_type=content_type, metadata=metadata)


def _header(photo: BlobInfo, head: Blob, context: WorkContext) -> Header:
    while True:
        try:
            return probe(head.data, size=photo.size)
        except NeedsMoreBytesError as error:
            # At least four times as much, because the next bytes may require even more.
            needed = max(error.needed, 4 * len(head.data))
            head = context.raw.read_part(photo.name, photo.etag, 0, needed)


def _tail(photo: BlobInfo, head: Blob, context: WorkContext) -> bytes:
    if len(head.data) >= photo.size:
        return head.data
    return context.raw.read_part(photo.name, photo.etag, photo.size - TAIL, TAIL).data
