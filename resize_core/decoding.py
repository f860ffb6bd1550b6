"""Pixels: a photo decoded once, weighed and encoded at any setting. One file a format."""

from dataclasses import replace

from resize_core import transform as develop
from resize_core.errors import BrokenError, UnsupportedError
from resize_core.formats.avif import codec as avif
from resize_core.formats.bmp import codec as bmp
from resize_core.formats.gif import codec as gif
from resize_core.formats.jpeg import codec as jpeg
from resize_core.formats.jpeg.varieties import check_variety
from resize_core.formats.png import codec as png
from resize_core.formats.tiff import codec as tiff
from resize_core.formats.webp import codec as webp
from resize_core.model import Colour, Format, Header, Orientation
from resize_core.pixels.codec_api import DecodeRequest
from resize_core.search.estimates import Picture

__all__ = [
    "DecodeRequest",
    "check_decodes",
    "develop_photo",
    "first_sound",
    "open_photo",
    "stands_so_already",
]


_READERS = {
    "JPEG": jpeg.read,
    "PNG": png.read,
    "WebP": webp.read,
    "TIFF": tiff.read,
    "GIF": gif.read,
    "BMP": bmp.read,
    "AVIF": avif.read,
}


def open_photo(data: bytes, header: Header, request: DecodeRequest) -> Picture:
    """Decode a photo, to be encoded in its own format.

    Raises TruncatedError, BrokenError, UnsupportedError, TooLargeError.
    """
    reader = _READERS.get(header.format.name)
    if reader is None:
        raise _only_read(header.format)
    return reader(data, request)


def check_decodes(data: bytes, row: Format, request: DecodeRequest) -> None:
    """Decode what was made. Raises as `open_photo` does."""
    if row.name == "JPEG":
        check_variety(data)
        jpeg.check_decodes(data)
    else:
        open_photo(data, Header(row, 0, 0), request)


def first_sound(row: Format, data: bytes, request: DecodeRequest) -> tuple[bytes, tuple[str, ...]]:
    """Return the file, or the first of the forms that mend it of which all pixels can be decoded.

    Beside it, the names of what was mended. Raises TruncatedError, BrokenError, UnsupportedError.
    """
    forms = row.forms(data)
    if len(forms) == 1 and not forms[0][1]:
        return forms[0]
    fault: BrokenError | None = None
    for form, mended in forms:
        try:
            check_decodes(form, row, request)
        except BrokenError as error:
            fault = fault or error
        else:
            return form, mended
    raise fault or BrokenError(row.name, "it cannot be mended")


def develop_photo(data: bytes, header: Header, request: DecodeRequest, into: Format) -> Picture:
    """Decode a photo, change its pixels as the request says, and have it encoded in a format.

    That is its own one or JPEG. Raises as `open_photo` does.
    """
    if not into.is_written:
        raise _only_read(into)
    made = develop.develop(data, header, request)
    if into.name == "JPEG":
        return develop.to_jpeg(made, request)
    if into.name == "TIFF":
        return develop.to_tiff(made, request)
    picture = open_photo(develop.stored(made, into.name), header, request)
    dropped = dict.fromkeys((*made.lost, *picture.capabilities.dropped))
    picture.capabilities = replace(picture.capabilities, dropped=tuple(dropped))
    return picture


def stands_so_already(
    data: bytes, header: Header, orientation: Orientation, colour: Colour
) -> bool:
    """Whether a photo is upright, or needs no conversion of colours, as far as that is asked."""
    return develop.stands_so_already(data, header.format.name, orientation, colour)


def _only_read(row: Format) -> UnsupportedError:
    return UnsupportedError(
        row.name,
        "it is read here but not written, so that no rendition can stay in this format",
        f"set `accepts` to formats without {row.name.lower()}, and its renditions become JPEGs",
    )
