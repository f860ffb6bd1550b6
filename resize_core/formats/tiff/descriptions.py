"""Numbers about pixels in descriptions that programs for microscopes and arrays write.

Sources: tifffile (a shape in JSON), OME-TIFF (Open Microscopy Environment, 2016-06), and ImageJ,
whose resolution is a number of pixels per unit of length of the subject.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from resize_core.formats.tiff.tags import Tag
from resize_core.metadata import pixel_tags

_DESCRIPTION, _ACROSS, _DOWN, _RATIONAL = 270, 282, 283, 5
_SHAPE = re.compile(rb'"shape": ?\[[0-9, ]{1,200}\]')
_SIZE = re.compile(
    rb'\b(SizeX|SizeY|PhysicalSizeX|PhysicalSizeY)="([0-9]{1,15}(?:\.[0-9]{0,17})?(?:[eE]-?[0-9]{1,2})?)"'
)
Sides = tuple[int, int]


def scaled(tags: Sequence[Tag], before: Sides, after: Sides) -> list[Tag]:
    """Return the tags of a page with such numbers converted for other sides."""
    share = Fraction(after[0], before[0]), Fraction(after[1], before[1])
    of_imagej = any(t.number == _DESCRIPTION and t.data.startswith(b"ImageJ=") for t in tags)
    made = []
    for tag in tags:
        changed = tag
        if tag.number == _DESCRIPTION:
            text = _described(tag.data, before, after)
            changed = replace(tag, data=text, count=len(text)) if text != tag.data else tag
        elif (
            of_imagej and tag.number in {_ACROSS, _DOWN} and (tag.kind, tag.count) == (_RATIONAL, 1)
        ):
            value = int.from_bytes(tag.data[:4], "little"), int.from_bytes(tag.data[4:], "little")
            numbers = pixel_tags.rational(value, share[tag.number == _DOWN])
            changed = replace(tag, data=b"".join(n.to_bytes(4, "little") for n in numbers))
        made.append(changed)
    return made


def _described(text: bytes, before: Sides, after: Sides) -> bytes:
    if text.startswith(b"{"):
        old = re.compile(rb"\b%d, ?%d\b" % before[::-1])
        new = b"%d, %d" % after[::-1]
        return _SHAPE.sub(lambda shape: old.sub(new, shape[0], count=1), text)
    if b"<OME" in text[:4_000]:
        return _SIZE.sub(lambda size: _resized(size, before, after), text)
    return text


def _resized(size: re.Match[bytes], before: Sides, after: Sides) -> bytes:
    axis = size[1].endswith(b"Y")
    if size[1].startswith(b"Size"):
        number = size[2] if int(float(size[2])) != before[axis] else b"%d" % after[axis]
    else:
        number = repr(float(size[2]) * before[axis] / after[axis]).encode()
    return size[1] + b'="' + number + b'"'
