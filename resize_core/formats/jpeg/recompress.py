"""Make a smaller JPEG file from a JPEG photo's coefficients, with its metadata.

If the kernel is missing or does not support a photo, nothing is returned: its pixels are decoded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from resize_core.errors import BrokenError, TruncatedError, UnsupportedError
from resize_core.formats.jpeg import carried, xmp_segments
from resize_core.formats.jpeg import segments as jpeg
from resize_core.formats.jpeg.segments import JpegFile
from resize_core.metadata.items import Item, keep
from resize_core.model import Setting

try:
    from resize_core.formats.jpeg.coefficients import photo
    from resize_core.formats.jpeg.coefficients.library import AVAILABLE
except ImportError:  # without numpy there are no arrays for the kernel
    AVAILABLE = False

Sides = tuple[int, int]

_JFIF, _APP0 = b"JFIF\0", 0xE0
# Unit and density, within a segment's payload and within the file the kernel writes.
_DENSITY = slice(7, 12)
_DENSITY_IN_FILE = slice(13, 18)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A budget in bytes, the share of it that metadata may take, and how large a photo may be.

    `sides` are the largest allowed; `shortest` is the minimum of the shorter side after scaling.
    """

    budget: int
    spare: int
    sides: Sides
    shortest: int
    strategy: Literal["best", "keep-pixels"]
    effort: Literal["balanced", "best"]
    turn: int | None = None


@dataclass(frozen=True, slots=True)
class Recompressed:
    """A whole file, how it was made, the number of writes, and the names of what it lacks."""

    data: bytes
    setting: Setting
    writes: int
    dropped: tuple[str, ...]
    picture_hash: int | None = None


def recompressed(file: JpegFile, wanted: Wanted) -> Recompressed | None:
    """Return a photo within its budget; None if its pixels must be decoded instead.

    If this decoder finds damage, the pixel decoder decides whether the photo is damaged.
    """
    if not AVAILABLE:
        return None
    kept, dropped = keep(xmp_segments.arranged(carried.metadata(file)), wanted.spare)
    stored = jpeg.read_sides(file.data)
    smaller = xmp_segments.resized(kept, stored, wanted.sides)
    limits = photo.Limits(
        room=wanted.budget - _size_of(kept, None),
        scaled_room=wanted.budget - _size_of(smaller, wanted.sides),
        sides=wanted.sides,
        shortest=wanted.shortest,
        scales=wanted.strategy == "best",
        turn=wanted.turn,
    )
    if min(limits.room, limits.scaled_room) < 1:
        return None
    try:
        made = photo.fitted(file.data, limits, wanted.effort)
    except (BrokenError, TruncatedError, UnsupportedError):
        return None
    if made is None:
        return None
    sides = made.sides if made.sides != stored else None
    items = xmp_segments.resized(kept, stored, sides) if sides else kept
    whole = carried.with_metadata(_with_density(made.data, file), items, sides)
    if len(whole) > wanted.budget:
        return None
    lost = (*dropped, *carried.not_carried(file))
    return Recompressed(whole, made.setting, made.writes, lost, made.picture_hash)


def _size_of(items: Sequence[Item], sides: Sides | None) -> int:
    """Return how many bytes metadata adds to a file."""
    bare = jpeg.SOI + jpeg.segment_of(0xDA, b"")
    return len(carried.with_metadata(bare, tuple(items), sides)) - len(bare)


def _with_density(made: bytes, file: JpegFile) -> bytes:
    """Return the file with the photo's density."""
    for segment in file.segments:
        if segment.marker == _APP0 and segment.payload.startswith(_JFIF):
            density = segment.payload[_DENSITY]
            if len(density) == _DENSITY.stop - _DENSITY.start:
                head, tail = made[: _DENSITY_IN_FILE.start], made[_DENSITY_IN_FILE.stop :]
                return head + density + tail
    return made
