"""The items of an AVIF or HEIC file: the shown picture, its properties, and other items.

Source: ISO/IEC 23008-12 (HEIF), 14496-12 and 23000-22 (MIAF).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from resize_core.errors import TruncatedError, missing
from resize_core.formats.isobmff import boxes

_PICTURES = frozenset({b"av01", b"hvc1", b"grid", b"iovl", b"iden", b"avc1", b"jpeg", b"vvc1"})
_ALPHA = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1")
_LIGHT = frozenset({b"clli", b"mdcv", b"cclv", b"amve", b"reve", b"ndwt"})
_EIGHT = 8
_LONG_NUMBERS = 2  # the version whose numbers of items have four bytes
# The box of C2PA (Content Credentials specification 2.1, embedding in BMFF).
_C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_MOST = 100_000
_SRGB_LIKE = frozenset({0, 1, 2, 6, 13, 14, 15})

Cicp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Item:
    """One picture or piece of metadata: its type, and the properties that it has."""

    kind: bytes
    properties: tuple[tuple[bytes, bytes], ...]

    def of(self, kind: bytes) -> Iterator[bytes]:
        """Yield the properties of a kind."""
        return (body for name, body in self.properties if name == kind)


@dataclass(frozen=True, slots=True)
class Meta:
    """The items of a file by number, and their references to each other with types."""

    primary: int
    items: dict[int, Item]
    references: tuple[tuple[bytes, int, int], ...]


def read_meta(data: bytes) -> Meta:
    """Return the items of a file; none if they cannot be read."""
    parts = _parts(data)
    try:
        properties, of_items = _properties(parts.get(b"iprp", b""))
        kinds = dict(_kinds(parts.get(b"iinf", b"")))
        items = {
            number: Item(kind, tuple(properties[i] for i in of_items.get(number, ())))
            for number, kind in kinds.items()
        }
        references = tuple(_references(parts.get(b"iref", b"")))
        pitm = parts.get(b"pitm", bytes(6))
        (primary,) = struct.unpack_from(">I" if pitm[0] else ">H", pitm, 4)
    except (struct.error, IndexError):
        return Meta(0, {}, ())
    return Meta(primary, items, references)


def check_whole(data: bytes) -> None:
    """See `Format.check_whole`. A file may also be cut between boxes, before those of its items."""
    last = max((box.end for box in boxes(data)), default=0)
    last = max(last, _end_of_items(data))
    if last > len(data):
        raise TruncatedError("AVIF or HEIC", missing(last - len(data)))


def _end_of_items(data: bytes) -> int:
    """Return where the last item that lies in the file itself ends; 0 if that cannot be read."""
    try:
        return max(_extents(_parts(data).get(b"iloc", b"")), default=0)
    except (struct.error, IndexError):
        return 0


def crop_of(meta: Meta) -> tuple[int, int, int, int] | None:
    """Return left, top, right and bottom of the stored pixels that are shown, None for all."""
    shown = meta.items.get(meta.primary)
    sides = next(shown.of(b"ispe"), b"") if shown else b""
    clap = next(shown.of(b"clap"), b"") if shown else b""
    if len(sides) < 12 or len(clap) < 32:  # noqa: PLR2004 - what they hold
        return None
    width, height = struct.unpack_from(">II", sides, 4)
    numbers = struct.unpack(">IIIIiIiI", clap[:32])
    if not all(numbers[1::2]):
        return None
    wide, high, across, down = (Fraction(*numbers[i : i + 2]) for i in range(0, 8, 2))
    left, top = (width - wide) / 2 + across, (height - high) / 2 + down
    box = left, top, left + wide, top + high
    whole = all(side.denominator == 1 for side in box)
    if not whole or left < 0 or top < 0 or box[2] > width or box[3] > height or not wide * high:
        return None
    crop = int(box[0]), int(box[1]), int(box[2]), int(box[3])
    return None if crop == (0, 0, width, height) else crop


def cicp_of(meta: Meta) -> Cicp | None:
    """Return primaries, transfer and matrix by the numbers of ITU-T H.273, if not those of sRGB."""
    shown = meta.items.get(meta.primary)
    for colour in shown.of(b"colr") if shown else ():
        if colour[:4] == b"nclx" and len(colour) >= 10:  # noqa: PLR2004 - three numbers follow
            primaries, transfer, matrix = struct.unpack_from(">HHH", colour, 4)
            if primaries in {1, 2} and transfer in _SRGB_LIKE:
                return None
            return primaries, transfer, matrix
    return None


def with_cicp(encoded: bytes, cicp: Cicp) -> bytes:
    """Return a newly encoded file with other primaries and transfer; its matrix stays."""
    old = b"colrnclx" + struct.pack(">HH", 1, 13)
    return encoded.replace(old, b"colrnclx" + struct.pack(">HH", *cicp[:2]))


def beside(data: bytes, meta: Meta) -> tuple[str, ...]:
    """Return the names of data besides the picture, its colours, EXIF and XMP."""
    shown = meta.items.get(meta.primary)
    lost: list[str] = []
    deep = max((max(p[5:], default=0) for p in shown.of(b"pixi")), default=0) if shown else 0
    if deep > _EIGHT:
        lost.append(f"{deep}-bit depth")
    if shown and any(True for kind in _LIGHT for _ in shown.of(kind)):
        lost.append("HDR light levels")
    part_of = {to for kind, _, to in meta.references if kind == b"dimg"}
    describes = {start: kind for kind, start, _ in meta.references if kind in {b"auxl", b"thmb"}}
    for number, item in meta.items.items():
        if number == meta.primary:
            continue
        if name := _named(item, describes.get(number), number in part_of):
            lost.append(name)
    kinds = {box.kind for box in boxes(data)}
    if any(data[b.start + 8 : b.start + 24] == _C2PA for b in boxes(data) if b.kind == b"uuid"):
        lost.append("content credentials")
    if b"mpvd" in kinds:
        lost.append("video")
    if b"moov" in kinds and not _plays_for_ever(data):
        lost.append("loop count")
    return tuple(dict.fromkeys(lost))


def _named(item: Item, role: bytes | None, is_part: bool) -> str | None:  # noqa: FBT001 - two facts of one item
    if role == b"thmb":
        return "thumbnail"
    if item.kind == b"tmap":
        return "gain map"
    if role == b"auxl":
        urn = next(item.of(b"auxC"), b"")[4:]
        if urn.startswith(_ALPHA):
            return None
        if b"gainmap" in urn:
            return "gain map"
        return "depth map" if b"depth" in urn or b"auxid:2" in urn else "auxiliary picture"
    if item.kind in _PICTURES:
        return None if is_part else "further pictures"
    return None if item.kind in {b"Exif", b"mime"} else "other items"


def _plays_for_ever(data: bytes) -> bool:
    """Return whether the edit list of an image sequence repeats without end."""
    edits, track = data.find(b"elst"), data.find(b"tkhd")
    if edits < 0 or track < 0 or edits + 8 > len(data) or track + 44 > len(data):
        return False
    wide = data[track + 4] == 1
    at, size = (track + 32, 8) if wide else (track + 24, 4)
    return bool(data[edits + 7] & 1) and data[at : at + size] == b"\xff" * size


def _parts(data: bytes) -> dict[bytes, bytes]:
    """Return the boxes in the file's `meta` box, by type; none if it has no such box."""
    found = next((data[b.start + 12 : b.end] for b in boxes(data) if b.kind == b"meta"), b"")
    return dict(_children(found))


def _children(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    for box in boxes(data):
        yield box.kind, data[box.start + 8 : box.end]


def _extents(iloc: bytes) -> Iterator[int]:
    """Yield the ends of the extents in the file (ISO/IEC 14496-12, 8.11.3)."""
    version = iloc[0]
    of_items = 4 if version == _LONG_NUMBERS else 2
    offset_size, length_size = iloc[4] >> 4, iloc[4] & 15
    base_size, index_size = iloc[5] >> 4, iloc[5] & 15 if version else 0
    count, at = _number(iloc, 6, of_items)
    for _ in range(min(count, _MOST)):
        method, at = _number(iloc, at + of_items, 2 if version else 0)
        reference, at = _number(iloc, at, 2)
        base, at = _number(iloc, at, base_size)
        extents, at = _number(iloc, at, 2)
        # An extent without numbers takes no bytes, so there could be any number of them.
        for _ in range(extents if offset_size + length_size else min(extents, 1)):
            offset, at = _number(iloc, at + index_size, offset_size)
            length, at = _number(iloc, at, length_size)
            if not method & 15 and not reference:
                yield base + offset + length


def _number(data: bytes, at: int, size: int) -> tuple[int, int]:
    """Return the number of some bytes there, 0 of none, and where it ends. Raises IndexError."""
    if at + size > len(data):
        raise IndexError
    return int.from_bytes(data[at : at + size]), at + size


def _properties(iprp: bytes) -> tuple[list[tuple[bytes, bytes]], dict[int, list[int]]]:
    """All properties in order, and the indexes of those of each item, from 0."""
    known: list[tuple[bytes, bytes]] = []
    of_items: dict[int, list[int]] = {}
    for kind, body in _children(iprp):
        if kind == b"ipco":
            known = list(_children(body))
        if kind == b"ipma":
            version, flags = body[0], body[3]
            (count,) = struct.unpack_from(">I", body, 4)
            at = 8
            for _ in range(min(count, _MOST)):
                form = ">IB" if version else ">HB"
                number, links = struct.unpack_from(form, body, at)
                at += struct.calcsize(form)
                form = f">{links}{'H' if flags & 1 else 'B'}"
                mask = 0x7FFF if flags & 1 else 0x7F
                indexes = [link & mask for link in struct.unpack_from(form, body, at)]
                of_items[number] = [i - 1 for i in indexes if 1 <= i <= len(known)]
                at += struct.calcsize(form)
    return known, of_items


def _kinds(iinf: bytes) -> Iterator[tuple[int, bytes]]:
    for kind, body in _children(iinf[8 if iinf[:1] == b"\1" else 6 :]):
        if kind == b"infe" and body[0] >= 2:  # noqa: PLR2004 - former versions have no types
            form = ">HH4s" if body[0] == 2 else ">IH4s"  # noqa: PLR2004 - the version with short numbers
            number, _, name = struct.unpack_from(form, body, 4)
            yield number, name


def _references(iref: bytes) -> Iterator[tuple[bytes, int, int]]:
    unit = "I" if iref[:1] == b"\1" else "H"
    for kind, body in _children(iref[4:]):
        start, count = struct.unpack_from(f">{unit}H", body)
        form = f">{min(count, _MOST)}{unit}"
        for to in struct.unpack_from(form, body, struct.calcsize(f">{unit}H")):
            yield kind, start, to
