"""How the pixels of a photo and its rendition correspond: by the stamp, or the files' heads."""

from orchestration.blobs.base import BlobInfo, Reads
from orchestration.blobs.errors import (
    CorruptError,
    DeniedError,
    StaleError,
    UnaddressableError,
    UnreadableError,
)
from orchestration.labels.geometry import Geometry, GeometryError, Size
from orchestration.mirror.decide.classify import same_bytes
from orchestration.mirror.mirror import Mirror
from orchestration.mirror.stamp import Stamp
from resize_core import Header, NeedsMoreBytesError, ResizeError, probe

_HEAD = 65_536


class NoGeometryError(Exception):
    """It is unknown how a photo and its rendition correspond; the message gives the reason."""


def geometry_of(
    mirror: Mirror, photo: BlobInfo | None, rendition: BlobInfo, stamp: Stamp
) -> Geometry:
    """Return the geometry of a rendition and of its photo, which is None if it was deleted.

    A photo that changed meanwhile is accepted only if its sides and its turn did not change.

    Raises NoGeometryError, StoreUnavailableError.
    """
    stated = _stated(stamp)
    if photo is None:
        if stated is None:
            raise NoGeometryError(
                "its photo was deleted, and its stamp does not record the photo's width and height"
            )
        return stated
    if stated is not None and same_bytes(photo, stamp):
        return stated
    sides, turn = _picture(mirror.raw, photo)
    if stated is None and same_bytes(photo, stamp):
        sides_too, turn_too = _picture(mirror.resized, rendition)
        return Geometry(sides, turn, sides_too, turn_too)
    if stated is None or (sides, turn) != (stated.photo, stated.photo_turn):
        was = f" ({stated.text})" if stated is not None else ""
        raise NoGeometryError(
            f"{photo.name!r} changed after its rendition was made{was}, and its width, height or "
            "rotation changed or are not in the stamp; label it again"
        )
    return stated


def _stated(stamp: Stamp) -> Geometry | None:
    try:
        return Geometry.parse(stamp.geometry, (stamp.width, stamp.height))
    except GeometryError:
        return None


def _picture(store: Reads, row: BlobInfo) -> tuple[Size, int]:
    """Read a file's sides as stored and its turn: from its head, or from all of it."""
    try:
        header = _header(store, row, _HEAD)
        if header.shown.turn is None:
            header = _header(store, row, row.size)
    except (StaleError, UnreadableError, DeniedError, UnaddressableError, CorruptError) as error:
        raise NoGeometryError(f"{row.name!r} cannot be read: {error}") from None
    except ResizeError as error:
        raise NoGeometryError(
            f"the width and height of {row.name!r} cannot be read: {error}"
        ) from None
    if header.shown.turn is None:
        raise NoGeometryError(f"{row.name!r} does not define its rotation")
    return Size(*header.sides), header.shown.turn


def _header(store: Reads, row: BlobInfo, length: int) -> Header:
    head = store.read_part(row.name, row.etag, 0, length).data
    try:
        return probe(head, size=row.size)
    except NeedsMoreBytesError as error:
        if length >= row.size:
            raise
        return _header(store, row, min(row.size, max(error.needed, 2 * length)))
