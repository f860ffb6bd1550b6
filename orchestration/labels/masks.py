"""Masks as runs: lines of pixels, each a list of stretches that are set. Pure.

A mask is a list of lines. A line is a list of (start, end), in order, with gaps between them. The
lines of COCO are columns, those of CVAT rows. Each pixel of a mapped mask takes the value of the
source's pixel in which its centre lies.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise

from orchestration.labels.geometry import Mapping

Line = list[tuple[int, int]]
Lines = list[Line]


# In pixels: longer sides are of no photo, and would only take memory.
_LONGEST = 1_000_000


class RunsError(ValueError):
    """The runs do not form a mask of the given sides."""


def lines_of(counts: Sequence[int], many: int, length: int) -> Lines:
    """Return the lines for alternating counts; the first count is of pixels that are not set.

    Raises RunsError when they do not add up to `many` lines of that length.
    """
    check_sides(many, length)
    if any(count < 0 for count in counts) or sum(counts) != many * length:
        raise RunsError(f"runs of {sum(counts)} pixels are not a mask of {many}x{length}")
    lines: Lines = [[] for _ in range(many)]
    at, is_set = 0, False
    for count in counts:
        end = at + count
        while is_set and at < end:
            line, start = divmod(at, length)
            until = min(length, start + end - at)
            _add(lines[line], start, until)
            at += until - start
        at, is_set = end, not is_set
    return lines


def check_sides(*sides: float) -> None:
    """Raise RunsError if a mask cannot have such sides."""
    if max(sides) > _LONGEST:
        raise RunsError(f"a side of {max(sides):g} pixels is too long")


def counts_of(lines: Lines, length: int) -> list[int]:
    """Return alternating counts for lines of that length; the first is of pixels not set."""
    stretches: Line = []
    for number, line in enumerate(lines):
        for start, end in line:
            _add(stretches, number * length + start, number * length + end)
    counts, at = [], 0
    for start, end in stretches:
        counts += [start - at, end - start]
        at = end
    total = len(lines) * length
    return counts if counts and at == total else [*counts, total - at]


def mapped_columns(columns: Lines, mapping: Mapping) -> Lines:
    """Map a mask given by its columns; return columns again."""
    if mapping.swaps:
        columns = transposed(columns, round(mapping.source.height))
    wide, high = round(mapping.target.width), round(mapping.target.height)
    sources = _sources(wide, len(columns), mapping.x_ratio, mapping.x_offset)
    length = round(mapping.source.width if mapping.swaps else mapping.source.height)
    rows = _sources(high, length, mapping.y_ratio, mapping.y_offset)
    runs_backwards = mapping.y_ratio < 0
    if runs_backwards:
        rows.reverse()
    made: dict[int, Line] = {}
    for column in sources:
        if column not in made:
            line = _stretched(columns[column], rows)
            made[column] = (
                [(high - b, high - a) for a, b in reversed(line)] if runs_backwards else line
            )
    return [made[column] for column in sources]


def transposed(lines: Lines, length: int) -> Lines:
    """Return rows for columns, or columns for rows; the lines given are of that length."""
    across: Lines = [[] for _ in range(length)]
    begun = [0] * length
    is_set = bytearray(length)
    before: Line = []
    for number, line in enumerate([*lines, []]):
        for start, end in _differing(before, line):
            for at in range(start, end):
                if is_set[at]:
                    across[at].append((begun[at], number))
                begun[at] = number
                is_set[at] ^= 1
        before = line
    return across


def _sources(many: int, of: int, ratio: float, offset: float) -> list[int]:
    """Return, for each line of the target, the line of the source in which its centre lies."""
    return [min(of - 1, max(0, int((at + 0.5 - offset) / ratio))) for at in range(many)]


def _stretched(line: Line, rows: list[int]) -> Line:
    """Map the stretches of a line; `rows` has, in order, the source pixel of each new pixel."""
    made: Line = []
    for start, end in line:
        a, b = bisect_left(rows, start), bisect_left(rows, end)
        if a < b:
            _add(made, a, b)
    return made


def _differing(one: Line, other: Line) -> Iterable[tuple[int, int]]:
    """Return the stretches that only one of two lines has."""
    edges: list[int] = []
    for edge in sorted([edge for stretch in (*one, *other) for edge in stretch]):
        if edges and edges[-1] == edge:
            edges.pop()
        else:
            edges.append(edge)
    return list(pairwise(edges))[::2]


def _add(line: Line, start: int, end: int) -> None:
    if line and line[-1][1] == start:
        line[-1] = (line[-1][0], end)
    else:
        line.append((start, end))
