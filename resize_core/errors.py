"""Errors of one photo, which are permanent, and errors of the options."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import ClassVar


class ResizeError(Exception):
    """A permanent error of one photo. `reason` is one word for it, for records and counts.

    Its arguments are its facts, so that it can be pickled.
    """

    reason: ClassVar[str] = "refused"


class NotAPhotoError(ResizeError):
    """The bytes are of no format we read."""

    reason = "not-a-photo"

    def __init__(self, found: str) -> None:
        super().__init__(found)
        self.found = found

    def __str__(self) -> str:
        return f"not a photo of a format we read: it {self.found}"


class BrokenError(ResizeError):
    """The bytes begin like a photo but cannot be read as one."""

    reason = "broken"

    def __init__(self, format_name: str, fault: str) -> None:
        super().__init__(format_name, fault)
        self.format_name = format_name
        self.fault = fault

    def __str__(self) -> str:
        return f"a broken {self.format_name} file: {self.fault}; download it again from its source"


class TruncatedError(BrokenError):
    """The photo is truncated, for example by an interrupted upload."""

    reason = "truncated"

    def __str__(self) -> str:
        article = "an" if self.format_name[0] in "AEIO" else "a"
        return (
            f"{article} {self.format_name} file cut short: {self.fault}; "
            "upload the whole photo again"
        )


class UnsupportedError(ResizeError):
    """An undamaged photo of a variety that cannot be read, or not be written in its own format.

    `variety` is what was found, `remedy` is what to do.
    """

    reason = "unsupported"

    def __init__(self, format_name: str, variety: str, remedy: str = "convert it") -> None:
        super().__init__(format_name, variety, remedy)
        self.format_name = format_name
        self.variety = variety
        self.remedy = remedy

    def __str__(self) -> str:
        return f"unsupported {self.format_name}: {self.variety}; {self.remedy}"


class TooLargeError(ResizeError):
    """The photo has more pixels than allowed: it is huge, or a decompression bomb."""

    reason = "too-large"

    def __init__(self, pixels: int, at_most: int) -> None:
        super().__init__(pixels, at_most)
        self.pixels = pixels
        self.at_most = at_most

    def __str__(self) -> str:
        return (
            f"its {self.pixels:,} pixels are more than the {self.at_most:,} we decode; "
            "if it is no decompression bomb, raise max_source_pixels"
        )


class BadShapeError(ResizeError):
    """The photo is longer and narrower than allowed, and scaling does not change that."""

    reason = "bad-shape"

    def __init__(self, width: int, height: int, max_aspect: float) -> None:
        super().__init__(width, height, max_aspect)
        self.width = width
        self.height = height
        self.max_aspect = max_aspect

    def __str__(self) -> str:
        return (
            f"{self.width}x{self.height} px is more than {self.max_aspect:g} times as long as "
            "wide, and scaling keeps the shape; crop it"
        )


class CannotFitError(ResizeError):
    """No rendition the options allow is small enough; `smallest` is the least size, in bytes."""

    reason = "cannot-fit"

    def __init__(self, budget: int, smallest: int) -> None:
        super().__init__(budget, smallest)
        self.budget = budget
        self.smallest = smallest

    def __str__(self) -> str:
        budget = f"{self.budget:,} byte{'' if self.budget == 1 else 's'}"
        return (
            f"it cannot be made to fit {budget}; the smallest rendition the options "
            f"allow is {self.smallest:,} bytes: raise the budget, or allow fewer pixels"
        )


class NeedsMoreBytesError(Exception):
    """The given head of the photo is too short; this is not an error of the photo.

    `needed` is the number of bytes from the photo's start that are enough, or that lead further.
    """

    def __init__(self, needed: int) -> None:
        super().__init__(needed)
        self.needed = needed

    def __str__(self) -> str:
        return (
            f"the first {self.needed:,} bytes of the photo are needed to read its width and height"
        )


def missing(count: int) -> str:
    """Return the words for bytes that are missing."""
    return "1 byte is missing" if count == 1 else f"{count:,} bytes are missing"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean ...?" with the known word most similar to `word`, or ''."""
    by_folded = {one.casefold(): one for one in known}
    nearest = get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return f"; did you mean {by_folded[nearest[0]]}?" if nearest else ""


class ChoiceError(ValueError):
    """An invalid budget or option; `choice` is its name. Not an error of a photo."""

    def __init__(self, problem: str, choice: str = "budget") -> None:
        super().__init__(problem)
        self.choice = choice

    def __reduce__(self) -> tuple[type["ChoiceError"], tuple[str, str]]:
        return type(self), (str(self), self.choice)
