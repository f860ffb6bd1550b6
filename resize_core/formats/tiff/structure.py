"""The structure of a TIFF file: one directory per page, which points at strips or tiles of pixels.

Source: TIFF 6.0 (Adobe, 1992); BigTIFF (Aware Systems); NewSubfileType and SubIFDs: TIFF 6.0 and
Adobe PageMaker 6.0 TIFF Technical Notes.
"""

from collections.abc import Sequence

from resize_core.errors import (
    BrokenError,
    NeedsMoreBytesError,
    TruncatedError,
    UnsupportedError,
)
from resize_core.formats.tiff.page import (
    ORIENTATION,
    STRIP_SIZES,
    STRIPS,
    SUB_DIRECTORIES,
    TILE_SIZES,
    TILES,
    Page,
    order_of,
    read_page,
    read_pages,
)
from resize_core.formats.tiff.tags import BELOW, CREDENTIALS, POINTERS
from resize_core.metadata import location
from resize_core.metadata.ifd import next_directory
from resize_core.model import Shown

# Where the pixels lie, and how many bytes are there.
_PLACES = ((STRIPS, STRIP_SIZES), (TILES, TILE_SIZES))
_CANON = slice(8, 10), b"CR"
_MOST_BELOW = 100


def read_sides(head: bytes) -> tuple[int, int]:
    """Return width and height of the first page that is a picture. See `Format.read_sides`.

    Raises UnsupportedError for a camera's raw file: its first page is a thumbnail.
    """
    return _shown_page(head).sides


def read_shown(head: bytes) -> Shown:
    """See `Format.read_shown`: by the page whose sides `read_sides` returns."""
    try:
        turn = _shown_page(head).first(ORIENTATION, 1)
    except (BrokenError, NeedsMoreBytesError, UnsupportedError):
        return Shown(None)
    return Shown(turn if 1 <= turn <= 8 else 1)  # noqa: PLR2004 - the values TIFF 6.0 defines


def _shown_page(head: bytes) -> Page:
    pages = read_pages(head)
    first = next(pages, None)
    if first is None:
        raise BrokenError("TIFF", "it has no page")
    check_not_raw(head, first)
    if not (first.is_reduced or first.is_mask):
        return first
    return next((page for page in pages if not (page.is_reduced or page.is_mask)), first)


def check_not_raw(data: bytes, first: Page) -> None:
    """Raises UnsupportedError for a camera's raw file.

    It also raises it if the picture is in a subdirectory of a smaller first page.
    """
    if data[_CANON[0]] == _CANON[1]:
        raise UnsupportedError("TIFF", "a camera's raw file, CR2")
    below = _below(data, first) if first.is_reduced or first.is_of_a_camera else []
    if any(page.is_of_a_sensor for page in (first, *below)):
        raise UnsupportedError("TIFF", f"a camera's raw file, {first.maker(data)}")
    if first.is_reduced and any(not page.is_reduced for page in below if not page.is_mask):
        raise UnsupportedError("TIFF", "its picture is in a subdirectory of a smaller one")


def pictures(pages: Sequence[Page]) -> tuple[list[Page], tuple[str, ...]]:
    """Return the pages that are pictures of their own, and the names of the others."""
    whole = [page for page in pages if not (page.is_reduced or page.is_mask)] or list(pages[:1])
    others = [page for page in pages if page not in whole]
    names = (
        "mask pages" if any(page.is_mask for page in others) else "",
        "overview pages" if any(not page.is_mask for page in others) else "",
        "pages in subdirectories" if any(_has_below(page) for page in pages) else "",
        "content credentials" if any(CREDENTIALS in page.entries for page in whole) else "",
    )
    return whole, tuple(name for name in names if name)


def check_whole(data: bytes) -> None:
    """See `Format.check_whole`."""
    try:
        if _end(data) > len(data):
            raise TruncatedError("TIFF", "its pixels end early")
    except NeedsMoreBytesError as error:
        raise TruncatedError("TIFF", "a directory of it is missing") from error


def without_location(data: bytes) -> bytes:
    """See `Format.without_location`."""
    return location.strip_tiff(data)


def _has_below(page: Page) -> bool:
    """Return whether it points at directories that are dropped: usually other pictures."""
    strange = page.entries.keys() - BELOW
    return SUB_DIRECTORIES in strange or any(page.entries[t].kind in POINTERS for t in strange)


def _below(data: bytes, page: Page) -> list[Page]:
    """Return the pages below a page, and those that follow each. Raises NeedsMoreBytesError."""
    order, _ = order_of(data)
    found: dict[int, Page] = {}
    for start in page.numbers.get(SUB_DIRECTORIES, ()):
        at = start
        while at and at not in found and len(found) < _MOST_BELOW:
            found[at] = read_page(data, order, at)
            at = next_directory(data, order, at)
    return list(found.values())


def _end(data: bytes) -> int:
    """Return the end of the last strip or tile of any page."""
    order, _ = order_of(data)
    end, values = 0, 0
    for page in read_pages(data):
        for places, sizes in _PLACES:
            if {places, sizes} <= page.entries.keys():
                starts, lengths = (page.entries[t].integers(data, order) for t in (places, sizes))
                end = max([end, *(a + b for a, b in zip(starts, lengths, strict=False))])
                values += len(starts)
        values += len(page.entries)
        if values > len(data):
            raise BrokenError("TIFF", "its pages overlap")
    return end
