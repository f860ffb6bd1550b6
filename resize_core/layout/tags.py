"""The tags of a TIFF file that are not about its pixels: taken from one file, put into another.

Values are copied as they are, only turned round where the byte orders differ; directories below a
page (EXIF, GPS) come along. Maker notes that point at places in their own file lose their way.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from resize_core.errors import NeedsMoreBytesError
from resize_core.layout.ifd import Order, entries, next_directory, read_order
from resize_core.layout.metadata import CAMERA, COLOUR, DESCRIPTION, OTHER, TURN, Item, keep

# How the pixels are stored, which the encoder writes anew, and what points at other pictures.
_OF_THE_PIXELS = frozenset({
    *range(0x00FE, 0x0104), *range(0x0106, 0x010D), 0x0111, *range(0x0115, 0x011A), 0x011C,
    *range(0x0120, 0x0126), 0x012D, 0x013D, *range(0x0140, 0x0149), 0x014A,
    *range(0x0150, 0x0156), 0x015B, *range(0x0200, 0x020A), *range(0x0211, 0x0215), 0xC612,
})  # fmt: skip
_RANKS = {
    0x0112: ("orientation", TURN), 0x8773: ("ICC profile", COLOUR), 0x02BC: ("XMP", DESCRIPTION),
    0x83BB: ("IPTC", DESCRIPTION), 0x8649: ("Photoshop data", DESCRIPTION),
    0x8769: ("EXIF", CAMERA), 0x8825: ("GPS", CAMERA), 0x010F: ("EXIF", CAMERA),
    0x0110: ("EXIF", CAMERA), 0x0132: ("EXIF", CAMERA),
}  # fmt: skip
_BELOW = {0x8769, 0x8825, 0xA005}
_WIDTH, _HEIGHT = 0xA002, 0xA003
_UNITS = {2: (3, 8), 4: (4, 5, 9, 10, 11, 13), 8: (12, 16, 17, 18)}
_UNIT_OF = {kind: unit for unit, kinds in _UNITS.items() for kind in kinds}
_LONG, _DEEPEST, _MOST_PAGES = 4, 3, 10_000


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
        """How many bytes it takes in a file."""
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


def read_tags(data: bytes) -> list[list[Tag]]:
    """Return the tags of each page. Those that cannot be read are left out."""
    pages: list[list[Tag]] = []
    try:
        order, at = read_order(data) or (Order("<"), 0)
        seen = set()
        while at and at not in seen and len(pages) < _MOST_PAGES:
            seen.add(at)
            pages.append(list(_tags(data, order, at, _DEEPEST)))
            at = next_directory(data, order, at)
    except NeedsMoreBytesError:
        pass
    return pages


def with_tags(
    encoded: bytes, pages: Sequence[Sequence[Tag]], sides: Sequence[tuple[int, int]]
) -> bytes:
    """Put tags into the pages of a freshly encoded file.

    Its directories are written anew at its end, and the sides that EXIF states are corrected.
    """
    found = read_order(encoded)
    if not found:
        return encoded
    order, at = found
    file = bytearray(encoded)
    link = 4
    for tags, page_sides in zip(pages, sides, strict=False):
        rows = {
            entry.tag: encoded[at + 2 + 12 * i :][:12]
            for i, entry in enumerate(entries(encoded, order, at))
        }
        fresh = [_corrected(tag, page_sides) for tag in tags if tag.number not in rows]
        following = next_directory(encoded, order, at)
        _pad(file)
        struct.pack_into(order.mark + "I", file, link, len(file))
        link = _append(file, order, rows, fresh)
        struct.pack_into(order.mark + "I", file, link, following)
        at = following
    return bytes(file)


def _tags(data: bytes, order: Order, at: int, depth: int) -> Iterator[Tag]:
    for entry in entries(data, order, at):
        if depth == _DEEPEST and entry.tag in _OF_THE_PIXELS:
            continue
        if entry.tag in _BELOW:
            if depth and (places := entry.integers(data, order)[:1]):
                below = tuple(_tags(data, order, places[0], depth - 1))
                yield Tag(entry.tag, _LONG, 1, below=below)
        elif entry.size and len(value := data[entry.at : entry.at + entry.size]) == entry.size:
            value = value if order.mark == "<" else _turned(value, _UNIT_OF.get(entry.kind, 1))
            yield Tag(entry.tag, entry.kind, entry.count, value)


def _append(file: bytearray, order: Order, rows: dict[int, bytes], tags: Sequence[Tag]) -> int:
    """Write a directory at the file's end; return where its link to the next one stands."""
    start, count = len(file), len(rows) + len(tags)
    file += struct.pack(order.mark + "H", count) + bytes(12 * count + 4)
    rows = rows | {tag.number: _row(file, order, tag) for tag in tags}
    file[start + 2 : start + 2 + 12 * count] = b"".join(rows[number] for number in sorted(rows))
    return start + 2 + 12 * count


def _row(file: bytearray, order: Order, tag: Tag) -> bytes:
    """The twelve bytes of a tag's row; what they have no room for is written at the file's end."""
    head = struct.pack(order.mark + "HHI", tag.number, tag.kind, tag.count)
    if tag.below:
        _pad(file)
        place = len(file)
        _append(file, order, {}, tag.below)
        return head + struct.pack(order.mark + "I", place)
    value = tag.data if order.mark == "<" else _turned(tag.data, _UNIT_OF.get(tag.kind, 1))
    if len(value) <= 4:  # noqa: PLR2004 - the room in a row
        return head + value.ljust(4, b"\0")
    _pad(file)
    place = len(file)
    file += value
    return head + struct.pack(order.mark + "I", place)


def _corrected(tag: Tag, sides: tuple[int, int]) -> Tag:
    below = tuple(_corrected(part, sides) for part in tag.below)
    if tag.number in {_WIDTH, _HEIGHT} and tag.count == 1:
        side = sides[0] if tag.number == _WIDTH else sides[1]
        return replace(tag, kind=_LONG, data=struct.pack("<I", side))
    return replace(tag, below=below)


def _turned(value: bytes, unit: int) -> bytes:
    """Turn the byte order of each number of `unit` bytes."""
    turned = bytearray(len(value))
    for i in range(unit):
        turned[i::unit] = value[unit - 1 - i :: unit]
    return bytes(turned)


def _pad(file: bytearray) -> None:
    """Directories and values start at even offsets."""
    file += bytes(len(file) % 2)
