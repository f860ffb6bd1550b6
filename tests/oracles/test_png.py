"""PNG and APNG: every depth and colour type, chunks in any order, frames with every disposal."""

import struct
import zlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import content
from tests.oracles.apng import SIGNATURE, chunk
from tests.oracles.ways import WAYS, Way, check, drawn

_GRAY, _RGB, _PALETTE, _GRAY_ALPHA, _RGBA = 0, 2, 3, 4, 6
_BANDS = {_GRAY: 1, _RGB: 3, _PALETTE: 1, _GRAY_ALPHA: 2, _RGBA: 4}
_DEPTHS = {
    _GRAY: (1, 2, 4, 8, 16),
    _RGB: (8, 16),
    _PALETTE: (1, 2, 4, 8),
    _GRAY_ALPHA: (8, 16),
    _RGBA: (8, 16),
}
Chunk = tuple[bytes, bytes]


def packed(
    colour: int, depth: int, shift: int = 0, size: tuple[int, int] = (content.WIDTH, content.HEIGHT)
) -> bytes:
    """Return the picture's compressed rows, none of them filtered."""
    values = content.samples(_BANDS[colour], 2**depth - 1, *size)
    values = np.roll(values, shift, axis=1)
    rows = values.reshape(size[1], -1)
    if depth == 16:
        lines = rows.astype(">u2").view("u1").reshape(size[1], -1)
    elif depth == 8:
        lines = rows.astype("u1")
    else:
        bits = (rows.astype("u1")[..., None] >> np.arange(depth - 1, -1, -1)) & 1
        lines = np.packbits(bits.reshape(size[1], -1), axis=1)
    return zlib.compress(b"".join(b"\0" + line.tobytes() for line in lines))


def header(colour: int, depth: int) -> bytes:
    body = struct.pack(">IIBBBBB", content.WIDTH, content.HEIGHT, depth, colour, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", body)


def palette(depth: int) -> bytes:
    steps = np.linspace(0, 255, 2**depth)
    return np.stack([steps, 255 - steps, np.abs(steps - 128)], -1).astype("u1").tobytes()


@st.composite
def before_palette(draw: st.DrawFn, colour: int) -> list[Chunk]:
    """Draw the chunks of colour, which stand before the palette."""
    found: list[Chunk] = []
    is_gray = colour in {_GRAY, _GRAY_ALPHA}
    match draw(st.integers(0, 4)):
        case 1 if not is_gray:
            kind = draw(st.sampled_from(["sRGB", "swapped"]))
            found.append((b"iCCP", b"own\0\0" + zlib.compress(content.profile(kind))))
        case 2:
            found.append((b"sRGB", b"\0"))
        case 3:
            found.append((b"gAMA", struct.pack(">I", draw(st.sampled_from([45455, 100000])))))
            if draw(st.booleans()):
                found.append(
                    (
                        b"cHRM",
                        struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000),
                    )
                )
        case 4 if not is_gray:
            found.append((b"cICP", bytes([draw(st.sampled_from([1, 9, 12])), 13, 0, 1])))
    if draw(st.booleans()):
        found.append((b"sBIT", bytes([5] * (3 if colour == _PALETTE else _BANDS[colour]))))
    return found


@st.composite
def anywhere(draw: st.DrawFn) -> list[Chunk]:
    """Draw chunks that stand before or after the pixels."""
    found: list[Chunk] = []
    texts = (
        (b"tEXt", b"Title\0A title"), (b"zTXt", b"Comment\0\0" + zlib.compress(b"A comment")),
        (b"iTXt", b"Author\0\0\0\0\0" + "Zoë".encode()),
        (b"tIME", struct.pack(">HBBBBB", 2024, 5, 6, 7, 8, 9)),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + content.XMP), (b"prVT", b"private"),
    )  # fmt: skip
    found += draw(st.lists(st.sampled_from(texts), max_size=3, unique=True))
    if draw(st.booleans()):
        found.append((b"eXIf", draw(content.exif_blocks())))
    return found


@st.composite
def stills(draw: st.DrawFn) -> bytes:
    colour = draw(st.sampled_from(list(_BANDS)))
    depth = draw(st.sampled_from(_DEPTHS[colour]))
    early = draw(before_palette(colour))
    late: list[Chunk] = []
    if colour == _PALETTE:
        late.append((b"PLTE", palette(depth)))
    if colour == _PALETTE and draw(st.booleans()):
        late.append((b"tRNS", bytes([0, 128, 255][: 2**depth])))
    # At the edges of a clear gray of 16 bits, opacity is not exact when scaled.
    if colour in {_GRAY, _RGB} and (colour, depth) != (_GRAY, 16) and draw(st.booleans()):
        late.append(
            (
                b"tRNS",
                struct.pack(">H", 2**depth - 1 if depth < 8 else round(0.9 * (2**depth - 1)))
                * _BANDS[colour],
            )
        )
    if draw(st.booleans()):
        late.append(
            (
                b"pHYs",
                struct.pack(
                    ">IIB", 3780, draw(st.sampled_from([3780, 1890])), draw(st.integers(0, 1))
                ),
            )
        )
    more = draw(anywhere())
    cut = draw(st.integers(0, len(more)))
    pixels = packed(colour, depth)
    step = draw(st.sampled_from([len(pixels), 1 + len(pixels) // 3]))
    idat = b"".join(chunk(b"IDAT", pixels[i : i + step]) for i in range(0, len(pixels), step))
    first = b"".join(chunk(*one) for one in (*early, *late, *more[:cut]))
    last = b"".join(chunk(*one) for one in more[cut:])
    trailer = draw(st.sampled_from([b"", b"", b"and more"]))
    return header(colour, depth) + first + idat + last + chunk(b"IEND", b"") + trailer


@st.composite
def animations(draw: st.DrawFn) -> bytes:
    colour = draw(st.sampled_from([_GRAY, _RGB, _PALETTE, _GRAY_ALPHA, _RGBA]))
    depth = draw(st.sampled_from([d for d in _DEPTHS[colour] if d >= 8]))
    count = draw(st.integers(2, 4))
    shared = draw(before_palette(colour))
    if colour == _PALETTE:
        shared.append((b"PLTE", palette(depth)))
    has_still = draw(st.booleans())
    body = b"".join(chunk(*one) for one in shared)
    body += chunk(b"acTL", struct.pack(">II", count, draw(st.integers(0, 3))))
    if has_still:
        body += chunk(b"IDAT", packed(colour, depth, 40))
    order = 0
    for i in range(count):
        part = (48, 36) if i and draw(st.booleans()) else (content.WIDTH, content.HEIGHT)
        x = draw(st.sampled_from([0, 17])) if part[0] == 48 else 0
        delay = draw(st.sampled_from([(1, 10), (3, 100), (70, 1000), (1, 0)]))
        control = struct.pack(
            ">IIIIIHHBB",
            order,
            *part,
            x,
            x,
            *delay,
            draw(st.integers(0, 2)),
            draw(st.integers(0, 1)),
        )
        body, order = body + chunk(b"fcTL", control), order + 1
        data = packed(colour, depth, 9 * i, part)
        if i == 0 and not has_still:
            body += chunk(b"IDAT", data)
        else:
            body, order = body + chunk(b"fdAT", struct.pack(">I", order) + data), order + 1
    texts = b"".join(chunk(*one) for one in draw(anywhere()))
    return header(colour, depth) + body + texts + chunk(b"IEND", b"")


@drawn(200)
@given(data=stills(), way=WAYS)
def test_png(data: bytes, way: Way) -> None:
    check(data, way)


@drawn(80)
@given(data=animations(), way=WAYS)
def test_apng(data: bytes, way: Way) -> None:
    check(data, way)
