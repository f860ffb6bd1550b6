"""GIF: palettes of every size, local and global, frames with every disposal, extensions."""

import struct
from collections.abc import Iterator

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import content
from tests.oracles.ways import WAYS, Way, check, drawn


def coded(indices: bytes, bits: int) -> bytes:
    """Code the indices of colours by LZW that clears its table before it grows: no compression."""
    size = max(2, bits)
    clear = 1 << size
    codes: list[int] = []
    for at, index in enumerate(indices):
        if at % (clear - 2) == 0:
            codes.append(clear)
        codes.append(index)
    codes.append(clear + 1)
    stream, held, count = bytearray(), 0, 0
    for code in codes:
        held |= code << count
        count += size + 1
        while count >= 8:
            stream.append(held & 255)
            held, count = held >> 8, count - 8
    stream.append(held & 255)
    return bytes([size]) + sub_blocks(bytes(stream))


def sub_blocks(data: bytes) -> bytes:
    parts = (data[at : at + 255] for at in range(0, len(data), 255))
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


def colours(bits: int, shift: int) -> bytes:
    steps = np.linspace(0, 255, 2**bits)
    return np.stack([steps, 255 - steps, (steps * 2 + shift) % 256], -1).astype("u1").tobytes()


def rows(values: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]", *, interlaced: bool) -> bytes:
    lines = [line.astype("u1").tobytes() for line in values]
    if interlaced:
        order = [
            i
            for start, step in ((0, 8), (4, 8), (2, 4), (1, 2))
            for i in range(start, len(lines), step)
        ]
        lines = [lines[i] for i in order]
    return b"".join(lines)


def extensions(draw: st.DrawFn) -> Iterator[bytes]:
    if draw(st.booleans()):
        yield b"\x21\xfe" + sub_blocks(b"a comment")
    if draw(st.integers(0, 3)) == 0:
        yield b"\x21\xff\x0bXMP DataXMP" + content.XMP + b"\x01" + bytes(range(255, -1, -1)) + b"\0"


@st.composite
def files(draw: st.DrawFn) -> bytes:
    count = draw(st.sampled_from([1, 1, 2, 3]))
    bits = draw(st.integers(1, 8))
    has_global = draw(st.booleans())
    screen = struct.pack(
        "<HHBBB",
        content.WIDTH,
        content.HEIGHT,
        (0x80 | bits - 1) if has_global else 0x70,
        0,
        draw(st.sampled_from([0, 49])),
    )
    file = b"GIF89a" + screen + (colours(bits, 0) if has_global else b"")
    if count > 1 and draw(st.booleans()):
        file += (
            b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", draw(st.integers(0, 5))) + b"\0"
        )
    file += b"".join(extensions(draw))
    for i in range(count):
        own = draw(st.integers(1, 8)) if not has_global or draw(st.booleans()) else 0
        deep = own or bits
        if count > 1 or draw(st.booleans()):
            clear = draw(st.booleans())
            # Viewers disagree on what a first frame restores, and on an opaque background.
            disposals = ([0, 1, 3] if i else [0, 1]) + ([2] if clear else [])
            flags = draw(st.sampled_from(disposals)) << 2 | clear
            delay = draw(st.sampled_from([2, 5, 10, 33]))
            file += b"\x21\xf9\x04" + struct.pack("<BHBB", flags, delay, 1, 0)
        part = (48, 36) if i and draw(st.booleans()) else (content.WIDTH, content.HEIGHT)
        at = draw(st.sampled_from([0, 17])) if part[0] == 48 else 0
        interlaced = draw(st.booleans())
        values = np.roll(content.samples(1, 2**deep - 1, *part)[..., 0], 9 * i, axis=1)
        local = (0x80 | own - 1) if own else 0
        file += b"\x2c" + struct.pack("<HHHHB", at, at, *part, local | interlaced << 6)
        file += (colours(own, 40 * i) if own else b"") + coded(
            rows(values, interlaced=interlaced), deep
        )
    return file + b";" + draw(st.sampled_from([b"", b"", b"trailer"]))


@drawn(150)
@given(data=files(), way=WAYS)
def test_gif(data: bytes, way: Way) -> None:
    check(data, way)
