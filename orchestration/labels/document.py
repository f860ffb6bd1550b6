"""What a label file is to those who map it: photos by name, whose coordinates change in place."""

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
    """A label file that cannot be read, or that is not of the form it was taken for."""


class OptionError(Exception):
    """An option that a label file needs, or that does not go with it."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A photo as a label file has it: the name it is called there, and the sides stated for it.

    `key` is the file's own for it. `has_suffix` is false where only the name without its suffix is
    known, and `sides` is None where none are stated.
    """

    key: Hashable
    name: str
    sides: Size | None = None
    has_suffix: bool = True


@dataclass(frozen=True, slots=True)
class Move:
    """How the labels of one photo are to be mapped: in pixels, and what it is called afterwards.

    `rendition` are the sides of the rendition, in pixels, along the axes of the mapping's source.
    `renamed` returns, for the name that a label file has, the one it is to have. `trace` collects
    the outlines of labels where it is given. `mapper` is the class that maps, or one like it.
    """

    mapping: Mapping
    rendition: Size
    renamed: Callable[[str], str]
    trace: Trace | None = None
    mapper: Callable[..., Mapper] = Mapper

    def in_pixels(self) -> Mapper:
        """Return what maps pixels."""
        return self._mapper(self.mapping)

    def in_shares(self, whole: float = 1.0) -> Mapper:
        """Return what maps shares of the sides; `whole` is what a whole side is: 1, or 100."""
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

    `profile` is the frame that its tool always writes, None where tools differ. `notes` are
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
        """Leave a photo and its labels out."""
        ...

    def save(self, path: Path) -> None:
        """Write the file, or the folder. Raises OSError."""
        ...
