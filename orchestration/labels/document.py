"""The interface of a label file: photos by name, whose coordinates are changed in place."""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from orchestration.labels.examples import Trace
from orchestration.labels.geometry import Frame, Mapping, Size, mapping
from orchestration.labels.mapping import Mapper

PHOTO_SUFFIXES = frozenset(
    {
        ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".tif", ".tiff",
        ".gif", ".bmp", ".dib", ".avif", ".avifs", ".heic", ".heif",
    }
)  # fmt: skip
"""How names of photos end, in lower case."""


class LabelFileError(Exception):
    """A label file cannot be read, or has another form than expected."""


class OptionError(Exception):
    """A label file needs an option, or an option does not fit it."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A photo in a label file: its name there, and its width and height there.

    `key` identifies it in the file. `has_suffix` is false if only the name without its suffix is
    known, and `sides` is None if the file has none.
    """

    key: Hashable
    name: str
    sides: Size | None = None
    has_suffix: bool = True


@dataclass(frozen=True, slots=True)
class Move:
    """How to map the labels of one photo, in pixels, and how to rename it.

    `rendition` are the sides of the rendition, in pixels, along the axes of the mapping's source.
    `renamed` returns the new name for a name in the label file. `trace` collects the outlines of
    labels, if given. `mapper` is the class that maps.
    """

    mapping: Mapping
    rendition: Size
    renamed: Callable[[str], str]
    trace: Trace | None = None
    mapper: Callable[..., Mapper] = Mapper

    def in_pixels(self) -> Mapper:
        """Return a mapper of pixels."""
        return self._mapper(self.mapping)

    def in_shares(self, whole: float = 1.0) -> Mapper:
        """Return a mapper of shares of the sides; `whole` is the value of a side: 1 or 100."""
        unit = Size(whole, whole)
        return self._mapper(mapping(unit, self.mapping.turn, unit))

    def _mapper(self, there: Mapping) -> Mapper:
        sides = there.source
        floor = Size(
            2 * sides.width / self.rendition.width, 2 * sides.height / self.rendition.height
        )
        return self.mapper(there, floor, trace=self.trace)


class Document(Protocol):
    """A label file in memory.

    `profile` is the frame that its tool always writes, None if tools differ. `notes` are
    sentences about the file as a whole.
    """

    profile: Frame | None
    notes: list[str]

    def photos(self) -> Iterator[Labelled]:
        """Yield every photo once."""
        ...

    def map(self, photo: Labelled, move: Move) -> Mapper:
        """Change the coordinates of a photo's labels, its sides and its name in place.

        Raises CannotMapError, after which the photo must be dropped; LabelFileError.
        """
        ...

    def drop(self, photo: Labelled) -> None:
        """Remove a photo and its labels."""
        ...

    def save(self, path: Path) -> None:
        """Write the file, or the folder. Raises OSError."""
        ...
