"""How a JPEG file is laid out: segments, scans, and often more that is no part of the picture.

Source: ITU-T T.81, annex B. Pictures after the first (CIPA DC-007, Ultra HDR), videos and makers'
data follow the end marker.
"""

import re
import struct
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from resize_core.errors import (
    BrokenError,
    NeedsMoreBytesError,
    ResizeError,
    TruncatedError,
    UnsupportedError,
)
from resize_core.metadata import exif, location, xmp
from resize_core.metadata.items import COLOUR, DESCRIPTION, OTHER, Item, exif_items
from resize_core.model import Shown

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
# Within a scan, every 0xFF is followed by a zero or a restart.
_BETWEEN_SCANS = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
EXIF = b"Exif\0\0"
_JFIF = b"JFIF\0"
XMP = (b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0")
ICC = b"ICC_PROFILE\0"
_MARKER = re.compile(rb"\xff[^\x00\xff]")
# Markers without a segment, which libjpeg passes over.
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
_FIRST_FRAME, _JPEG_LS = 0xC0, 0xF7
_AFTER_SCANS = frozenset({0xC4, 0xCC, 0xDA, 0xDB, 0xDC, 0xDD, *range(0xE0, 0xF0), 0xFE})
_MOST_STRAY = 65_536
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SCAN, _APP0, _APP1, _APP2, _APP13, _APP14, _COMMENT = 0xDA, 0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xFE
_KINDS: tuple[tuple[Container[int], bytes | tuple[bytes, ...], str, int], ...] = (
    ({_APP1}, XMP, "XMP", DESCRIPTION),
    ({_APP2}, ICC, "ICC profile", COLOUR),
    ({_APP13}, b"", "IPTC", DESCRIPTION),
    ({_COMMENT}, b"", "comment", DESCRIPTION),
    (range(_APP1, 0x100), b"", "makers' data", OTHER),
)
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

    Raises BrokenError, UnsupportedError, and NeedsMoreBytesError where the data ends before the
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
        # A length below that of itself says nothing: what follows is skipped to the next marker.
        end = found.end() + max(2, int.from_bytes(data[found.end() : found.end() + 2]))
        yield Segment(marker, start, end, data[start + 4 : end])
        if marker == _SCAN:
            return
        at = end


def tidied(data: bytes) -> bytes:
    """Return the file without what stands between the segments before its first scan.

    Fill bytes go only where something else goes too. Raises as `segments`.
    """
    parts, at, stray = [SOI], 2, False
    for segment in segments(data):
        well_formed = int.from_bytes(data[segment.start + 2 : segment.start + 4]) >= 2  # noqa: PLR2004 - a length counts itself
        stray = stray or not well_formed or bool(data[at : segment.start].strip(b"\xff"))
        parts += [data[segment.start : segment.end]] if well_formed else []
        at = segment.end
    return b"".join([*parts, data[at:]]) if stray else data


def is_frame(segment: Segment) -> bool:
    """Whether a segment is the header of a picture."""
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
                raise UnsupportedError("JPEG", "its height is told only after its pixels (DNL)")
            return width, height
    raise BrokenError("JPEG", "its scan comes before its frame")


def read_shown(head: bytes) -> Shown:
    """See `Format.read_shown`: as the first EXIF block says."""
    try:
        for segment in segments(head):
            if segment.marker == _APP1 and segment.payload.startswith(EXIF):
                return Shown(exif.orientation(segment.payload[len(EXIF) :]))
    except (BrokenError, NeedsMoreBytesError, UnsupportedError):
        return Shown(None)
    return Shown(1)


@lru_cache(maxsize=1)  # asked several times of each photo, at two milliseconds a megabyte
def scans(data: bytes) -> tuple[int, int]:
    """Return where the first picture's scans start and where its end marker ends.

    Raises BrokenError or TruncatedError.
    """
    try:
        *_, first = segments(data)
    except NeedsMoreBytesError as error:
        raise TruncatedError("JPEG", "its headers do not end") from error
    end = first.end
    for segment in between_scans(data):
        end = segment.end
    # Within coded pixels every 0xFF is followed by a zero or a restart, so this is no coincidence.
    end = data.find(EOI, end)
    if end < 0:
        raise TruncatedError("JPEG", "its end marker is missing")
    return first.start, end + len(EOI)


def between_scans(data: bytes) -> Iterator[Segment]:
    """Yield the segments after the first scan's pixels and before the end marker.

    These are the headers of further scans, tables and comments. Raises as `segments`.
    """
    *_, first = segments(data)
    at = first.end
    while found := _BETWEEN_SCANS.search(data, at):
        at, marker = found.end(), data[found.end() - 1]
        if found[0] == EOI:
            return
        length = int.from_bytes(data[at : at + 2])
        if marker in _AFTER_SCANS and length >= 2 and at + length <= len(data):  # noqa: PLR2004 - its own
            start, at = at - 2, at + length
            yield Segment(marker, start, at, data[start + 4 : at])


def coded(data: bytes) -> int:
    """Return how many bytes of a whole file are coded pixels: its scans, their headers left out."""
    *_, first = segments(data)
    at, found = first.end, 0
    while marker := _BETWEEN_SCANS.search(data, at):
        found += marker.start() - at
        if marker[0] == EOI:
            break
        at = marker.start() + 2 + int.from_bytes(data[marker.end() : marker.end() + 2])
    return found


def check_whole(data: bytes) -> None:
    """See `Format.check_whole`."""
    scans(data)


def trims(data: bytes) -> Iterator[tuple[bytes, tuple[str, ...]]]:
    """Leave out what follows the picture, then also its thumbnail. See `Format.trims`."""
    start, end = scans(data)
    more = ("what follows the picture",) if end < len(data) else ()
    parts = [s for s in segments(data) if s.start < start and not (more and _points_behind(s))]
    clean = [_alone(s, data) if more else data[s.start : s.end] for s in parts]
    yield SOI + b"".join(clean) + data[start:end], more
    small = [
        _without_thumbnail(s, whole) if s.payload.startswith(EXIF) else whole
        for s, whole in zip(parts, clean, strict=True)
    ]
    if small != clean:
        yield SOI + b"".join(small) + data[start:end], (*more, "thumbnail")


def without_location(data: bytes) -> bytes:
    """See `Format.without_location`."""
    start, end = scans(data)
    parts = [SOI]
    for segment in segments(data):
        whole = data[segment.start : segment.end]
        if segment.start >= start:
            break
        if segment.payload.startswith(EXIF) and segment.marker == _APP1:
            parts.append(
                exif_segment(location.strip_exif(segment.payload[len(EXIF) :], bare_picture))
            )
        elif not is_optional(segment) or segment.payload.startswith(ICC):
            parts.append(whole)
    return b"".join([*parts, data[start:end]])


def bare_picture(data: bytes) -> bytes | None:
    """Return a JPEG file with nothing but its first picture, None where it cannot be read."""
    try:
        start, end = scans(data)
        needed = [
            data[s.start : s.end] for s in segments(data) if s.start < start and not is_optional(s)
        ]
    except (ResizeError, NeedsMoreBytesError):
        return None
    return b"".join([SOI, *needed, data[start:end]])


def is_progressive(data: bytes) -> bool:
    """Return whether the picture is coded in more than one scan a component."""
    return any(s.marker in {0xC2, 0xC6, 0xCA, 0xCE} for s in segments(data))


def has_standard_huffman_tables(data: bytes) -> bool:
    """Return whether the picture uses the tables of T.81 annex K.3 and not ones made for it."""
    return any(s.marker == 0xC4 and _AC_LUMINANCE_OF_ANNEX_K in s.payload for s in segments(data))  # noqa: PLR2004 - DHT


def metadata(data: bytes) -> list[Item]:
    """Return what the picture carries, each item one segment or a run of them, as stored."""
    after = scans(data)[1] < len(data)
    items: list[Item] = []
    for segment in segments(data):
        item = _item(segment, _alone(segment, data) if after else data[segment.start : segment.end])
        if item is None or (_points_behind(segment) and after):
            continue
        if items and items[-1].name == item.name and item.name in {"ICC profile", "XMP", "IPTC"}:
            item = replace(item, data=items.pop().data + item.data)
        items.append(item)
    return items


def not_carried(data: bytes) -> tuple[str, ...]:
    """Name what the file holds and a freshly encoded one does not, whatever room there is."""
    names = []
    for segment in segments(data):
        if segment.marker == _APP0 and not _is_plain_jfif(segment):
            is_small = segment.payload.startswith((b"JFIF\0", b"JFXX\0"))
            names.append("thumbnail" if is_small else "makers' data")
    for segment in between_scans(data):
        if segment.marker == _COMMENT:
            names.append("comment")
        elif is_optional(segment):
            names.append("makers' data")
    if scans(data)[1] < len(data):
        names.append("what follows the picture")
    return tuple(dict.fromkeys(names))


def _is_plain_jfif(segment: Segment) -> bool:
    """Whether the segment tells the density of the pixels, and holds no small picture."""
    return segment.payload.startswith(b"JFIF\0") and segment.payload[12:14] in {b"", b"\0", b"\0\0"}


def with_metadata(encoded: bytes, items: tuple[Item, ...], sides: tuple[int, int] | None) -> bytes:
    """Put a photo's metadata into a freshly encoded file.

    `sides` are the new width and height in pixels if they changed: the EXIF block is corrected,
    and its thumbnail, which shows the former picture at a size of its own, goes.
    """
    blocks = [_corrected(item, sides) if sides else item.data for item in items]
    first = next(s for s in segments(encoded) if s.marker not in {_APP0, _APP14})
    return encoded[: first.start] + b"".join(blocks) + encoded[first.start :]


def density(data: bytes) -> bytes:
    """Return unit and density of the pixels as a JFIF header tells them, b'' where none does."""
    for segment in segments(data):
        if segment.marker == _APP0 and segment.payload.startswith(_JFIF):
            told = segment.payload[7:12]
            is_told = told[1:3].strip(b"\0") and told[3:5].strip(b"\0")
            return told if is_told else b""
    return b""


def with_density(encoded: bytes, told: bytes) -> bytes:
    """Put unit and density into a freshly encoded file."""
    if not told:
        return encoded
    first = next(segments(encoded))
    if first.marker == _APP0 and first.payload.startswith(_JFIF):
        at = first.start + 4 + 7
        return encoded[:at] + told + encoded[at + len(told) :]
    return SOI + segment_of(_APP0, _JFIF + b"\1\1" + told + b"\0\0") + encoded[2:]


def is_optional(segment: Segment) -> bool:
    """Whether a segment says nothing that a decoder needs: makers' data, descriptions, comments."""
    return segment.marker > _APP0 and segment.marker != _APP14


def exif_segment(block: bytes) -> bytes:
    """Wrap an EXIF block, of up to 65,527 bytes, into its segment."""
    return segment_of(_APP1, EXIF + block)


def segment_of(marker: int, payload: bytes) -> bytes:
    """Wrap up to 65,533 bytes into a segment."""
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def _item(segment: Segment, whole: bytes) -> Item | None:
    if segment.marker in {_APP0, _APP14} or segment.marker < _APP0:
        return None
    if segment.marker == _APP1 and segment.payload.startswith(EXIF):
        return exif_items(segment.payload[len(EXIF) :], exif_segment)
    name, rank = next(
        (name, rank)
        for markers, start, name, rank in _KINDS
        if segment.marker in markers and segment.payload.startswith(start)
    )
    return Item(name, whole, rank)


def _points_behind(segment: Segment) -> bool:
    """Whether the segment is nothing but an index of pictures that follow the first."""
    return segment.marker == _APP2 and segment.payload.startswith(b"MPF\0")


def _alone(segment: Segment, data: bytes) -> bytes:
    """The segment of a picture that nothing follows any more, and that announces nothing."""
    if segment.marker == _APP1 and segment.payload.startswith(XMP[0]):
        packet = segment.payload[len(XMP[0]) :]
        return segment_of(_APP1, XMP[0] + xmp.without_followers(packet))
    return data[segment.start : segment.end]


def _without_thumbnail(segment: Segment, whole: bytes) -> bytes:
    if segment.marker == _APP1:
        return exif_segment(exif.without_thumbnail(segment.payload[len(EXIF) :]))
    return whole


def _corrected(item: Item, sides: tuple[int, int]) -> bytes:
    if not item.data.startswith(EXIF, 4):
        return item.data
    block = item.data[4 + len(EXIF) :]
    return exif_segment(exif.resized(exif.without_thumbnail(block), *sides))
