"""Run-length masks of COCO: counts down the columns, plain or as text.

The text contains each count in groups of five bits, the lowest first. From the fourth count on, the
difference to the count two before is stored. A sixth bit is set if more groups follow; the highest
bit of the last group is the sign. Groups are characters from "0" on. Source: the description of the
format in COCO's own tools.
"""

from typing import Any

from orchestration.labels.document import LabelFileError
from orchestration.labels.json_files import numbers
from orchestration.labels.mapping import CannotMapError, Mapper
from orchestration.labels.masks import RunsError, counts_of, lines_of

_ZERO, _MORE, _SIGN, _VALUE = 48, 0x20, 0x10, 0x1F


def map_mask(segmentation: dict[str, Any], pixels: Mapper) -> None:
    """Change a mask in place, its `size` (height, width) too. Raises CannotMapError."""
    height, width = numbers(segmentation.get("size"), "a mask's size", 2)
    source = pixels.mapping.source
    if (width, height) != (source.width, source.height):
        raise CannotMapError(
            f"it has a mask of {width:g}x{height:g} px on a picture of "
            f"{source.width:g}x{source.height:g} px"
        )
    stored = segmentation.get("counts")
    try:
        counts = decoded(stored) if isinstance(stored, str) else _whole(stored)
        columns = lines_of(counts, int(width), int(height))
    except RunsError as error:
        raise CannotMapError(f"it has an invalid mask: {error}") from None
    sides = pixels.mapping.target
    made = counts_of(pixels.mask(columns), round(sides.height))
    segmentation["size"] = [round(sides.height), round(sides.width)]
    segmentation["counts"] = encoded(made) if isinstance(stored, str) else made


def decoded(text: str) -> list[int]:
    """Return the counts of a text. Raises RunsError."""
    counts: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - _ZERO
        if not 0 <= bits < 2 * _MORE:
            raise RunsError(f"{character!r} is not a character of run lengths")
        value |= (bits & _VALUE) << shift
        shift += 5
        if bits & _MORE:
            continue
        if bits & _SIGN:
            value -= 1 << shift
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))  # noqa: PLR2004 -- the first three stand alone
        value = shift = 0
    if shift:
        raise RunsError("the text of run lengths ends in the middle of one")
    return counts


def encoded(counts: list[int]) -> str:
    """Return the text of counts."""
    text: list[str] = []
    for at, count in enumerate(counts):
        value = count - (counts[at - 2] if at > 2 else 0)  # noqa: PLR2004 -- the first three stand alone
        while True:
            bits, value = value & _VALUE, value >> 5
            is_last = value == (-1 if bits & _SIGN else 0)
            text.append(chr(_ZERO + (bits if is_last else bits | _MORE)))
            if is_last:
                break
    return "".join(text)


def _whole(stored: object) -> list[int]:
    counts = numbers(stored, "a mask's counts")
    if not all(float(count).is_integer() for count in counts):
        raise LabelFileError("the counts of a mask are not whole numbers")
    return [int(count) for count in counts]
