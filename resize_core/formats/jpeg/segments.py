"""The structure of a JPEG file: segments, scans, and often further data.

Source: ITU-T T.81, annex B. Pictures after the first (CIPA DC-007, Ultra HDR), videos and makers'
data follow the end marker.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from resize_core.errors import (
    BrokenError,
    NeedsMoreBytesError,
    ResizeError,
    TruncatedError,
    UnsupportedError,
)
from resize_core.metadata import exif
from resize_core.model import Shown

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
# Within a scan, every 0xFF is followed by a zero or a restart.
_BETWEEN_SCANS = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
EXIF = b"Exif\0\0"
JFIF = b"JFIF\0"
XMP = (b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0")
ICC = b"ICC_PROFILE\0"
_MARKER = re.compile(rb"\xff[^\x00\xff]")
# Markers without a segment, which libjpeg skips.
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
_FIRST_FRAME, _JPEG_LS = 0xC0, 0xF7
_AFTER_SCANS = frozenset({0xC4, 0xCC, 0xDA, 0xDB, 0xDC, 0xDD, *range(0xE0, 0xF0), 0xFE})
_MOST_STRAY = 65_536
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SCAN, _APP0, _APP1, _APP2, _APP13, _APP14, _COMMENT = 0xDA, 0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xFE
_AC_LUMINANCE_OF_ANNEX_K = bytes.fromhex("100002010303020403050504040000017d")


@dataclass(frozen=True, slots=True)
class Segment:
    """A marker and what belongs to it: bytes `start` to `end`, the payload after four of them."""

    marker: int
    start: int
    end: int
    payload: bytes


def segments(data: bytes) -> Iterator[Segment]:
    """Yield the segments before the first scan, and that scan's header as the last one.

    Bytes between segments are skipped, as libjpeg and thus every viewer does.

    Raises BrokenError, UnsupportedError, and NeedsMoreBytesError if the data ends before the
    scan; the last segment's payload may be cut off then.
    """
    at = 2
    while True:
        found = _MARKER.search(data, at)
        start = found.start() if found else len(data)
        if start - at > _MOST_STRAY and data[at:start].strip(b"\xff"):
            raise BrokenError("JPEG", f"no segment where one should start, at byte {at:,}")
        if found is None or found.end() + 2 > len(data):
            raise NeedsMoreBytesError(max(at, len(data)) + 20)
        marker = data[found.end() - 1]
        if marker in _BARE:
            at = found.end()
            continue
        if marker == _JPEG_LS:
            raise UnsupportedError("JPEG", "JPEG-LS")
        if marker in {0xD8, 0xD9} or marker < _FIRST_FRAME:
            raise BrokenError("JPEG", f"no segment where one should start, at byte {at:,}")
        # A length below 2 is invalid: bytes are skipped up to the next marker.
        end = found.end() + max(2, int.from_bytes(data[found.end() : found.end() + 2]))
        yield Segment(marker, start, end, data[start + 4 : end])
        if marker == _SCAN:
            return
        at = end


@dataclass(frozen=True)
class JpegFile:
    """A whole JPEG file. Each part of its structure is parsed once, when it is first used."""

    data: bytes

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """The segments before the first scan, and that scan's header as the last one.

        Raises TruncatedError, BrokenError, UnsupportedError.
        """
        try:
            return tuple(segments(self.data))
        except NeedsMoreBytesError as error:
            raise TruncatedError("JPEG", "its headers do not end") from error

    @cached_property
    def later_segments(self) -> tuple[Segment, ...]:
        """The segments after the first scan's pixels and before the end marker.

        These are the headers of further scans, tables and comments. Raises as `segments`.
        """
        return self._after_first_scan[0]

    @cached_property
    def _after_first_scan(self) -> tuple[tuple[Segment, ...], int | None]:
        """The later segments, and where the end marker starts; None if there is none.

        Within coded pixels every 0xFF is followed by a zero or a restart marker, so an end marker
        cannot be coded pixels.
        """
        data, at, later = self.data, self.segments[-1].end, list[Segment]()
        while found := _BETWEEN_SCANS.search(data, at):
            at, marker = found.end(), data[found.end() - 1]
            if found[0] == EOI:
                return tuple(later), found.start()
            length = int.from_bytes(data[at : at + 2])
            if marker in _AFTER_SCANS and length >= 2 and at + length <= len(data):  # noqa: PLR2004 - its own
                start, at = at - 2, at + length
                later.append(Segment(marker, start, at, data[start + 4 : at]))
        return tuple(later), None

    @cached_property
    def scans(self) -> tuple[int, int]:
        """Where the first picture's scans start, and where its end marker ends.

        Raises TruncatedError, BrokenError, UnsupportedError.
        """
        _, end = self._after_first_scan
        if end is None:
            raise TruncatedError("JPEG", "its end marker is missing")
        return self.segments[-1].start, end + len(EOI)


def tidied(data: bytes) -> bytes:
    """Return the file without stray bytes between the segments before its first scan.

    Fill bytes (0xFF) are left out only if there are stray bytes too. Raises as `segments`.
    """
    parts, at, stray = [SOI], 2, False
    for segment in segments(data):
        well_formed = int.from_bytes(data[segment.start + 2 : segment.start + 4]) >= 2  # noqa: PLR2004 - a length counts itself
        stray = stray or not well_formed or bool(data[at : segment.start].strip(b"\xff"))
        parts += [data[segment.start : segment.end]] if well_formed else []
        at = segment.end
    return b"".join([*parts, data[at:]]) if stray else data


def is_frame(segment: Segment) -> bool:
    """Return whether a segment is a frame header."""
    return segment.marker in _FRAMES


def read_sides(head: bytes) -> tuple[int, int]:
    """Return width and height as stored. See `Format.read_sides`."""
    for segment in segments(head):
        if segment.marker in _FRAMES:
            if len(segment.payload) < 5:  # noqa: PLR2004 - precision, height, width
                if segment.end <= len(head):
                    raise BrokenError("JPEG", "its frame header is too short")
                raise NeedsMoreBytesError(segment.end)
            _, height, width = struct.unpack_from(">BHH", segment.payload)
            if width and not height:
                raise UnsupportedError("JPEG", "its height is stated only after its pixels (DNL)")
            return width, height
    raise BrokenError("JPEG", "its scan comes before its frame")


def read_shown(head: bytes) -> Shown:
    """See `Format.read_shown`: by the first EXIF block."""
    try:
        for segment in segments(head):
            if segment.marker == _APP1 and segment.payload.startswith(EXIF):
                return Shown(exif.orientation(segment.payload[len(EXIF) :]))
    except (BrokenError, NeedsMoreBytesError, UnsupportedError):
        return Shown(None)
    return Shown(1)


def coded(data: bytes) -> int:
    """Return how many bytes of a whole file are coded pixels: its scans without their headers."""
    *_, first = segments(data)
    at, found = first.end, 0
    while marker := _BETWEEN_SCANS.search(data, at):
        found += marker.start() - at
        if marker[0] == EOI:
            break
        at = marker.start() + 2 + int.from_bytes(data[marker.end() : marker.end() + 2])
    return found


def check_whole(file: JpegFile) -> None:
    """See `Format.check_whole`."""
    _ = file.scans


def bare_picture(data: bytes) -> bytes | None:
    """Return a JPEG file with nothing but its first picture, None if it cannot be read."""
    file = JpegFile(data)
    try:
        start, end = file.scans
    except ResizeError:
        return None
    needed = [data[s.start : s.end] for s in file.segments[:-1] if not is_optional(s)]
    return b"".join([SOI, *needed, data[start:end]])


def is_progressive(file: JpegFile) -> bool:
    """Return whether the picture is coded in more than one scan per component."""
    return any(s.marker in {0xC2, 0xC6, 0xCA, 0xCE} for s in file.segments)


def has_standard_huffman_tables(file: JpegFile) -> bool:
    """Return whether the picture uses the standard tables of T.81 annex K.3."""
    return any(s.marker == 0xC4 and _AC_LUMINANCE_OF_ANNEX_K in s.payload for s in file.segments)  # noqa: PLR2004 - DHT


def is_optional(segment: Segment) -> bool:
    """Return whether no decoder needs a segment: makers' data, descriptions, comments."""
    return segment.marker > _APP0 and segment.marker != _APP14


def exif_segment(block: bytes) -> bytes:
    """Wrap an EXIF block, of up to 65,527 bytes, into its segment."""
    return segment_of(_APP1, EXIF + block)


def segment_of(marker: int, payload: bytes) -> bytes:
    """Wrap up to 65,533 bytes into a segment."""
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload
