"""The structure of a PNG file: chunks, each with its length, type and checksum.

Source: Portable Network Graphics, third edition (W3C).
"""

import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from resize_core.errors import (
    BrokenError,
    NeedsMoreBytesError,
    TruncatedError,
    UnsupportedError,
)
from resize_core.formats.jpeg.segments import bare_picture
from resize_core.metadata import exif, location, turning, xmp
from resize_core.metadata.items import COLOUR, DESCRIPTION, OTHER, Item, exif_items, left_behind_of
from resize_core.model import Shown

END_CHUNK = bytes(4) + b"IEND\xae\x42\x60\x82"
_FIRST_CHUNK = 8
_HEADER_END = 33
_DEPTH_AT = 24
_COLOUR = {b"cHRM", b"gAMA", b"iCCP", b"sRGB", b"cICP", b"mDCV", b"cLLI"}
_TEXT = {b"tEXt", b"zTXt", b"iTXt"}
# Chunks that describe the stored samples or the frames: the encoder writes its own.
_OF_THE_PIXELS = {b"tRNS", b"bKGD", b"hIST", b"sBIT", b"sPLT", b"acTL", b"fcTL", b"fdAT"}


_RAW_EXIF = (b"Raw profile type exif\0", b"Raw profile type APP1\0")
_PREFIX = b"Exif\0\0"
_XMP, _MOST_XMP = b"XML:com.adobe.xmp\0", 32_000_000
# Older programs write data as text that has its own chunks today.
_NAMED = {
    _XMP: "XMP",
    **dict.fromkeys(_RAW_EXIF, "EXIF"),
    b"Raw profile type iptc\0": "IPTC",
    b"Raw profile type xmp\0": "XMP in a text",
}
_LOST = {
    b"caBX": "content credentials",
    b"bKGD": "background colour",
    b"hIST": "histogram",
    b"sBIT": "significant bits",
    b"sPLT": "suggested palette",
}
STAYS = {"text", "IPTC", "other chunks"}
_KEPT = _COLOUR | _TEXT | _OF_THE_PIXELS | _LOST.keys() | {b"pHYs", b"tIME", b"eXIf"}


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk: its type, and its bytes from length to checksum."""

    kind: bytes
    start: int
    end: int


def chunks(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks up to the end marker. Raises TruncatedError."""
    at = _FIRST_CHUNK
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            break
        yield Chunk(kind, at, end)
        if kind == b"IEND":
            return
        at = end
    raise TruncatedError("PNG", "its end marker is missing")


def until_cut(head: bytes) -> Iterator[Chunk]:
    """Yield the chunks that are whole, up to the end marker."""
    with suppress(TruncatedError):
        yield from chunks(head)


def is_private(chunk: Chunk) -> bool:
    """Return whether a chunk is text, or not defined by this standard and APNG."""
    known = _COLOUR | _OF_THE_PIXELS | {b"pHYs", b"tIME", b"eXIf"}
    return chunk.kind[:1].islower() and chunk.kind not in known


def read_sides(head: bytes) -> tuple[int, int]:
    """Return width and height. See `Format.read_sides`."""
    if len(head) < _HEADER_END:
        raise NeedsMoreBytesError(_HEADER_END)
    if head[12:16] == b"CgBI":
        raise UnsupportedError("PNG", "Apple's own variety of it (CgBI)")
    if head[12:16] != b"IHDR":
        raise BrokenError("PNG", "its header is missing")
    width, height = struct.unpack_from(">II", head, 16)
    return width, height


def is_deep(data: bytes) -> bool:
    """Whether its samples have 16 bits."""
    return data[_DEPTH_AT] == 16  # noqa: PLR2004 - the deepest there is


def check_whole(data: bytes) -> None:
    """See `Format.check_whole`."""
    for _ in chunks(data):
        pass


def trims(data: bytes, most: int) -> Iterator[tuple[bytes, tuple[str, ...]]]:
    """Remove the data after the picture. See `Format.trims`."""
    *_, last = chunks(data)
    if last.end < len(data) and last.end <= most:
        yield data[: last.end], ("what follows the picture",)


def without_location(data: bytes) -> bytes:
    """See `Format.without_location`."""
    parts = [data[:8]]
    described = _exif_chunk(data)
    for chunk in chunks(data):
        whole = data[chunk.start : chunk.end]
        if described and chunk.start == described[0].start:
            parts.append(_chunk(b"eXIf", location.strip_exif(described[1], bare_picture)))
        elif chunk.kind == b"eXIf":
            continue
        elif not is_private(chunk):
            parts.append(whole)
    return b"".join(parts)


def metadata(data: bytes) -> list[Item]:
    """Return the metadata, each item one chunk as stored."""
    described = _exif_chunk(data)
    items = []
    for chunk in chunks(data):
        if described and chunk.start == described[0].start:
            items.append(exif_items(described[1], lambda block: _chunk(b"eXIf", block)))
        elif item := _item(chunk, data):
            items.append(item)
    return items


def is_deep_colour(data: bytes) -> bool:
    """Whether a pixel has several samples of 16 bits each."""
    return data[24:26] > b"\x10\0" and data[24] == 16  # noqa: PLR2004 - bits


def exif_of(data: bytes) -> bytes:
    """Return the EXIF block, b'' for none: ImageMagick and older programs write it as text."""
    described = _exif_chunk(data)
    return described[1] if described else b""


def _exif_chunk(data: bytes) -> tuple[Chunk, bytes] | None:
    """Return the chunk with the EXIF block, and the block. A chunk of its own comes before text."""
    every = list(chunks(data))
    for chunk in every:
        if chunk.kind == b"eXIf":
            return chunk, _bare_exif(data[chunk.start + 8 : chunk.end - 4])
    for chunk in every:
        body = data[chunk.start + 8 : chunk.end - 4]
        if chunk.kind in {b"tEXt", b"zTXt"} and body.startswith(_RAW_EXIF):
            text = body[body.index(b"\0") + 1 :]
            block = _bare_exif(_raw_profile(text, is_packed=chunk.kind == b"zTXt"))
            if block.startswith((b"II*\0", b"MM\0*")):
                return chunk, block
    return None


def _bare_exif(block: bytes) -> bytes:
    """Return the block without the prefix of JPEG, which some programs write too."""
    while block.startswith(_PREFIX):
        block = block[len(_PREFIX) :]
    return block


def _raw_profile(text: bytes, *, is_packed: bool) -> bytes:
    """The bytes of a profile written in hexadecimal, after its name and its length."""
    try:
        if is_packed:
            text = zlib.decompressobj().decompress(text[1:], _MOST_XMP)
        *_, digits = text.split(b"\n", 3)
        return bytes.fromhex(digits.decode("ascii"))
    except (ValueError, zlib.error):
        return b""


def read_shown(head: bytes) -> Shown:
    """See `Format.read_shown`: EXIF may come after the pixels."""
    try:
        return Shown(exif.orientation(exif_of(head)))
    except TruncatedError:
        found = (c for c in until_cut(head) if c.kind == b"eXIf")
        blocks = (_bare_exif(head[c.start + 8 : c.end - 4]) for c in found)
        return Shown(next((exif.orientation(block) for block in blocks), None))


def beside(data: bytes) -> tuple[str, ...]:
    """Return the names of data that a newly encoded file lacks."""
    found = dict.fromkeys(chunk.kind for chunk in chunks(data))
    names = [_LOST[kind] for kind in found if kind in _LOST]
    stray = (k for k in found if k[:1].islower() and k not in _KEPT and not k[3:4].islower())
    names += ["other chunks" for _ in stray]
    if max(chunk.end for chunk in chunks(data)) < len(data):
        names.append("what follows the picture")
    return tuple(dict.fromkeys(names))


def left_behind(data: bytes) -> tuple[str, ...]:
    """Return the names of what is lost if pixels change."""
    names = [*(item.name for item in metadata(data)), *beside(data)]
    return left_behind_of([*names, "16-bit depth"] if is_deep_colour(data) else names)


def exif_blocks(data: bytes) -> list[bytes]:
    """See `Format.exif_blocks`."""
    block = exif_of(data)
    return [block] if block else []


def with_metadata(
    encoded: bytes,
    items: tuple[Item, ...],
    sides: tuple[int, int] | None,
    stored: tuple[int, int],
) -> bytes:
    """Put a photo's metadata into a newly encoded file; `sides` as for JPEG.

    `stored` are the sides of the photo, which its XMP refers to.
    """
    blocks = [_corrected(item, sides, stored) if sides else item.data for item in items]
    return with_chunks(encoded, b"".join(blocks))


def with_chunks(encoded: bytes, more: bytes) -> bytes:
    """Return a newly encoded file with more chunks after its header."""
    return encoded[:_HEADER_END] + more + encoded[_HEADER_END:]


def that_stays(data: bytes, turn: int) -> bytes:
    """Return the chunks, named in `STAYS`, that are right for other pixels too.

    These are texts, the density of the pixels and others that may be copied. `turn` is the EXIF
    orientation from which the pixels were turned upright.
    """
    items = [item for item in metadata(data) if item.name in STAYS]
    swaps = turning.swaps_axes(turn)
    parts = (_turned_density(item.data) if swaps else item.data for item in items)
    return b"".join(parts)


def _turned_density(chunk: bytes) -> bytes:
    if not chunk.startswith(b"pHYs", 4):
        return chunk
    return _chunk(b"pHYs", chunk[12:16] + chunk[8:12] + chunk[16:17])


def with_xmp(chunk: bytes, edit: xmp.Edited) -> bytes:
    """Return an XMP chunk, as stored, with its packet edited; unchanged if it cannot be read."""
    body = chunk[8:-4]
    if not chunk.startswith(b"iTXt", 4) or not body.startswith(_XMP):
        return chunk
    head = body[: len(_XMP) + 2]
    language, _, rest = body[len(head) :].partition(b"\0")
    title, _, packet = rest.partition(b"\0")
    packed = head[-2] == 1
    if packed:
        unpacker = zlib.decompressobj()
        try:
            packet = unpacker.decompress(packet, _MOST_XMP)
        except zlib.error:
            return chunk
        if not unpacker.eof:
            return chunk
    fresh = edit(packet)
    if fresh == packet:
        return chunk
    text = zlib.compress(fresh) if packed else fresh
    return _chunk(b"iTXt", b"\0".join((head + language, title, text)))


def _item(chunk: Chunk, data: bytes) -> Item | None:
    whole = data[chunk.start : chunk.end]
    if chunk.kind in _COLOUR:
        return Item("colour profile", whole, COLOUR)
    if chunk.kind in _TEXT:
        name = next((name for start, name in _NAMED.items() if whole[8:].startswith(start)), "text")
        return Item(name, whole, DESCRIPTION)
    if chunk.kind in _OF_THE_PIXELS or chunk.kind[:1].isupper():
        return None
    # The case of the fourth letter shows whether other programs may copy the chunk.
    stays = chunk.kind in {b"pHYs", b"tIME"} or chunk.kind[3:4].islower()
    return Item("other chunks", whole, OTHER) if stays else None


def _corrected(item: Item, sides: tuple[int, int], stored: tuple[int, int]) -> bytes:
    if item.name == "XMP":
        return with_xmp(item.data, lambda packet: xmp.resized(packet, stored, sides))
    if not item.data.startswith(b"eXIf", 4):
        return item.data
    return _chunk(b"eXIf", exif.resized(exif.without_thumbnail(item.data[8:-4]), *sides))


def _chunk(kind: bytes, payload: bytes) -> bytes:
    checksum = zlib.crc32(kind + payload)
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", checksum)
