"""The data in a JPEG file besides its picture: read it, remove it, put it into another file."""

from collections.abc import Container, Iterator
from dataclasses import replace

from resize_core.formats.jpeg.segments import (
    EXIF,
    ICC,
    JFIF,
    SOI,
    XMP,
    JpegFile,
    Segment,
    bare_picture,
    exif_segment,
    is_optional,
    segment_of,
    segments,
)
from resize_core.metadata import exif, location, photoshop, xmp
from resize_core.metadata.items import COLOUR, DESCRIPTION, OTHER, Item, exif_items, left_behind_of

_APP0, _APP1, _APP2, _APP11, _APP13, _APP14 = 0xE0, 0xE1, 0xE2, 0xEB, 0xED, 0xEE
_COMMENT = 0xFE
_MOST, _ICC_PART = 65_533, 65_000
_PHOTOSHOP = b"Photoshop 3.0\0"
_INDEXES = (b"MPF\0", b"urn:iso:std:iso:ts:21496:-1\0")
_BOX_HEAD, _LABEL_ENDS = 16, 120
_MOST_PARTS = 255  # numbered in one byte
_KINDS: tuple[tuple[Container[int], bytes | tuple[bytes, ...], str, int], ...] = (
    ({_APP1}, XMP, "XMP", DESCRIPTION),
    ({_APP2}, ICC, "ICC profile", COLOUR),
    ({_APP13}, b"", "IPTC", DESCRIPTION),
    ({_COMMENT}, b"", "comment", DESCRIPTION),
    (range(_APP1, 0x100), b"", "makers' data", OTHER),
)


def trims(file: JpegFile, most: int) -> Iterator[tuple[bytes, tuple[str, ...]]]:
    """See `Format.trims`: remove the data after the picture, then the thumbnail too."""
    data, (start, end) = file.data, file.scans
    more: tuple[str, ...] = ("what follows the picture",) if end < len(data) else ()
    signed = _bound_to_bytes(file)
    parts = [
        s for s in file.segments[:-1]
        if s.start not in signed and not (end < len(data) and _points_behind(s))
    ]  # fmt: skip
    more += tuple(dict.fromkeys(signed.values()))
    clean = [_alone(s, data) if end < len(data) else data[s.start : s.end] for s in parts]
    head = SOI + b"".join(clean)
    if len(head) + end - start <= most:
        yield head + data[start:end], more
    small = SOI + b"".join(
        _without_thumbnail(s, whole) if s.payload.startswith(EXIF) else whole
        for s, whole in zip(parts, clean, strict=True)
    )
    if small != head and len(small) + end - start <= most:
        yield small + data[start:end], (*more, "thumbnail")


def without_location(file: JpegFile) -> bytes:
    """See `Format.without_location`."""
    data, (start, end) = file.data, file.scans
    parts = [SOI]
    for segment in file.segments[:-1]:
        whole = data[segment.start : segment.end]
        if segment.payload.startswith(EXIF) and segment.marker == _APP1:
            parts.append(
                exif_segment(location.strip_exif(segment.payload[len(EXIF) :], bare_picture))
            )
        elif not is_optional(segment) or segment.payload.startswith(ICC):
            parts.append(whole)
    return b"".join([*parts, data[start:end]])


def metadata(file: JpegFile) -> list[Item]:
    """Return the metadata, each item one segment or a run of them, as stored."""
    data = file.data
    after = file.scans[1] < len(data)
    signed = _bound_to_bytes(file)
    items: list[Item] = []
    before: Segment | None = None
    for segment in file.segments:
        item = _item(segment, _alone(segment, data) if after else data[segment.start : segment.end])
        if item is None or (_points_behind(segment) and after) or segment.start in signed:
            continue
        if items and items[-1].name == item.name and _continues(segment, before, item):
            item = replace(item, data=items.pop().data + item.data)
        items.append(item)
        before = segment
    return items


def not_carried(file: JpegFile) -> tuple[str, ...]:
    """Return the names of data that a newly encoded file never has."""
    names = list(_bound_to_bytes(file).values())
    for segment in file.segments:
        if segment.marker == _APP0 and not _is_plain_jfif(segment):
            is_small = segment.payload.startswith((b"JFIF\0", b"JFXX\0"))
            names.append("thumbnail" if is_small else "makers' data")
    for segment in file.later_segments:
        if segment.marker == _COMMENT:
            names.append("comment")
        elif is_optional(segment):
            names.append("makers' data")
    if file.scans[1] < len(file.data):
        names.append("what follows the picture")
    return tuple(dict.fromkeys(names))


def left_behind(file: JpegFile) -> tuple[str, ...]:
    """Return the names of what is lost if pixels change."""
    names = [*(item.name for item in metadata(file)), *not_carried(file)]
    if any(s.payload.startswith(XMP[1]) for s in file.segments):
        names.append("extended XMP")
    return left_behind_of(names)


def exif_blocks(file: JpegFile) -> list[bytes]:
    """See `Format.exif_blocks`."""
    return [
        segment.payload.removeprefix(EXIF)
        for segment in file.segments
        if segment.marker == _APP1 and segment.payload.startswith(EXIF)
    ]


def items_of(block: bytes, profile: bytes, xmp: bytes) -> tuple[list[Item], tuple[str, ...]]:
    """Return an EXIF block, an ICC profile and an XMP packet as segments.

    Also return the names of those that are too large for segments. Of a larger EXIF block, the
    largest part that fits stays: all but its thumbnail, or the orientation only.
    """
    items, lost = list[Item](), list[str]()
    for smaller, name in ((exif.without_thumbnail, "thumbnail"), (exif.only_orientation, "EXIF")):
        if len(block) <= _MOST - len(EXIF):
            break
        made = smaller(block)
        lost += [name] if made != block else []
        block = made
    if block:
        items.append(exif_items(block, exif_segment))
    parts = [profile[at : at + _ICC_PART] for at in range(0, len(profile), _ICC_PART)]
    if len(parts) > _MOST_PARTS:
        lost.append("ICC profile")
    elif parts:
        chunks = (ICC + bytes([i, len(parts)]) + part for i, part in enumerate(parts, 1))
        data = b"".join(segment_of(_APP2, chunk) for chunk in chunks)
        items.append(Item("ICC profile", data, COLOUR))
    if len(xmp) > _MOST - len(XMP[0]):
        lost.append("XMP")
    elif xmp:
        items.append(Item("XMP", segment_of(_APP1, XMP[0] + xmp), DESCRIPTION))
    return items, tuple(lost)


def with_metadata(encoded: bytes, items: tuple[Item, ...], sides: tuple[int, int] | None) -> bytes:
    """Return a newly encoded file with a photo's metadata.

    `sides` are the new width and height in pixels if they changed: the EXIF block gets them, and
    loses its thumbnail, which shows the former picture.
    """
    blocks = [_corrected(item, sides) if sides else item.data for item in items]
    first = next(s for s in segments(encoded) if s.marker not in {_APP0, _APP14})
    return encoded[: first.start] + b"".join(blocks) + encoded[first.start :]


def without_thumbnail(item: Item) -> Item:
    """Return Photoshop's data, in one or more segments, without the thumbnail."""
    bodies = [s.payload for s in _segments_in(item.data)]
    if item.name != "IPTC" or not all(body.startswith(_PHOTOSHOP) for body in bodies):
        return item
    whole = b"".join(body[len(_PHOTOSHOP) :] for body in bodies)
    bare = photoshop.without_thumbnail(whole)
    if bare == whole:
        return item
    parts = (bare[at : at + _ICC_PART] for at in range(0, len(bare), _ICC_PART))
    return replace(item, data=b"".join(segment_of(_APP13, _PHOTOSHOP + part) for part in parts))


def density(file: JpegFile) -> bytes:
    """Return unit and density of the pixels as in a JFIF header, b'' if there is none."""
    for segment in file.segments:
        if segment.marker == _APP0 and segment.payload.startswith(JFIF):
            told = segment.payload[7:12]
            is_told = told[1:3].strip(b"\0") and told[3:5].strip(b"\0")
            return told if is_told else b""
    return b""


def with_density(encoded: bytes, told: bytes) -> bytes:
    """Return a newly encoded file with a unit and a density of pixels."""
    if not told:
        return encoded
    first = next(segments(encoded))
    if first.marker == _APP0 and first.payload.startswith(JFIF):
        at = first.start + 4 + 7
        return encoded[:at] + told + encoded[at + len(told) :]
    return SOI + segment_of(_APP0, JFIF + b"\1\1" + told + b"\0\0") + encoded[2:]


def _is_plain_jfif(segment: Segment) -> bool:
    """Return whether the segment has the density of the pixels, and no thumbnail."""
    return segment.payload.startswith(b"JFIF\0") and segment.payload[12:14] in {b"", b"\0", b"\0\0"}


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
    """Return whether the segment announces pictures that follow the first: an index, a gain map."""
    return segment.marker == _APP2 and segment.payload.startswith(_INDEXES)


def _continues(segment: Segment, before: Segment | None, item: Item) -> bool:
    """Return whether a segment may continue the data of the one before."""
    is_long = item.name in {"ICC profile", "XMP", "IPTC", "makers' data"}
    return is_long and before is not None and before.marker == segment.marker


def _bound_to_bytes(file: JpegFile) -> dict[int, str]:
    """Return where segments start that are wrong in any other file, each with a name.

    These are the boxes of APP11 (ISO/IEC 19566-5): signatures of the file's bytes (C2PA), and what
    JPEG XT adds to the pixels (ISO/IEC 18477-3).
    """
    found: dict[int, str] = {}
    names: dict[bytes, str] = {}
    for segment in file.segments:
        body = segment.payload
        if segment.marker == _APP11 and body.startswith(b"JP") and len(body) >= _BOX_HEAD:
            number, kind = body[2:4], body[12:16]
            if kind != b"jumb":
                names[number] = "what JPEG XT adds"
            elif b"c2pa" in body[:_LABEL_ENDS]:
                names[number] = "content credentials"
            if number in names:
                found[segment.start] = names[number]
    return found


def _segments_in(data: bytes) -> Iterator[Segment]:
    """Yield segments that follow each other without anything in between."""
    at = 0
    while at + 4 <= len(data):
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        yield Segment(data[at + 1], at, end, data[at + 4 : end])
        at = end


def _alone(segment: Segment, data: bytes) -> bytes:
    """Return the segment of a picture without appended data: its XMP announces none."""
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
