"""The values that go in and come out: budgets, formats, settings, renditions. All frozen."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

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
    """The most bytes a rendition may weigh: at least one. Raises ChoiceError."""

    size: int

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ChoiceError(f"a budget of {self.size} bytes holds nothing; give at least 1")

    def __int__(self) -> int:
        return self.size

    def __str__(self) -> str:
        return f"{self.size:,} bytes"

    @classmethod
    def parse(cls, text: str) -> "ByteBudget":
        """Read a budget as people write it: 6000000, 6MB, 1.5 MB (decimal), 4 MiB (binary).

        Raises ChoiceError.
        """
        number = re.fullmatch(r"([0-9][0-9_]*(?:\.[0-9]+)?) *([A-Za-z]*)", text.strip())
        if number is None or number[2].upper() not in _UNITS:
            raise ChoiceError(f"{text!r} is no budget; write bytes, or 6MB, or 4 MiB")
        size = float(number[1]) * _UNITS[number[2].upper()]
        if size > MOST_BYTES:
            raise ChoiceError(f"a budget of {text.strip()} is more than any photo takes")
        return cls(int(size))


@dataclass(frozen=True, slots=True)
class Shown:
    """How a viewer shows the stored picture.

    `turn` is the EXIF orientation, 1 (as stored) to 8, or what boxes of the same meaning say; None
    where the bytes at hand do not say it. `sides` are width and height, before that turn, of the
    part that is shown, where that is not all of it.
    """

    turn: int | None
    sides: tuple[int, int] | None = None


def _as_stored(_: bytes) -> Shown:
    return Shown(1)


def _as_it_is(data: bytes) -> list[tuple[bytes, tuple[str, ...]]]:
    return [(data, ())]


@dataclass(frozen=True, slots=True)
class Format:
    """One format of photos: how to tell it by its bytes, and what its bytes tell undecoded.

    `read_sides` takes the head of a file and returns width and height as stored, in pixels; it
    raises NeedsMoreBytesError or BrokenError. `check_whole` takes a whole file and raises
    TruncatedError or BrokenError where it visibly stops before its end. `trims` yields the file
    with less and less beside the picture, pixels untouched, and the names of what it left out.
    `without_location` returns a whole file without what tells where the photo was taken, pixels
    untouched; None where only encoding it anew leaves that behind. `forms` returns what a whole
    file with harmless damage may have been meant to be, the likeliest first, and names of what each
    form mends; one form, unmended, if all is well. A format that is only `read` has no encoder
    here. `read_shown` takes the head of a file whose sides could be read, and raises nothing.
    """

    name: str
    mime_type: str
    suffixes: tuple[str, ...]
    signature: re.Pattern[bytes] = field(repr=False)
    read_sides: Callable[[bytes], tuple[int, int]] = field(repr=False)
    check_whole: Callable[[bytes], None] = field(repr=False)
    trims: Callable[[bytes], Iterator[tuple[bytes, tuple[str, ...]]]] = field(repr=False)
    without_location: Callable[[bytes], bytes | None] = field(repr=False)
    forms: Callable[[bytes], list[tuple[bytes, tuple[str, ...]]]] = field(
        default=_as_it_is, repr=False
    )
    is_written: bool = True
    read_shown: Callable[[bytes], Shown] = field(default=_as_stored, repr=False)


@dataclass(frozen=True, slots=True)
class Header:
    """What a photo's first bytes tell: its format, its sides as stored, and how it is shown.

    Sides are in pixels, and those of all that is stored.
    """

    format: Format
    width: int
    height: int
    shown: Shown = Shown(None)

    @property
    def sides(self) -> tuple[int, int]:
        """Width and height, before any turn, of the part of the picture that is shown."""
        return self.shown.sides or (self.width, self.height)


# What stamps of renditions call a quantization.
_STORED_NAMES = {"uniform": "even", "adaptive": "adaptive", "libjpeg": "plain"}


@dataclass(frozen=True, slots=True)
class Setting:
    """What an encoder is asked for.

    `scale` is the share of the source's sides that remains, 0 to 1. `quality` runs from 0 to 100
    on the format's own scale; None is the gentlest re-coding the format has: without loss, or
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
    """A photo made to fit: never heavier than its budget.

    `width`, `height` and the source's are as stored, in pixels, before any turn; of a source that
    shows a part of its pixels, they are that part's. `turn` and `source_turn` are EXIF
    orientations, 1 to 8, None where unknown. `source_format` is another one than
    `format` where the photo's was not accepted. `dropped` names what the photo carried and the
    rendition does not. `encodes` counts the full encodings it took.
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
