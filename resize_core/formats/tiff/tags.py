"""Copy the tags of a TIFF file that are not about its pixels into another file.

Values are copied unchanged, except for the byte order; directories below a page (EXIF, GPS) are
copied too. Maker notes with offsets into their own file become invalid.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from resize_core.metadata import pixel_tags, turning
from resize_core.metadata.ifd import (
    Entry,
    Order,
    entries,
    next_directory,
    read_order,
    readable,
    readable_below,
)
from resize_core.metadata.items import CAMERA, COLOUR, DESCRIPTION, OTHER, TURN, Item, keep

# The tag of C2PA, which signs the bytes of its file.
CREDENTIALS = 0xCD41
# Tags about the storage of pixels, which the encoder writes itself; pointers to other pictures.
_OF_THE_PIXELS = frozenset({
    *range(0x00FE, 0x0104), *range(0x0106, 0x010D), 0x0111, *range(0x0115, 0x011A), 0x011C,
    *range(0x0120, 0x0126), 0x012D, 0x013D, *range(0x0140, 0x0149), 0x014A,
    *range(0x0150, 0x0156), 0x015B, 0x0190, *range(0x0200, 0x020A), *range(0x0211, 0x0215), 0xC612,
    CREDENTIALS,
})  # fmt: skip
_RANKS = {
    0x0112: ("orientation", TURN), 0x8773: ("ICC profile", COLOUR), 0x02BC: ("XMP", DESCRIPTION),
    0x83BB: ("IPTC", DESCRIPTION), 0x8649: ("Photoshop data", DESCRIPTION),
    0x8769: ("EXIF", CAMERA), 0x8825: ("GPS", CAMERA), 0x010F: ("EXIF", CAMERA),
    0x0110: ("EXIF", CAMERA), 0x0132: ("EXIF", CAMERA),
    # Scale, tie points, transformation and keys of GeoTIFF, RPC, and GDAL's metadata.
    **dict.fromkeys(
        (33550, 33920, 33922, 34264, 34735, 34736, 34737, 42112, 42113, 50844),
        ("georeference", DESCRIPTION),
    ),
}  # fmt: skip
BELOW = {0x8769, 0x8825, 0xA005}
_WIDTH, _HEIGHT = 0xA002, 0xA003
_UNITS = {2: (3, 8), 4: (4, 5, 9, 10, 11, 13), 8: (12, 16, 17, 18)}
_UNIT_OF = {kind: unit for unit, kinds in _UNITS.items() for kind in kinds}
_SHORT, _LONG, _RATIONAL, _DEEPEST = 3, 4, 5, 3
# Types of values that are offsets of directories.
POINTERS = frozenset({13, 18})
SAMPLE_FORMAT, _KIND_OF_PAGE, _PAGE_OF_SEVERAL = 0x0153, 0x00FE, 2


@dataclass(frozen=True, slots=True)
class Tag:
    """A tagged value, little-endian, or the values of the directory that its tag points at."""

    number: int
    kind: int
    count: int
    data: bytes = b""
    below: tuple["Tag", ...] = ()

    @property
    def size(self) -> int:
        """The number of bytes that it takes in a file."""
        return 12 + len(self.data) + sum(tag.size for tag in self.below)


def keep_tags(tags: Sequence[Tag], at_most: int) -> tuple[list[Tag], tuple[str, ...]]:
    """Return the tags that fit into a number of bytes, and the names of the rest, as `keep`."""
    groups: dict[tuple[str, int], list[Tag]] = {}
    for tag in tags:
        groups.setdefault(_RANKS.get(tag.number, ("other tags", OTHER)), []).append(tag)
    items = [
        Item(name, bytes(sum(tag.size for tag in group)), rank)
        for (name, rank), group in groups.items()
    ]
    kept, dropped = keep(items, at_most)
    names = {item.name for item in kept}
    stay = [tag for (name, _), group in groups.items() if name in names for tag in group]
    return stay, dropped


def read_tags(data: bytes, directories: Sequence[int]) -> list[list[Tag]]:
    """Return the tags of each page whose directory lies there.

    Values beyond the end of the file are left out, and so are offsets, which mean nothing in
    another file.
    """
    found = read_order(data)
    order = found[0] if found else Order("<")
    return [list(_tags(data, order, at, _DEEPEST)) for at in directories]


def exif_block(tags: Sequence[Tag]) -> bytes:
    """Return tags as an EXIF block, b'' for none."""
    if not tags:
        return b""
    block = bytearray(b"II*\0" + struct.pack("<I", 8))
    _append(block, Order("<"), [], tags)
    return bytes(block)


def with_tags(
    encoded: bytes, pages: Sequence[Sequence[Tag]], sides: Sequence[tuple[int, int]]
) -> bytes:
    """Put tags into the pages of a newly encoded file.

    Its directories are written again at its end, and width and height in EXIF are corrected. The
    encoder's tags about pixels are kept, except the kind of samples.
    """
    found = read_order(encoded)
    if not found:
        return encoded
    order, at = found
    file = bytearray(encoded)
    link = 4
    for tags, page_sides in zip(pages, sides, strict=False):
        forced = {tag.number for tag in tags if tag.number == SAMPLE_FORMAT}
        rows = [
            (entry.tag, encoded[at + 2 + 12 * i :][:12])
            for i, entry in enumerate(entries(encoded, order, at))
            if entry.tag not in forced
        ]
        known = {number for number, _ in rows}
        fresh = [_corrected(tag, page_sides) for tag in tags if tag.number not in known]
        following = next_directory(encoded, order, at)
        _pad(file)
        struct.pack_into(order.mark + "I", file, link, len(file))
        link = _append(file, order, rows, fresh)
        struct.pack_into(order.mark + "I", file, link, following)
        at = following
    return bytes(file)


def sample_format(kind: int) -> Tag:
    """Return the tag for the kind of samples: 1 unsigned, 2 signed."""
    return Tag(SAMPLE_FORMAT, 3, 1, struct.pack("<H", kind))


def turned(tags: Sequence[Tag], turn: int, stored: tuple[int, int]) -> list[Tag]:
    """Return the tags of a page whose pixels were turned upright, and of directories below it.

    `turn` is its former orientation, and `stored` are its former width and height. Positions in the
    picture are turned, and values across and down change places if these do.
    """
    known = {tag.number: tag for tag in tags}
    swaps = turning.swaps_axes(turn)
    pairs = [pair for pair in pixel_tags.PAIRS if swaps and known.keys() >= set(pair)]
    other = {a: b for pair in pairs for a, b in (pair, pair[::-1])}
    stated = [_first(known[side]) for side in (_WIDTH, _HEIGHT) if side in known]
    before = (stated[0], stated[1]) if len(stated) == 2 and all(stated) else stored  # noqa: PLR2004 - both sides
    made = []
    for tag in tags:
        turned_tag = tag
        if tag.number in other:
            turned_tag = replace(known[other[tag.number]], number=tag.number)
        elif tag.kind == _SHORT and tag.number in pixel_tags.PLACES:
            values = struct.unpack(f"<{tag.count}H", tag.data)
            places = pixel_tags.turned_places(values, before, turn)
            turned_tag = replace(tag, data=struct.pack(f"<{tag.count}H", *places))
        elif tag.below:
            turned_tag = replace(tag, below=tuple(turned(tag.below, turn, stored)))
        made.append(turned_tag)
    return made


def _tags(data: bytes, order: Order, at: int, depth: int) -> Iterator[Tag]:
    found = readable(data, order, at) if depth == _DEEPEST else readable_below(data, order, at)
    for entry in found:
        if depth == _DEEPEST and _is_of_the_pixels(data, order, entry):
            continue
        if entry.tag in BELOW:
            if depth and (places := entry.integers(data, order)[:1]):
                below = tuple(_tags(data, order, places[0], depth - 1))
                if below:
                    yield Tag(entry.tag, _LONG, 1, below=below)
        elif entry.size and entry.kind not in POINTERS:
            value = data[entry.at : entry.at + entry.size]
            value = value if order.mark == "<" else _turned(value, _UNIT_OF.get(entry.kind, 1))
            yield from _classic(Tag(entry.tag, entry.kind, entry.count, value))


def _is_of_the_pixels(data: bytes, order: Order, entry: Entry) -> bool:
    if entry.tag == _KIND_OF_PAGE:
        return entry.integers(data, order)[:1] != (_PAGE_OF_SEVERAL,)
    return entry.tag in _OF_THE_PIXELS


def _classic(tag: Tag) -> Iterator[Tag]:
    """Yield a tag with numbers of four bytes instead of eight, if they are small enough."""
    form = {16: "Q", 17: "q"}.get(tag.kind)
    if form is None:
        yield tag
        return
    values = struct.unpack(f"<{tag.count}{form}", tag.data)
    low, high, kind, narrow = (0, 2**32, 4, "I") if form == "Q" else (-(2**31), 2**31, 9, "i")
    if all(low <= value < high for value in values):
        yield replace(tag, kind=kind, data=struct.pack(f"<{tag.count}{narrow}", *values))


def _append(
    file: bytearray, order: Order, rows: Sequence[tuple[int, bytes]], tags: Sequence[Tag]
) -> int:
    """Write a directory at the file's end; return the position of its link to the next one.

    A tag that occurs twice is written twice, one after the other.
    """
    start, count = len(file), len(rows) + len(tags)
    file += struct.pack(order.mark + "H", count) + bytes(12 * count + 4)
    every = [*rows, *((tag.number, _row(file, order, tag)) for tag in tags)]
    every.sort(key=lambda row: row[0])
    file[start + 2 : start + 2 + 12 * count] = b"".join(row for _, row in every)
    return start + 2 + 12 * count


def _row(file: bytearray, order: Order, tag: Tag) -> bytes:
    """Return the twelve bytes of a tag's row; a larger value is written at the file's end."""
    head = struct.pack(order.mark + "HHI", tag.number, tag.kind, tag.count)
    if tag.below:
        _pad(file)
        place = len(file)
        _append(file, order, [], tag.below)
        return head + struct.pack(order.mark + "I", place)
    value = tag.data if order.mark == "<" else _turned(tag.data, _UNIT_OF.get(tag.kind, 1))
    if len(value) <= 4:  # noqa: PLR2004 - the room in a row
        return head + value.ljust(4, b"\0")
    _pad(file)
    place = len(file)
    file += value
    return head + struct.pack(order.mark + "I", place)


def _corrected(tag: Tag, sides: tuple[int, int]) -> Tag:
    """Correct width, height and positions in the picture in a directory below a page."""
    stated = {part.number: part for part in tag.below if part.number in {_WIDTH, _HEIGHT}}
    before = tuple(_first(stated[number]) for number in (_WIDTH, _HEIGHT) if number in stated)
    share = pixel_tags.times((before[0], before[1]), sides) if len(before) == 2 else None  # noqa: PLR2004 - both sides
    return replace(tag, below=tuple(_restated(part, sides, share) for part in tag.below))


def _restated(tag: Tag, sides: tuple[int, int], share: pixel_tags.Times | None) -> Tag:
    if tag.number in {_WIDTH, _HEIGHT} and tag.count == 1:
        side = sides[0] if tag.number == _WIDTH else sides[1]
        return replace(tag, kind=_LONG, data=struct.pack("<I", side))
    if share and tag.number in pixel_tags.FOCAL_PLANE and (tag.kind, tag.count) == (_RATIONAL, 1):
        numerator, denominator = struct.unpack("<II", tag.data)
        axis = pixel_tags.FOCAL_PLANE[tag.number]
        made = pixel_tags.rational((numerator, denominator), share[axis])
        return replace(tag, data=struct.pack("<II", *made))
    if share and tag.kind == _SHORT and tag.number in pixel_tags.PLACES:
        values = pixel_tags.places(struct.unpack(f"<{tag.count}H", tag.data), share)
        return replace(tag, data=struct.pack(f"<{tag.count}H", *values))
    return tag


def _first(tag: Tag) -> int:
    """The first of the shorts or longs of a tag, 0 for other kinds."""
    size = {_SHORT: 2, _LONG: 4}.get(tag.kind, 0)
    return int.from_bytes(tag.data[:size], "little")


def _turned(value: bytes, unit: int) -> bytes:
    """Reverse the bytes of each number of `unit` bytes."""
    turned = bytearray(len(value))
    for i in range(unit):
        turned[i::unit] = value[unit - 1 - i :: unit]
    return bytes(turned)


def _pad(file: bytearray) -> None:
    """Directories and values start at even offsets."""
    file += bytes(len(file) % 2)
