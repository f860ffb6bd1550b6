"""The structure of a WebP file: chunks in a RIFF. Source: RFC 9649."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from resize_core.errors import BrokenError, NeedsMoreBytesError, TruncatedError, missing
from resize_core.formats.jpeg.segments import bare_picture
from resize_core.metadata import exif, location
from resize_core.metadata.items import COLOUR, DESCRIPTION, Item, exif_items, left_behind_of
from resize_core.model import Shown

_HEADER_END = 30
_HAS_EXIF = 0x08
_KNOWN = frozenset(
    {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP", b"EXIF", b"XMP "}
)


_NAMES = {b"C2PA": "content credentials"}


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk: its type and its payload."""

    kind: bytes
    payload: bytes


def chunks(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks. Raises TruncatedError."""
    at, end = 12, _end(data)
    while at + 8 <= end:
        kind, size = struct.unpack_from("<4sI", data, at)
        if at + 8 + size > end:
            raise TruncatedError("WebP", f"its {kind.decode('latin-1')} chunk ends early")
        yield Chunk(kind, data[at + 8 : at + 8 + size])
        at += 8 + size + size % 2


def read_sides(head: bytes) -> tuple[int, int]:
    """Return width and height. See `Format.read_sides`."""
    if len(head) < _HEADER_END:
        raise NeedsMoreBytesError(_HEADER_END)
    match head[12:16]:
        case b"VP8X":
            wide, high = (int.from_bytes(head[at : at + 3], "little") for at in (24, 27))
            return wide + 1, high + 1
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", head, 21)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", head, 26)
            return width & 0x3FFF, height & 0x3FFF
    raise BrokenError("WebP", "its first chunk is not a picture")


def read_shown(head: bytes) -> Shown:
    """See `Format.read_shown`: the first chunk shows whether EXIF comes after the pixels."""
    if head[12:16] != b"VP8X" or not head[20] & _HAS_EXIF:
        return Shown(1)
    at, end = 12, 8 + int.from_bytes(head[4:8], "little")
    while at + 8 <= min(end, len(head)):
        kind, size = struct.unpack_from("<4sI", head, at)
        at += 8
        if kind == b"EXIF" and at + size <= len(head):
            return Shown(exif.orientation(head[at : at + size].removeprefix(b"Exif\0\0")))
        at += size + size % 2
    return Shown(1 if end <= len(head) else None)


def check_whole(data: bytes) -> None:
    """See `Format.check_whole`."""
    if not any(chunk.kind in {b"VP8 ", b"VP8L", b"ANMF"} for chunk in chunks(data)):
        raise BrokenError("WebP", "it contains no picture")


def trims(data: bytes, most: int) -> Iterator[tuple[bytes, tuple[str, ...]]]:
    """Remove the data after the picture. See `Format.trims`."""
    end = _end(data)
    if end < len(data) and end <= most:
        yield data[:end], ("what follows the picture",)


def without_location(data: bytes) -> bytes:
    """See `Format.without_location`."""
    body = b""
    for chunk in chunks(data):
        payload = chunk.payload
        if chunk.kind == b"EXIF":
            head = b"Exif\0\0" if payload.startswith(b"Exif\0\0") else b""
            payload = head + location.strip_exif(payload[len(head) :], bare_picture)
        if chunk.kind == b"VP8X":
            payload = bytes([payload[0] & ~0x04]) + payload[1:]
        if chunk.kind in _KNOWN - {b"XMP "}:
            body += chunk.kind + struct.pack("<I", len(payload)) + payload + bytes(len(payload) % 2)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def metadata(data: bytes) -> list[Item]:
    """Return the metadata, each item the payload of its chunk."""
    items = []
    for chunk in chunks(data):
        match chunk.kind:
            case b"ICCP":
                items.append(Item("ICC profile", chunk.payload, COLOUR))
            case b"EXIF":
                items.append(exif_items(chunk.payload.removeprefix(b"Exif\0\0"), bytes))
            case b"XMP ":
                items.append(Item("XMP", chunk.payload, DESCRIPTION))
    return items


def beside(data: bytes) -> tuple[str, ...]:
    """Return the names of data that a newly encoded file lacks."""
    others = (chunk.kind for chunk in chunks(data) if chunk.kind not in _KNOWN)
    names = [_NAMES.get(kind, "other chunks") for kind in others]
    if _end(data) < len(data):
        names.append("what follows the picture")
    return tuple(dict.fromkeys(names))


def left_behind(data: bytes) -> tuple[str, ...]:
    """Return the names of what is lost if pixels change."""
    return left_behind_of(beside(data))


def exif_blocks(data: bytes) -> list[bytes]:
    """See `Format.exif_blocks`."""
    found = [chunk.payload for chunk in chunks(data) if chunk.kind == b"EXIF"]
    return [payload.removeprefix(b"Exif\0\0") for payload in found]


def is_lossless(data: bytes) -> bool:
    """Return whether every picture in it is stored without loss."""
    kinds = set()
    for chunk in chunks(data):
        # A frame of an animation has its own chunks after sixteen bytes.
        kinds.add(chunk.kind)
        if chunk.kind == b"ANMF":
            kinds |= {b"VP8 "} if b"VP8 " in chunk.payload[16:64] else {b"VP8L"}
    return b"VP8L" in kinds and b"VP8 " not in kinds


def _end(data: bytes) -> int:
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise TruncatedError("WebP", missing(end - len(data)))
    return end
