"""How a JPEG file is laid out: segments, scans, and often more that is no part of the picture.

Source: ITU-T T.81, annex B. Pictures after the first (CIPA DC-007, Ultra HDR), videos and makers'
data follow the end marker.
"""

import re
import struct
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from resize_core.errors import BrokenError, NeedsMoreBytesError, TruncatedError
from resize_core.layout import exif
from resize_core.layout.metadata import COLOUR, DESCRIPTION, OTHER, Item, exif_items

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
# Within a scan, every 0xFF is followed by a zero or a restart.
_BETWEEN_SCANS = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
EXIF = b"Exif\0\0"
XMP = (b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0")
ICC = b"ICC_PROFILE\0"
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

    Raises BrokenError, and NeedsMoreBytesError where the data ends before the scan; the last
    segment's payload may be cut off then.
    """
    at = 2
    while True:
        while data[at : at + 2] == b"\xff\xff":
            at += 1
        if at + 4 > len(data):
            raise NeedsMoreBytesError(at + 20)
        mark, marker, length = struct.unpack_from(">BBH", data, at)
        if mark != 0xFF or length < 2 or marker in {0xD8, 0xD9}:  # noqa: PLR2004 - marker codes of T.81
            raise BrokenError("JPEG", f"no segment where one should start, at byte {at:,}")
        end = at + 2 + length
        yield Segment(marker, at, end, data[at + 4 : end])
        if marker == _SCAN:
            return
        at = end


def read_sides(head: bytes) -> tuple[int, int]:
    """Return width and height as stored. See `Format.read_sides`."""
    for segment in segments(head):
        if segment.marker in _FRAMES:
            if len(segment.payload) < 5:  # noqa: PLR2004 - precision, height, width
                raise NeedsMoreBytesError(segment.end)
            _, height, width = struct.unpack_from(">BHH", segment.payload)
            return width, height
    raise BrokenError("JPEG", "its scan comes before its frame")


@lru_cache(maxsize=1)  # asked several times of each photo, at two milliseconds a megabyte
def scans(data: bytes) -> tuple[int, int]:
    """Return where the first picture's scans start and where its end marker ends.

    Raises BrokenError or TruncatedError.
    """
    try:
        *_, first = segments(data)
    except NeedsMoreBytesError as error:
        raise TruncatedError("JPEG", "its headers do not end") from error
    # Within coded pixels every 0xFF is followed by a zero or a restart, so this is no coincidence.
    end = data.find(EOI, first.end)
    if end < 0:
        raise TruncatedError("JPEG", "its end marker is missing")
    return first.start, end + len(EOI)


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
    parts = [s for s in segments(data) if s.start < start]
    clean = [data[s.start : s.end] for s in parts if not (more and _points_behind(s))]
    yield SOI + b"".join(clean) + data[start:end], more
    small = [_without_thumbnail(s, data) for s in parts if not (more and _points_behind(s))]
    if small != clean:
        yield SOI + b"".join(small) + data[start:end], (*more, "thumbnail")


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
        item = _item(segment, data)
        if item is None or (_points_behind(segment) and after):
            continue
        if items and items[-1].name == item.name and item.name in {"ICC profile", "XMP"}:
            item = replace(item, data=items.pop().data + item.data)
        items.append(item)
    return items


def with_metadata(encoded: bytes, items: tuple[Item, ...], sides: tuple[int, int] | None) -> bytes:
    """Put a photo's metadata into a freshly encoded file.

    `sides` are the new width and height in pixels if they changed: the EXIF block is corrected,
    and its thumbnail, which shows the former picture at a size of its own, goes.
    """
    blocks = [_corrected(item, sides) if sides else item.data for item in items]
    first = next(s for s in segments(encoded) if s.marker not in {_APP0, _APP14})
    return encoded[: first.start] + b"".join(blocks) + encoded[first.start :]


def is_optional(segment: Segment) -> bool:
    """Whether a segment says nothing that a decoder needs: makers' data, descriptions, comments."""
    return segment.marker > _APP0 and segment.marker != _APP14


def exif_segment(block: bytes) -> bytes:
    """Wrap an EXIF block, of up to 65,527 bytes, into its segment."""
    return segment_of(_APP1, EXIF + block)


def segment_of(marker: int, payload: bytes) -> bytes:
    """Wrap up to 65,533 bytes into a segment."""
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def _item(segment: Segment, data: bytes) -> Item | None:
    if segment.marker in {_APP0, _APP14} or segment.marker < _APP0:
        return None
    if segment.marker == _APP1 and segment.payload.startswith(EXIF):
        return exif_items(segment.payload[len(EXIF) :], exif_segment)
    name, rank = next(
        (name, rank)
        for markers, start, name, rank in _KINDS
        if segment.marker in markers and segment.payload.startswith(start)
    )
    return Item(name, data[segment.start : segment.end], rank)


def _points_behind(segment: Segment) -> bool:
    """Whether the segment is an index of pictures that follow the first."""
    if segment.marker == _APP2:
        return segment.payload.startswith(b"MPF\0")
    return segment.marker == _APP1 and b"hdrgm:Version" in segment.payload


def _without_thumbnail(segment: Segment, data: bytes) -> bytes:
    if segment.marker == _APP1 and segment.payload.startswith(EXIF):
        return exif_segment(exif.without_thumbnail(segment.payload[len(EXIF) :]))
    return data[segment.start : segment.end]


def _corrected(item: Item, sides: tuple[int, int]) -> bytes:
    if not item.data.startswith(EXIF, 4):
        return item.data
    block = item.data[4 + len(EXIF) :]
    return exif_segment(exif.resized(exif.without_thumbnail(block), *sides))
