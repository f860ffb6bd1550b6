"""Read a photo's format and sides from its first bytes, and decide whether it fits as it is."""

import math
from typing import Any

from resize_core.errors import (
    BadShapeError,
    BrokenError,
    NeedsMoreBytesError,
    TooLargeError,
    TruncatedError,
)
from resize_core.formats import format_of
from resize_core.model import ByteBudget, Format, Header
from resize_core.options import DEFAULTS, Options, with_named


def probe(head: bytes, *, size: int | None = None) -> Header:
    """Read format and sides from a photo's first bytes; 64 KiB are enough for nearly every photo.

    `size` is the size of the whole photo in bytes, if known.

    Raises NeedsMoreBytesError when the sides lie beyond the head, or TruncatedError when they lie
    beyond `size`; NotAPhotoError, BrokenError.
    """
    row = format_of(head)
    try:
        width, height = row.read_sides(head)
    except NeedsMoreBytesError as error:
        if size is not None and (error.needed > size or len(head) >= size):
            raise TruncatedError(row.name, "its header is incomplete") from error
        raise
    if width < 1 or height < 1:
        raise BrokenError(row.name, f"its header claims {width}x{height} px")
    return Header(row, width, height, row.read_shown(head))


def fits(
    header: Header, size: int, budget: ByteBudget, options: Options = DEFAULTS, **named: Any
) -> bool:
    """Return whether a photo of that header and size in bytes may pass through byte for byte.

    It may not if the options may change a photo within the budget (orientation, colour,
    location): that takes the whole photo. An option may also be given by its name, as `shrink`
    takes it.

    Raises TooLargeError or BadShapeError when no rendition of it will be made at all.
    """
    options = with_named(options, named)
    if header.width * header.height > options.max_source_pixels:
        raise TooLargeError(header.width * header.height, options.max_source_pixels)
    short, long = sorted((header.width, header.height))
    if options.max_aspect is not None and long > options.max_aspect * short:
        raise BadShapeError(header.width, header.height, options.max_aspect)
    may_stay = options.admits(header.format) and not options.changes
    return may_stay and size <= int(budget) and top_scale(header, options) == 1


def ends_whole(row: Format, tail: bytes) -> bool:
    """Return whether a photo's last bytes show that it is complete.

    False if they do not: the file is cut short, more follows the picture, or its format has no
    end marker.
    """
    return row.end_marker is not None and row.end_marker.search(tail) is not None


def top_scale(header: Header, options: Options) -> float:
    """Return the largest scale that max_side and max_pixels allow, 1 if they allow the photo."""
    short, long = sorted((header.width, header.height))
    most = min(long, options.max_side or long)
    if options.max_pixels is not None and short * long > options.max_pixels:
        # Both sides are rounded, and neither to nothing.
        most = min(most, options.max_pixels, math.isqrt(options.max_pixels * long // short) + 1)
        while most > 1 and most * max(1, round(short * (most / long))) > options.max_pixels:
            most -= 1
    return most / long
