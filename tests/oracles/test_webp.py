"""WebP: lossy and lossless, with opacity, metadata in any order, frames with every disposal."""

import struct
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import content
from tests.oracles.ways import WAYS, Way, check, drawn

_ICC, _ALPHA, _EXIF, _XMP, _ANIMATED = 0x20, 0x10, 0x08, 0x04, 0x02


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack("<4sI", kind, len(body)) + body + bytes(len(body) % 2)


def riff(body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


@cache
def pixels(mode: str, shift: int, *, lossless: bool, small: bool) -> bytes:
    """Return the chunks of one picture: VP8L, or VP8 with ALPH before it."""
    picture = content.image(mode, shift)
    if small:
        picture = picture.crop((0, 0, 48, 36))
    file = content.saved(picture, "WEBP", lossless=lossless, quality=95, method=0)
    if file[12:16] != b"VP8X":
        return file[12:]
    at, found = 30, b""
    while at < len(file):
        size = struct.unpack_from("<I", file, at + 4)[0]
        found += file[at : at + 8 + size + size % 2]
        at += 8 + size + size % 2
    return found


def extended(flags: int) -> bytes:
    sides = (content.WIDTH - 1).to_bytes(3, "little") + (content.HEIGHT - 1).to_bytes(3, "little")
    return chunk(b"VP8X", bytes([flags, 0, 0, 0]) + sides)


@st.composite
def described(draw: st.DrawFn) -> tuple[int, bytes, bytes]:
    """Draw flags, what stands before the picture, and what stands behind it."""
    flags, before, behind = 0, b"", []
    if draw(st.booleans()):
        flags |= _ICC
        before = chunk(b"ICCP", content.profile(draw(st.sampled_from(["sRGB", "swapped"]))))
    if draw(st.booleans()):
        flags |= _EXIF
        prefix = draw(st.sampled_from([b"", b"", b"Exif\0\0"]))
        behind.append(chunk(b"EXIF", prefix + draw(content.exif_blocks())))
    if draw(st.booleans()):
        flags |= _XMP
        behind.append(chunk(b"XMP ", content.XMP))
    if draw(st.integers(0, 3)) == 0:
        behind.append(chunk(b"OWN ", b"private"))
    return flags, before, b"".join(draw(st.permutations(behind)))


@st.composite
def files(draw: st.DrawFn) -> bytes:
    mode, lossless = draw(st.sampled_from(["RGB", "RGBA"])), draw(st.booleans())
    flags, before, behind = draw(described())
    trailer = draw(st.sampled_from([b"", b"", b"and more"]))
    picture = pixels(mode, 0, lossless=lossless, small=False)
    if not flags and not behind and not before and mode == "RGB" and draw(st.booleans()):
        return riff(picture) + trailer
    flags |= _ALPHA if mode == "RGBA" else 0
    return riff(extended(flags) + before + picture + behind) + trailer


@st.composite
def animations(draw: st.DrawFn) -> bytes:
    flags, before, behind = draw(described())
    body = extended(flags | _ANIMATED | _ALPHA) + before
    body += chunk(b"ANIM", bytes(4) + struct.pack("<H", draw(st.integers(0, 3))))
    for i in range(draw(st.integers(1, 4))):
        small = i > 0 and draw(st.booleans())
        wide, high = (48, 36) if small else (content.WIDTH, content.HEIGHT)
        at = draw(st.sampled_from([0, 8])) if small else 0
        head = b"".join(
            value.to_bytes(3, "little")
            for value in (at, at, wide - 1, high - 1, draw(st.sampled_from([40, 70, 333])))
        )
        mode, lossless = draw(st.sampled_from(["RGB", "RGBA"])), draw(st.booleans())
        picture = pixels(mode, 9 * i, lossless=lossless, small=small)
        body += chunk(b"ANMF", head + bytes([draw(st.integers(0, 3))]) + picture)
    return riff(body + behind)


@drawn(120)
@given(data=files(), way=WAYS)
def test_webp(data: bytes, way: Way) -> None:
    check(data, way)


@drawn(60)
@given(data=animations(), way=WAYS)
def test_webp_animations(data: bytes, way: Way) -> None:
    check(data, way)
