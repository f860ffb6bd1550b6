"""Draws bar charts for the UI: SVG inside Markdown. Pure."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from math import floor, log2

from rich.filesize import decimal

from orchestration.escaping import in_xml

BEFORE, AFTER = "#9aa5b1", "#2d7d9a"
_TEXT = "#5b6770"
_WIDTH, _LABELS, _ROW, _BAR = 560, 150, 30, 10
# Two classes per doubling of the size, such as 4.2 MB to 5.9 MB.
_CLASSES_PER_OCTAVE = 2
_MOST_LABEL = 22


def class_of(size: int) -> int:
    """Return the class of sizes that a number of bytes falls into."""
    return floor(_CLASSES_PER_OCTAVE * log2(max(size, 1)))


def histogram(before: Mapping[int, int], after: Mapping[int, int]) -> str:
    """Draw the number of photos and renditions in each class of sizes."""
    classes = sorted(before.keys() | after.keys())
    rows = [
        (_sizes(one), float(before.get(one, 0)), float(after.get(one, 0)))
        for one in range(classes[0], classes[-1] + 1)
    ]
    return bars(rows, [(f"{left:,.0f}", f"{right:,.0f}") for _, left, right in rows])


def weights(rows: Sequence[tuple[str, int, int]]) -> str:
    """Draw the total size of the photos and the renditions of several folders."""
    texts = [(decimal(before), decimal(after)) for _, before, after in rows]
    return bars([(label, float(before), float(after)) for label, before, after in rows], texts)


def bars(rows: Sequence[tuple[str, float, float]], texts: Sequence[tuple[str, str]]) -> str:
    """Draw two bars per row, before and after: a label to the left, numbers to the right."""
    longest = max((max(before, after) for _, before, after in rows), default=0) or 1
    room = _WIDTH - _LABELS - 70
    height = _ROW * len(rows) + 24
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}"',
        f' font-family="sans-serif" font-size="11" fill="{_TEXT}">',
        *_legend(),
    ]
    for at, ((label, *lengths), numbers) in enumerate(zip(rows, texts, strict=True)):
        top = 24 + at * _ROW
        short = label if len(label) <= _MOST_LABEL else f"…{label[-_MOST_LABEL + 1 :]}"
        drawn.append(f'<text x="0" y="{top + 14}">{in_xml(short)}</text>')
        for below, length, number, colour in zip(
            (0, _BAR + 1), lengths, numbers, (BEFORE, AFTER), strict=True
        ):
            width = length / longest * room
            drawn.append(
                f'<rect x="{_LABELS}" y="{top + below}" width="{width:.1f}" height="{_BAR}" '
                f'fill="{colour}"/>'
                f'<text x="{_LABELS + width + 5:.1f}" y="{top + below + 9}">{number}</text>'
            )
    return "".join([*drawn, "</svg>"])


def inline(picture: bytes, kind: str, alt: str) -> str:
    """Return a picture as a Markdown image with embedded bytes."""
    return f"![{alt}](data:image/{kind};base64,{b64encode(picture).decode()})"


def drawn(svg: str, alt: str) -> str:
    """Return a drawing as a Markdown image."""
    return inline(svg.encode(), "svg+xml", alt)


def _legend() -> list[str]:
    pieces = []
    for left, colour, name in ((_LABELS, BEFORE, "before"), (_LABELS + 70, AFTER, "after")):
        pieces.append(f'<rect x="{left}" y="4" width="10" height="10" fill="{colour}"/>')
        pieces.append(f'<text x="{left + 15}" y="13">{name}</text>')
    return pieces


def _sizes(one: int) -> str:
    low, high = (round(2 ** ((one + more) / _CLASSES_PER_OCTAVE)) for more in (0, 1))
    return f"{decimal(low)} to {decimal(high)}"
