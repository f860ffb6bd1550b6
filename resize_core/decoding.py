"""Decode a photo by the codec of its format: to encode it again, to change it, or as a check."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

from resize_core.errors import BrokenError, UnsupportedError
from resize_core.model import Colour, Format, Orientation
from resize_core.pixels.codec_api import Codec, DecodedPhoto, DecodeRequest
from resize_core.search.estimates import Picture
from resize_core.transform import transform

__all__ = [
    "DecodeRequest",
    "Repaired",
    "check_decodes",
    "codec_of",
    "decode_transformed",
    "is_as_asked",
    "no_fault_without_memory",
    "open_photo",
    "open_transformed",
    "repair",
]


# What codecs report if they could not allocate memory, and also about damaged files. 1 and 2 are
# libwebp's numbers for it.
_MAYBE_MEMORY = re.compile(
    r"memory|allocat|could not create decoder|encoding error [12]\b", re.IGNORECASE
)
# More than any codec here takes.
_BYTES_PER_PIXEL = 16


@contextmanager
def no_fault_without_memory(pixels: int) -> Iterator[None]:
    """Raise MemoryError if a codec failed, or calls a photo broken, because memory is short.

    `pixels` is the number of the photo's pixels.
    """
    try:
        yield
    except (BrokenError, UnsupportedError, OSError, ValueError) as error:
        if _MAYBE_MEMORY.search(str(error)):
            bytearray(pixels * _BYTES_PER_PIXEL)
        raise


def codec_of(row: Format) -> Codec:
    """Return the codec of a format."""
    codec: Codec = import_module(row.codec).CODEC
    return codec


def open_photo(file: Any, row: Format, request: DecodeRequest) -> Picture:
    """Decode a photo, to be encoded in its own format. `file` is what `row.parse` returned.

    Raises TruncatedError, BrokenError, UnsupportedError, TooLargeError.
    """
    read = codec_of(row).read
    if read is None:
        raise _only_read(row)
    return cast(Picture, read(file, request))


def check_decodes(file: Any, row: Format, request: DecodeRequest) -> None:
    """Decode a whole photo and discard it. Raises as `open_photo`."""
    codec = codec_of(row)
    if codec.check:
        codec.check(file)
    elif codec.read:
        codec.read(file, request)
    else:
        codec.decode(file, request)


@dataclass(frozen=True, slots=True)
class Repaired:
    """A whole file: its bytes, the parsed file, and the names of repairs."""

    data: bytes
    file: Any
    names: tuple[str, ...] = ()


def repair(data: bytes, row: Format, request: DecodeRequest) -> Repaired:
    """Parse a file; if it has harmless damage, return the first repair that decodes completely.

    Raises TruncatedError, BrokenError, UnsupportedError.
    """
    file = row.parse(data)
    repairs = row.repairs(file)
    if len(repairs) == 1 and not repairs[0][1]:
        return Repaired(data, file)
    fault: BrokenError | None = None
    for repaired, names in repairs:
        file = row.parse(repaired)
        try:
            check_decodes(file, row, request)
        except BrokenError as error:
            fault = fault or error
        else:
            return Repaired(repaired, file, names)
    raise fault or BrokenError(row.name, "it cannot be repaired")


def decode_transformed(file: Any, row: Format, request: DecodeRequest) -> DecodedPhoto:
    """Decode a photo, and change its pixels as requested. Raises as `open_photo`."""
    return transform(codec_of(row).decode(file, request), request)


def open_transformed(file: Any, row: Format, request: DecodeRequest, target: Format) -> Picture:
    """Decode a photo and change its pixels, to be encoded in its own format or in JPEG.

    Raises as `open_photo`.
    """
    encode = codec_of(target).encode
    if encode is None:
        raise _only_read(target)
    return cast(Picture, encode(decode_transformed(file, row, request), request))


def is_as_asked(file: Any, row: Format, orientation: Orientation, colour: Colour) -> bool:
    """Return whether a photo has an orientation and a colour space without any change."""
    return codec_of(row).is_as_asked(file, orientation, colour)


def _only_read(row: Format) -> UnsupportedError:
    return UnsupportedError(
        row.name,
        "it can be read but not written, so its rendition needs another format",
        f"set `accepts` to formats without {row.name.lower()}, so that its rendition "
        "becomes a JPEG",
    )
