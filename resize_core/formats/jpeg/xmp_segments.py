"""XMP in a JPEG file: one packet in a segment, and an extension of it in further segments.

Source: XMP part 3 (Adobe), 1.1.3. Each part of an extension starts with the digest of the whole,
which the packet repeats, the total length, and the offset of the part.
"""

import hashlib
import struct
from collections.abc import Iterable, Iterator
from dataclasses import replace

from resize_core.formats.jpeg.segments import XMP, segment_of
from resize_core.metadata import xmp
from resize_core.metadata.items import DESCRIPTION, OTHER, Item

_APP1 = 0xE1
_PACKET, _EXTENSION = XMP
_HEAD = struct.Struct(">32sII")
_PART = 65_000
_MOST = 65_533
_NAME = "extended XMP"


def arranged(items: Iterable[Item]) -> list[Item]:
    """Return a photo's metadata with its XMP as one item, whose extension is dropped first."""
    made: list[Item] = []
    parts: list[bytes] = []
    for item in items:
        if item.name != "XMP":
            made.append(item)
        elif parts:
            parts.append(item.data)
        else:
            parts.append(item.data)
            made.append(item)
    data = b"".join(parts)
    packets = b"".join(_segment(p) for p in _payloads(data) if not p.startswith(_EXTENSION))
    if len(packets) < len(data):
        bare = edited(packets, xmp.without_extension)
        whole = Item(_NAME, data, OTHER, Item("XMP", bare, DESCRIPTION))
    else:
        whole = Item("XMP", data, DESCRIPTION)
    return [whole if item.name == "XMP" else item for item in made]


def resized(items: Iterable[Item], before: xmp.Sides, after: xmp.Sides) -> tuple[Item, ...]:
    """Return the items with pixel values in XMP converted for a rendition."""
    return tuple(
        replace(item, data=_resized(item.data, before, after))
        if item.name in {"XMP", _NAME}
        else item
        for item in items
    )


def edited(segments: bytes, edit: xmp.Edited) -> bytes:
    """Return segments with each packet, but no extension, edited.

    A packet that would become too long for a segment is left as it is.
    """
    made = []
    for payload in _payloads(segments):
        fresh = payload
        if payload.startswith(_PACKET):
            fresh = _PACKET + edit(payload[len(_PACKET) :])
        made.append(_segment(fresh if len(fresh) <= _MOST else payload))
    return b"".join(made)


def _resized(segments: bytes, before: xmp.Sides, after: xmp.Sides) -> bytes:
    made = edited(segments, lambda packet: xmp.resized(packet, before, after))
    parts = [p[len(_EXTENSION) :] for p in _payloads(made) if p.startswith(_EXTENSION)]
    whole = _joined(parts)
    if whole is None or (fresh := xmp.resized(whole, before, after)) == whole:
        return made
    digest = hashlib.md5(fresh, usedforsecurity=False).hexdigest().upper().encode()
    packets = b"".join(_segment(p) for p in _payloads(made) if not p.startswith(_EXTENSION))
    return edited(packets, lambda packet: xmp.renamed_extension(packet, digest)) + b"".join(
        _segment(_EXTENSION + _HEAD.pack(digest, len(fresh), at) + fresh[at : at + _PART])
        for at in range(0, len(fresh), _PART)
    )


def _joined(parts: list[bytes]) -> bytes | None:
    """The extension, if all its parts are there and belong to each other."""
    if not parts or any(len(part) < _HEAD.size for part in parts):
        return None
    heads = [(_HEAD.unpack_from(part), part[_HEAD.size :]) for part in parts]
    heads.sort(key=lambda head: head[0][2])
    whole = b"".join(body for _, body in heads)
    at = 0
    for (digest, length, place), body in heads:
        if digest != heads[0][0][0] or length != len(whole) or place != at:
            return None
        at += len(body)
    return whole


def _payloads(segments: bytes) -> Iterator[bytes]:
    at = 0
    while at + 4 <= len(segments):
        end = at + 2 + int.from_bytes(segments[at + 2 : at + 4])
        yield segments[at + 4 : end]
        at = end


def _segment(payload: bytes) -> bytes:
    return segment_of(_APP1, payload)
