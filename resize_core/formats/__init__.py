"""The formats we read and write, one row each: told apart by their bytes, never by a name."""

import re

from resize_core.errors import NotAPhotoError
from resize_core.formats import heif_turn, isobmff
from resize_core.formats.avif import structure as avif
from resize_core.formats.bmp import structure as bmp
from resize_core.formats.foreign import is_foreign, refusal_of
from resize_core.formats.gif import structure as gif
from resize_core.formats.heic import structure as heic
from resize_core.formats.jpeg import repair
from resize_core.formats.jpeg import segments as jpeg
from resize_core.formats.png import repair as png_repair
from resize_core.formats.png import structure as png
from resize_core.formats.tiff import structure as tiff
from resize_core.formats.webp import structure as webp
from resize_core.model import Format

FORMATS = (
    Format(
        "JPEG",
        "image/jpeg",
        (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
        re.compile(rb"\xff\xd8\xff"),
        jpeg.read_sides,
        jpeg.check_whole,
        jpeg.trims,
        jpeg.without_location,
        repair.forms,
        read_shown=jpeg.read_shown,
    ),
    Format(
        "PNG",
        "image/png",
        (".png", ".apng"),
        re.compile(rb"\x89PNG\r\n\x1a\n"),
        png.read_sides,
        png.check_whole,
        png.trims,
        png.without_location,
        png_repair.forms,
        read_shown=png.read_shown,
    ),
    Format(
        "WebP",
        "image/webp",
        (".webp",),
        re.compile(rb"RIFF....WEBP", re.DOTALL),
        webp.read_sides,
        webp.check_whole,
        webp.trims,
        webp.without_location,
        read_shown=webp.read_shown,
    ),
    Format(
        "TIFF",
        "image/tiff",
        (".tif", ".tiff"),
        re.compile(rb"II[*+]\0|MM\0[*+]"),
        tiff.read_sides,
        tiff.check_whole,
        tiff.trims,
        tiff.without_location,
        read_shown=tiff.read_shown,
    ),
    Format(
        "GIF",
        "image/gif",
        (".gif",),
        re.compile(rb"GIF8[79]a"),
        gif.read_sides,
        gif.check_whole,
        gif.trims,
        gif.without_location,
    ),
    Format(
        "BMP",
        "image/bmp",
        (".bmp", ".dib"),
        re.compile(rb"BM.{12}[\x0c\x10\x28\x34\x38\x40\x6c\x7c]\0\0\0", re.DOTALL),
        bmp.read_sides,
        bmp.check_whole,
        bmp.trims,
        bmp.without_location,
    ),
    Format(
        "AVIF",
        "image/avif",
        (".avif", ".avifs"),
        # Or of the brand all such pictures share, with this one among those it is compatible with.
        re.compile(
            rb"....ftyp(?:avi[fso]|(?:mif1|msf1|miaf|MA1[AB])....(?:....){0,15}?avi[fs])", re.DOTALL
        ),
        avif.read_sides,
        isobmff.check_whole,
        isobmff.trims,
        isobmff.without_location,
        read_shown=heif_turn.read_shown,
    ),
    Format(
        "HEIC",
        "image/heic",
        (".heic", ".heif", ".hif"),
        re.compile(rb"....ftyp(hei[cxms]|mif1|msf1|hevc)", re.DOTALL),
        heic.read_sides,
        isobmff.check_whole,
        isobmff.trims,
        isobmff.without_location,
        is_written=False,
        read_shown=heif_turn.read_shown,
    ),
)


def format_of(head: bytes) -> Format:
    """Return the format a file's first bytes are of.

    Raises UnsupportedError for a picture of a format we do not read, else NotAPhotoError.
    """
    if not head:
        raise NotAPhotoError("is empty")
    for row in FORMATS:
        if row.signature.match(head) and not is_foreign(head):
            return row
    raise refusal_of(head)
