"""How the pixels of a photo and its rendition correspond: by the stamp, or by both files' heads."""

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
    """Nothing says how a photo and its rendition correspond; the message says why."""


def geometry_of(
    mirror: Mirror, photo: BlobInfo | None, rendition: BlobInfo, stamp: Stamp
) -> Geometry:
    """Return the geometry of a rendition and of the photo it was made from, None if that is gone.

    Of a photo that changed meanwhile, only where its sides and its turn did not.

    Raises NoGeometryError, StoreUnavailableError.
    """
    stated = _stated(stamp)
    if photo is None:
        if stated is None:
            raise NoGeometryError("its photo is gone, and its stamp does not say how large it was")
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
            f"{photo.name!r} changed after its rendition was made{was}, and has other sides or "
            "another turn now, or its stamp does not say which it had; label it again"
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
        raise NoGeometryError(f"the sides of {row.name!r} cannot be read: {error}") from None
    if header.shown.turn is None:
        raise NoGeometryError(f"{row.name!r} does not say how it is turned")
    return Size(*header.sides), header.shown.turn


def _header(store: Reads, row: BlobInfo, length: int) -> Header:
    head = store.read_part(row.name, row.etag, 0, length).data
    try:
        return probe(head, size=row.size)
    except NeedsMoreBytesError as error:
        if length >= row.size:
            raise
        return _header(store, row, min(row.size, max(error.needed, 2 * length)))
