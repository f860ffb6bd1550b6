"""The values that go in and come out: budgets, formats, settings, renditions. All frozen."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from resize_core.errors import ChoiceError

Sampling = Literal["4:4:4", "4:2:2", "4:2:0"]
Quantization = Literal["uniform", "adaptive", "libjpeg"]
Strategy = Literal["best", "keep-pixels"]
Effort = Literal["balanced", "best"]
Orientation = Literal["tag", "upright"]
Colour = Literal["own", "srgb"]
Location = Literal["keep", "strip"]
Done = Literal["passed through", "trimmed", "recoded", "re-encoded", "scaled"]

_UNITS = {
    "": 1, "B": 1,
    "K": 10**3, "KB": 10**3, "KIB": 2**10,
    "M": 10**6, "MB": 10**6, "MIB": 2**20,
    "G": 10**9, "GB": 10**9, "GIB": 2**30,
}  # fmt: skip


MOST_BYTES = 10**12


@dataclass(frozen=True, slots=True, order=True)
class ByteBudget:
    """The maximum size of a rendition in bytes, at least 1. Raises ChoiceError."""

    size: int

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ChoiceError(f"a budget of {self.size} bytes fits no photo; give at least 1")

    def __int__(self) -> int:
        return self.size

    def __str__(self) -> str:
        return f"{self.size:,} byte{'' if self.size == 1 else 's'}"

    @classmethod
    def parse(cls, text: str) -> "ByteBudget":
        """Read a budget as people write it: 6000000, 6MB, 1.5 MB (decimal), 4 MiB (binary).

        Raises ChoiceError.
        """
        number = re.fullmatch(r"([0-9][0-9_]*(?:\.[0-9]+)?) *([A-Za-z]*)", text.strip())
        if number is None or number[2].upper() not in _UNITS:
            raise ChoiceError(f"{text!r} is not a valid budget; use bytes, 6MB or 4 MiB")
        size = float(number[1]) * _UNITS[number[2].upper()]
        if size > MOST_BYTES:
            raise ChoiceError(
                f"a budget of {text.strip()} is more than any photo needs; give at most 1000GB"
            )
        return cls(int(size))


@dataclass(frozen=True, slots=True)
class Shown:
    """How a viewer shows the stored picture.

    `turn` is the EXIF orientation, 1 (as stored) to 8, or its equivalent in boxes; None if the
    given bytes do not contain it. `sides` are width and height, before that turn, of the part that
    is shown, if that is not all.
    """

    turn: int | None
    sides: tuple[int, int] | None = None


Named = tuple[str, ...]
"""Names of data in a file that a new file made from it lacks."""


def _itself(data: bytes) -> bytes:
    return data


def _as_stored(_: bytes) -> Shown:
    return Shown(1)


def _trimmed_of_nothing(_: Any, __: int) -> Iterator[tuple[bytes, Named]]:
    yield from ()


def _unharmed(data: bytes) -> list[tuple[bytes, Named]]:
    return [(data, ())]


def _no_blocks(_: Any) -> list[bytes]:
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One image format, in one row: all that the rest of the project needs to know of it.

    `signature` matches the start of its files. `read_sides` takes the head of a file and returns
    width and height as stored, in pixels; it raises NeedsMoreBytesError, BrokenError or
    UnsupportedError. `read_shown` takes the same head and raises nothing. `end_marker` matches the
    last bytes of a complete file; None if they do not show it.

    `parse` takes a whole file, and what it returns is the `file` of these functions:

    `check_whole` raises TruncatedError or BrokenError if the file visibly ends too early. `trims`
    yields the file with less and less data besides the picture, and the names of what was removed.
    `without_location` returns the file without the location, or None if that requires encoding it
    again. Both leave pixels unchanged. `repairs` returns possible repairs of a file with harmless
    damage, the most likely first, each with the names of its repairs; for an undamaged file, the
    file itself and no names. `exif_blocks` returns the EXIF blocks.

    `codec` is the name of the module whose CODEC reads and writes the pixels; it is imported when
    first needed. A format that is not written has renditions in another format only.
    """

    name: str
    mime_type: str
    suffixes: tuple[str, ...]
    signature: re.Pattern[bytes] = field(repr=False)
    codec: str = field(repr=False)
    read_sides: Callable[[bytes], tuple[int, int]] = field(repr=False)
    check_whole: Callable[[Any], None] = field(repr=False)
    without_location: Callable[[Any], bytes | None] = field(repr=False)
    read_shown: Callable[[bytes], Shown] = field(default=_as_stored, repr=False)
    end_marker: re.Pattern[bytes] | None = field(default=None, repr=False)
    parse: Callable[[bytes], Any] = field(default=_itself, repr=False)
    trims: Callable[[Any, int], Iterator[tuple[bytes, Named]]] = field(
        default=_trimmed_of_nothing, repr=False
    )
    repairs: Callable[[Any], list[tuple[bytes, Named]]] = field(default=_unharmed, repr=False)
    exif_blocks: Callable[[Any], list[bytes]] = field(default=_no_blocks, repr=False)
    is_written: bool = True


@dataclass(frozen=True, slots=True)
class Header:
    """The format of a photo, its sides as stored in pixels, and how it is shown.

    All of that is read from its first bytes.
    """

    format: Format
    width: int
    height: int
    shown: Shown = Shown(None)

    @property
    def sides(self) -> tuple[int, int]:
        """Width and height, before any turn, of the part of the picture that is shown."""
        return self.shown.sides or (self.width, self.height)


# The words for quantizations in stamps.
_STORED_NAMES = {"uniform": "even", "adaptive": "adaptive", "libjpeg": "plain"}


@dataclass(frozen=True, slots=True)
class Setting:
    """The settings of an encoder.

    `scale` is the share of the source's sides that remains, 0 to 1. `quality` runs from 0 to 100
    on the format's own scale; None is the least lossy re-coding of the format: without loss, or
    with the photo's own quantization tables. `sampling` is the chroma subsampling, where a format
    offers more than one. `quantization` is how a JPEG encoder quantizes, where there is a choice:
    jpegli with one step everywhere ('uniform'), jpegli with finer steps where errors show
    ('adaptive'), or libjpeg.
    """

    scale: float
    quality: float | None = None
    sampling: Sampling | None = None
    quantization: Quantization | None = None

    def __str__(self) -> str:
        """Return the text that stamps of renditions store: its words must stay as they are."""
        stored = self.quantization and _STORED_NAMES[self.quantization]
        return (
            f"Setting(scale={self.scale!r}, quality={self.quality!r}, "
            f"sampling={self.sampling!r}, manner={stored!r})"
        )


@dataclass(frozen=True, slots=True)
class Rendition:
    """A photo made to fit, never larger than its budget.

    `width`, `height` and the source's are as stored, in pixels, before any turn; of a source that
    shows a part of its pixels, they are that part's. `turn` and `source_turn` are EXIF
    orientations, 1 to 8, None if unknown. `picture_hash` is the perceptual hash, 64 bits, of
    what is shown; None if the photo was not decoded or is flat. `source_format` differs from
    `format` if the photo's format was not accepted. `dropped` names the data of the photo that the
    rendition lacks. `encodes` is the number of full encodings.
    """

    data: bytes = field(repr=False)
    format: Format
    width: int
    height: int
    source_width: int
    source_height: int
    source_format: Format
    done: Done
    setting: Setting | None = None
    dropped: tuple[str, ...] = ()
    encodes: int = 0
    source_turn: int | None = None
    turn: int | None = None
    picture_hash: int | None = None
