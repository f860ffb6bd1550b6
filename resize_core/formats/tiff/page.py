"""One page of a TIFF file: how its pixels are stored, from its directory.

If a tag occurs twice, as in descriptions by tifffile and others, the first one counts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from resize_core.errors import BrokenError
from resize_core.metadata.ifd import Entry, Order, entries, next_directory, read_order

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER = 256, 257, 258, 259, 262, 266
SAMPLES, PLANAR, INK_SET, SUB_DIRECTORIES, EXTRAS, FORMATS, SUBSAMPLING = (
    277, 284, 332, 330, 338, 339, 530,
)  # fmt: skip
STRIPS, STRIP_SIZES, TILES, TILE_SIZES = 273, 279, 324, 325
ORIENTATION = 274
_KIND, _OLD_KIND, _MAKE, _DNG = 254, 255, 271, 0xC612
_REDUCED, _MASK, _OLD_REDUCED = 1, 4, 2
_COLOUR_FILTER, _LINEAR_RAW = 32803, 34892
_SHORT_LISTS = {
    WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER, SAMPLES, PLANAR, INK_SET,
    SUB_DIRECTORIES, EXTRAS, FORMATS, SUBSAMPLING, ORIENTATION, _KIND, _OLD_KIND,
}  # fmt: skip
_MOST_VALUES = 1_000
_MOST_PAGES = 10_000


@dataclass(frozen=True, slots=True)
class Page:
    """A directory: its entries, and the values of those that describe how pixels are stored."""

    at: int
    entries: Mapping[int, Entry]
    numbers: Mapping[int, tuple[int, ...]]

    def first(self, tag: int, default: int) -> int:
        """Return the first value of a tag, or its default."""
        return self.numbers.get(tag, (default,))[0]

    def each(self, tag: int, default: int) -> tuple[int, ...]:
        """Return a value for each sample; a single value applies to all."""
        values = self.numbers.get(tag, (default,))
        return values * self.samples if len(values) == 1 else values[: self.samples]

    @property
    def sides(self) -> tuple[int, int]:
        """Width and height in pixels. Raises BrokenError if there are none."""
        if not {WIDTH, HEIGHT} <= self.numbers.keys():
            raise BrokenError("TIFF", "its page has no width or height")
        return self.first(WIDTH, 0), self.first(HEIGHT, 0)

    @property
    def samples(self) -> int:
        """How many values each pixel has."""
        return self.first(SAMPLES, 1)

    @property
    def extras(self) -> tuple[int, ...]:
        """The meaning of samples that are not colours: 0 unknown, 1 and 2 opacity."""
        return self.numbers.get(EXTRAS, ())

    @property
    def is_mask(self) -> bool:
        """Whether it is a mask for another page."""
        return bool(self.first(_KIND, 0) & _MASK)

    @property
    def is_reduced(self) -> bool:
        """Whether it shows another page at a smaller size."""
        is_old = _KIND not in self.numbers and self.first(_OLD_KIND, 0) == _OLD_REDUCED
        return is_old or bool(self.first(_KIND, 0) & _REDUCED)

    @property
    def is_of_a_sensor(self) -> bool:
        """Whether it contains a camera's sensor data, which is not a picture."""
        return self.first(PHOTOMETRIC, 0) in {_COLOUR_FILTER, _LINEAR_RAW}

    @property
    def is_of_a_camera(self) -> bool:
        """Whether it may belong to a camera's raw file."""
        return _MAKE in self.entries or _DNG in self.entries

    def maker(self, data: bytes) -> str:
        """Return 'DNG', or the maker of the camera."""
        if _DNG in self.entries:
            return "DNG"
        make = self.entries.get(_MAKE)
        text = data[make.at : make.at + min(make.size, 40)] if make else b""
        return text.split(b"\0")[0].decode("ascii", "replace").strip() or "of an unknown camera"


def read_page(data: bytes, order: Order, at: int) -> Page:
    """Read the directory at an offset. Raises NeedsMoreBytesError."""
    found: dict[int, Entry] = {}
    for entry in entries(data, order, at):
        found.setdefault(entry.tag, entry)
    numbers = {
        tag: values
        for tag in _SHORT_LISTS & found.keys()
        if found[tag].count <= _MOST_VALUES and (values := found[tag].integers(data, order))
    }
    return Page(at, found, numbers)


def read_pages(data: bytes) -> Iterator[Page]:
    """Yield the pages one after another. Raises BrokenError, NeedsMoreBytesError."""
    order, at = order_of(data)
    seen: set[int] = set()
    while at and at not in seen and len(seen) < _MOST_PAGES:
        seen.add(at)
        yield read_page(data, order, at)
        at = next_directory(data, order, at)


def order_of(data: bytes) -> tuple[Order, int]:
    """Return the byte order of a file and the offset of its first directory. Raises BrokenError."""
    found = read_order(data)
    if not found:
        raise BrokenError("TIFF", "its header is damaged")
    return found
