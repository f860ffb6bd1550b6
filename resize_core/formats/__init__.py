"""The formats, one row each. A file's format follows from its first bytes, never from its name."""

import re
from collections.abc import Sequence

from resize_core.errors import NotAPhotoError
from resize_core.formats import heif, heif_turn, isobmff
from resize_core.formats.avif import structure as avif
from resize_core.formats.bmp import structure as bmp
from resize_core.formats.foreign import is_foreign, refusal_of
from resize_core.formats.gif import structure as gif
from resize_core.formats.heic import structure as heic
from resize_core.formats.jpeg import carried as jpeg_carried
from resize_core.formats.jpeg import repair as jpeg_repair
from resize_core.formats.jpeg import segments as jpeg
from resize_core.formats.png import repair as png_repair
from resize_core.formats.png import structure as png
from resize_core.formats.tiff import structure as tiff
from resize_core.formats.webp import structure as webp
from resize_core.model import Format

_ROWS: list[Format] = [
    Format(
        name="JPEG",
        mime_type="image/jpeg",
        suffixes=(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
        signature=re.compile(rb"\xff\xd8\xff"),
        codec="resize_core.formats.jpeg.codec",
        read_sides=jpeg.read_sides,
        check_whole=jpeg.check_whole,
        without_location=jpeg_carried.without_location,
        read_shown=jpeg.read_shown,
        end_marker=re.compile(rb"\xff\xd9\0*\Z"),
        parse=jpeg.JpegFile,
        trims=jpeg_carried.trims,
        repairs=jpeg_repair.repairs,
        exif_blocks=jpeg_carried.exif_blocks,
    ),
    Format(
        name="PNG",
        mime_type="image/png",
        suffixes=(".png", ".apng"),
        signature=re.compile(rb"\x89PNG\r\n\x1a\n"),
        codec="resize_core.formats.png.codec",
        read_sides=png.read_sides,
        check_whole=png.check_whole,
        without_location=png.without_location,
        read_shown=png.read_shown,
        end_marker=re.compile(rb"IEND\xaeB`\x82\Z"),
        trims=png.trims,
        repairs=png_repair.repairs,
        exif_blocks=png.exif_blocks,
    ),
    Format(
        name="WebP",
        mime_type="image/webp",
        suffixes=(".webp",),
        signature=re.compile(rb"RIFF....WEBP", re.DOTALL),
        codec="resize_core.formats.webp.codec",
        read_sides=webp.read_sides,
        check_whole=webp.check_whole,
        without_location=webp.without_location,
        read_shown=webp.read_shown,
        trims=webp.trims,
        exif_blocks=webp.exif_blocks,
    ),
    Format(
        name="TIFF",
        mime_type="image/tiff",
        suffixes=(".tif", ".tiff"),
        signature=re.compile(rb"II[*+]\0|MM\0[*+]"),
        codec="resize_core.formats.tiff.codec",
        read_sides=tiff.read_sides,
        check_whole=tiff.check_whole,
        without_location=tiff.without_location,
        read_shown=tiff.read_shown,
    ),
    Format(
        name="GIF",
        mime_type="image/gif",
        suffixes=(".gif",),
        signature=re.compile(rb"GIF8[79]a"),
        codec="resize_core.formats.gif.codec",
        read_sides=gif.read_sides,
        check_whole=gif.check_whole,
        without_location=gif.without_location,
        end_marker=re.compile(rb";\Z"),
        trims=gif.trims,
        repairs=gif.repairs,
    ),
    Format(
        name="BMP",
        mime_type="image/bmp",
        suffixes=(".bmp", ".dib"),
        signature=re.compile(rb"BM.{12}[\x0c\x10\x28\x34\x38\x40\x6c\x7c]\0\0\0", re.DOTALL),
        codec="resize_core.formats.bmp.codec",
        read_sides=bmp.read_sides,
        check_whole=bmp.check_whole,
        without_location=bmp.without_location,
    ),
    Format(
        name="AVIF",
        mime_type="image/avif",
        suffixes=(".avif", ".avifs"),
        # Or the brand that all such pictures share, if this one is among the compatible brands.
        signature=re.compile(
            rb"....ftyp(?:avi[fso]|(?:mif1|msf1|miaf|MA1[AB])....(?:....){0,15}?avi[fs])", re.DOTALL
        ),
        codec="resize_core.formats.avif.codec",
        read_sides=avif.read_sides,
        check_whole=heif.check_whole,
        without_location=isobmff.without_location,
        read_shown=heif_turn.read_shown,
        exif_blocks=isobmff.exif_blocks,
    ),
    Format(
        name="HEIC",
        mime_type="image/heic",
        suffixes=(".heic", ".heif", ".hif"),
        signature=re.compile(rb"....ftyp(hei[cxms]|mif1|msf1|hevc)", re.DOTALL),
        codec="resize_core.formats.heic.codec",
        read_sides=heic.read_sides,
        check_whole=heif.check_whole,
        without_location=isobmff.without_location,
        read_shown=heif_turn.read_shown,
        exif_blocks=isobmff.exif_blocks,
        is_written=False,
    ),
]
FORMATS: Sequence[Format] = _ROWS
"""The formats in the order in which a file's first bytes are compared with them; JPEG is first."""


def register(row: Format) -> None:
    """Add a format of another package, in each process that reads its files.

    Raises ValueError if a format has its name.
    """
    if any(one.name.lower() == row.name.lower() for one in _ROWS):
        raise ValueError(f"there is a format {row.name} already")
    _ROWS.append(row)


def unregister(row: Format) -> None:
    """Remove a format that `register` added."""
    _ROWS.remove(row)


def photo_patterns() -> str:
    """Return the patterns of the names of photos that can stay in their format: *.jpg and so on."""
    return " ".join(f"*{end}" for row in FORMATS if row.is_written for end in row.suffixes)


def format_of(head: bytes) -> Format:
    """Return the format of a file by its first bytes.

    Raises UnsupportedError for a picture of another format, else NotAPhotoError.
    """
    if not head:
        raise NotAPhotoError("is empty")
    for row in FORMATS:
        if row.signature.match(head) and not is_foreign(head):
            return row
    raise refusal_of(head)
