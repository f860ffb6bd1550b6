"""Repair damage to a PNG file that affects no pixel and that every viewer ignores.

These are damaged chunks besides the picture, and a missing end marker.
"""

import zlib
from typing import Any

from resize_core.errors import TruncatedError
from resize_core.formats.png import structure as png

END = "a missing end marker (repaired)"

_AT_A_TIME = 2**20
# Ancillary chunks that contain pixels: those of an animation.
_OF_FRAMES = {b"acTL", b"fcTL", b"fdAT"}
_LENGTHS = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9, b"tIME": 7, b"cICP": 4}

_NEVER_EMPTY = {b"tRNS", b"bKGD", b"hIST", b"sBIT", b"iCCP", b"eXIf", b"sPLT"}


def repairs(data: bytes) -> list[tuple[bytes, tuple[str, ...]]]:
    """Return the file without damaged chunks besides its picture, and their names.

    Raises TruncatedError if the end is missing and not all pixels are there.
    """
    ended = _with_end(data)
    names = [] if ended is data else [END]
    whole, at = bytearray(), 0
    for chunk in png.chunks(ended):
        if _is_damaged(ended, chunk):
            whole += ended[at : chunk.start]
            at = chunk.end
            names.append(f"a damaged {chunk.kind.decode('ascii', 'replace')} chunk (repaired)")
    if not names:
        return [(data, ())]
    return [(bytes(whole + ended[at:]), tuple(dict.fromkeys(names)))]


def _with_end(data: bytes) -> bytes:
    """Return the file with an end marker. Raises TruncatedError if more than that is missing."""
    found = list(png.until_cut(data))
    if found and found[-1].kind == b"IEND":
        return data
    at = found[-1].end if found else 0
    if not png.END_CHUNK.startswith(data[at:]) or not _has_all_pixels(data, found):
        raise TruncatedError("PNG", "its end marker is missing")
    return data[:at] + png.END_CHUNK


def _has_all_pixels(data: bytes, found: list[png.Chunk]) -> bool:
    """Return whether the chunks hold every picture that they announce, to its last byte."""
    frames, controls = 1, 0
    pictures: list[Any] = []
    for chunk in found:
        body = data[chunk.start + 8 : chunk.end - 4]
        if chunk.kind == b"acTL":
            frames = int.from_bytes(body[:4])
        controls += chunk.kind == b"fcTL"
        if chunk.kind == b"fcTL" or (chunk.kind == b"IDAT" and not pictures):
            pictures.append(zlib.decompressobj())
        if chunk.kind in {b"IDAT", b"fdAT"} and pictures:
            part = body[4:] if chunk.kind == b"fdAT" else body
            try:
                while part and not pictures[-1].eof:
                    pictures[-1].decompress(part, _AT_A_TIME)
                    part = pictures[-1].unconsumed_tail
            except zlib.error:
                return False
    complete = bool(pictures) and all(picture.eof for picture in pictures)
    return complete and controls in {0, frames}


def _is_damaged(data: bytes, chunk: png.Chunk) -> bool:
    if not chunk.kind[:1].islower() or chunk.kind in _OF_FRAMES:
        return False
    length = chunk.end - chunk.start - 12
    is_empty = not length and chunk.kind in _NEVER_EMPTY
    if is_empty or length != _LENGTHS.get(chunk.kind, length):
        return True
    stated = int.from_bytes(data[chunk.end - 4 : chunk.end])
    return zlib.crc32(data[chunk.start + 4 : chunk.end - 4]) != stated
