"""Remove damaged chunks besides the picture of a PNG file, which every viewer ignores."""

import zlib

from resize_core.formats.png import structure as png

# Ancillary chunks that contain pixels: those of an animation.
_OF_FRAMES = {b"acTL", b"fcTL", b"fdAT"}
_LENGTHS = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9, b"tIME": 7, b"cICP": 4}

_NEVER_EMPTY = {b"tRNS", b"bKGD", b"hIST", b"sBIT", b"iCCP", b"eXIf", b"sPLT"}


def repairs(data: bytes) -> list[tuple[bytes, tuple[str, ...]]]:
    """Return the file without damaged chunks besides its picture, and their names."""
    whole, names, at = bytearray(), [], 0
    for chunk in png.chunks(data):
        if _is_damaged(data, chunk):
            whole += data[at : chunk.start]
            at = chunk.end
            names.append(f"a damaged {chunk.kind.decode('ascii', 'replace')} chunk (repaired)")
    if not names:
        return [(data, ())]
    return [(bytes(whole + data[at:]), tuple(dict.fromkeys(names)))]


def _is_damaged(data: bytes, chunk: png.Chunk) -> bool:
    if not chunk.kind[:1].islower() or chunk.kind in _OF_FRAMES:
        return False
    length = chunk.end - chunk.start - 12
    is_empty = not length and chunk.kind in _NEVER_EMPTY
    if is_empty or length != _LENGTHS.get(chunk.kind, length):
        return True
    stated = int.from_bytes(data[chunk.end - 4 : chunk.end])
    return zlib.crc32(data[chunk.start + 4 : chunk.end - 4]) != stated
