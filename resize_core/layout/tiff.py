"""How a TIFF file is laid out: directories, one a page, that point at strips or tiles of pixels.

Source: TIFF 6.0 (Adobe, 1992); BigTIFF (Aware Systems).
"""

from collections.abc import Iterator

from resize_core.errors import BrokenError, NeedsMoreBytesError, TruncatedError
from resize_core.layout.ifd import entries, next_directory, read_order

_WIDTH, _HEIGHT = 0x0100, 0x0101
# Where the pixels lie, and how many bytes are there: strips, then tiles.
_PLACES = ((0x0111, 0x0117), (0x0144, 0x0145))


def read_sides(head: bytes) -> tuple[int, int]:
    """Return width and height of the first page. See `Format.read_sides`."""
    found = read_order(head)
    if not found:
        raise BrokenError("TIFF", "its header is damaged")
    order, at = found
    sides = {
        entry.tag: side
        for entry in entries(head, order, at)
        if entry.tag in {_WIDTH, _HEIGHT}
        for side in entry.integers(head, order)[:1]
    }
    if len(sides) < 2:  # noqa: PLR2004 - both sides
        raise BrokenError("TIFF", "its first page states no sides")
    return sides[_WIDTH], sides[_HEIGHT]


def check_whole(data: bytes) -> None:
    """See `Format.check_whole`."""
    try:
        if _end(data) > len(data):
            raise TruncatedError("TIFF", "its pixels end early")
    except NeedsMoreBytesError as error:
        raise TruncatedError("TIFF", "a directory of it is missing") from error


def trims(_: bytes) -> Iterator[tuple[bytes, tuple[str, ...]]]:
    """Nothing can be left out: what lies where is known only to its tags. See `Format.trims`."""
    yield from ()


def _end(data: bytes) -> int:
    """Where the last strip or tile of any page ends."""
    found = read_order(data)
    if not found:
        raise BrokenError("TIFF", "its header is damaged")
    order, at = found
    end, seen, values = 0, set(), 0
    while at and at not in seen:
        seen.add(at)
        page = {entry.tag: entry for entry in entries(data, order, at)}
        for places, sizes in _PLACES:
            if places in page and sizes in page:
                starts, lengths = (page[tag].integers(data, order) for tag in (places, sizes))
                end = max([end, *(a + b for a, b in zip(starts, lengths, strict=False))])
                values += len(starts)
        values += len(page)
        if values > len(data):
            raise BrokenError("TIFF", "its pages lie on top of each other")
        at = next_directory(data, order, at)
    return end
