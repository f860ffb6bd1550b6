"""TIFF: both byte orders, depths and photometrics, strips and tiles, tags twice, pages, maps."""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import content
from tests.oracles.ways import WAYS, Way, check, drawn

Row = tuple[int, int, int, tuple[float, ...] | bytes]
_FORMS = {1: "B", 3: "H", 4: "I", 11: "f", 12: "d"}


@dataclass(frozen=True, slots=True)
class Page:
    """Tags but those of the pixels' places, the coded strips or tiles, and the pages below it."""

    rows: tuple[Row, ...]
    pieces: tuple[bytes, ...]
    below: tuple["Page", ...] = ()
    is_tiled: bool = False


def written(order: str, pages: Sequence[Page]) -> bytes:
    """Return a TIFF file of 32-bit offsets."""
    out = bytearray((b"II*\0" if order == "<" else b"MM\0*") + bytes(4))
    link = 4
    for page in pages:
        here, after = _put(out, order, page)
        struct.pack_into(order + "I", out, link, here)
        link = after
    return bytes(out)


def _put(out: bytearray, order: str, page: Page) -> tuple[int, int]:
    below = [_put(out, order, sub)[0] for sub in page.below]
    starts = []
    for piece in page.pieces:
        starts.append(len(out))
        out += piece + bytes(len(piece) % 2)
    places, sizes = (324, 325) if page.is_tiled else (273, 279)
    rows = [*page.rows, (places, 4, len(starts), tuple(starts)),
            (sizes, 4, len(starts), tuple(map(len, page.pieces)))]  # fmt: skip
    if below:
        rows.append((330, 4, len(below), tuple(below)))
    head = b""
    for tag, kind, count, value in sorted(rows, key=lambda row: row[0]):
        data = (
            value
            if isinstance(value, bytes)
            else struct.pack(f"{order}{len(value)}{_FORMS[kind]}", *value)
        )
        if len(data) > 4:
            at = len(out)
            out += data + bytes(len(data) % 2)
            data = struct.pack(order + "I", at)
        head += struct.pack(order + "HHI", tag, kind, count) + data.ljust(4, b"\0")
    here = len(out)
    out += struct.pack(order + "H", len(rows)) + head + bytes(4)
    return here, len(out) - 4


@st.composite
def pages(draw: st.DrawFn, order: str, *, plain: bool = False) -> Page:
    kind = draw(
        st.sampled_from(
            [
                "gray",
                "gray",
                "rgb",
                "rgb",
                "rgb",
                "white",
                "palette",
                "cmyk",
                "lab",
                "bands",
                "float",
                "signed",
            ]
        )
    )
    depth = draw(
        st.sampled_from(
            {
                "gray": [1, 2, 4, 8, 16, 32],
                "rgb": [8, 8, 16],
                "white": [1, 8, 16],
                "palette": [4, 8],
                "cmyk": [8, 16],
                "lab": [8],
                "bands": [8, 16],
                "float": [32, 64],
                "signed": [8, 16],
            }[kind]
        )
    )
    bands = {"rgb": 3, "cmyk": 4, "lab": 3, "bands": draw(st.integers(5, 6))}.get(kind, 1)
    photometric = {"white": 0, "gray": 1, "rgb": 2, "palette": 3, "cmyk": 5, "lab": 8}.get(kind, 1)
    extra: tuple[int, ...] = (0,) * (bands - 1) if kind == "bands" else ()
    if kind in {"gray", "rgb", "cmyk"} and depth in {8, 16} and draw(st.integers(0, 2)) == 0:
        extra, bands = (draw(st.sampled_from([0] if kind == "cmyk" else [0, 1, 2])),), bands + 1
    top = {"float": 1}.get(kind, 2**depth - 1)
    values = content.samples(bands, 100 if kind == "signed" else top)
    if kind == "float":
        values = content.samples(bands, 1000) / 1000
    planar = draw(st.sampled_from([1, 1, 2])) if bands > 1 else 1
    tile = (32, 32) if draw(st.integers(0, 3)) == 0 else None
    coding = draw(st.sampled_from([1, 1, 8, 32946, 32773]))
    form = _form(order, kind, depth)
    planes = [values] if planar == 1 else [values[..., i : i + 1] for i in range(bands)]
    step = draw(st.sampled_from([content.HEIGHT, 16]))
    pieces = [
        _coded(_packed(part, form, depth), coding)
        for plane in planes
        for part in (_tiles(plane, tile) if tile else _strips(plane, step))
    ]
    rows: list[Row] = [
        (256, 3, 1, (content.WIDTH,)), (257, 3, 1, (content.HEIGHT,)),
        (258, 3, bands, (depth,) * bands), (259, 3, 1, (coding,)), (262, 3, 1, (photometric,)),
        (277, 3, 1, (bands,)), (284, 3, 1, (planar,)),
    ]  # fmt: skip
    rows += [(322, 3, 1, (32,)), (323, 3, 1, (32,))] if tile else [(278, 3, 1, (step,))]
    if extra:
        rows.append((338, 3, len(extra), extra))
    if kind in {"float", "signed"}:
        rows.append((339, 3, 1, (3 if kind == "float" else 2,)))
    if kind == "palette":
        steps = np.linspace(0, 65535, 2**depth).astype(int)
        rows.append((320, 3, 3 * 2**depth, tuple(map(int, (*steps, *steps[::-1], *steps)))))
    if kind == "cmyk":
        rows.append((332, 3, 1, (1,)))
    if not plain:
        rows += draw(described(order, is_rgb=kind == "rgb"))
    return Page(tuple(rows), tuple(pieces), is_tiled=tile is not None)


@st.composite
def described(draw: st.DrawFn, order: str, *, is_rgb: bool) -> list[Row]:
    """Draw tags beside the picture: descriptions once or twice, a turn, a profile, XMP, a map."""
    texts = st.sampled_from([b"site-a\0", b'{"shape": [72, 96]}\0'])
    drawn_texts = draw(st.lists(texts, max_size=2, unique=True))
    rows: list[Row] = [(270, 2, len(text), text) for text in drawn_texts]
    if draw(st.booleans()):
        rows.append((271, 2, 4, b"DJI\0"))
    if turn := draw(st.sampled_from([0, 0, 1, 3, 6, 8, 5])):
        rows.append((274, 3, 1, (turn,)))
    if draw(st.booleans()):
        rows += [
            (282, 5, 1, struct.pack(order + "II", 300, 1)),
            (283, 5, 1, struct.pack(order + "II", 300, 1)),
            (296, 3, 1, (2,)),
        ]
    if draw(st.booleans()):
        rows.append((305, 2, 9, b"Software\0"))
    if is_rgb and draw(st.booleans()):
        profile = content.profile(draw(st.sampled_from(["sRGB", "swapped"])))
        rows.append((34675, 7, len(profile), profile))
    if draw(st.integers(0, 3)) == 0:
        rows.append((700, 1, len(content.XMP), content.XMP))
    if draw(st.integers(0, 3)) == 0:
        rows.append((33723, 7, len(content.IPTC), content.IPTC))
    if draw(st.integers(0, 3)) == 0:
        rows += draw(st.sampled_from([_BY_SCALE, _BY_MATRIX]))
        rows += [(34735, 3, 8, (1, 1, 0, 1, 1024, 0, 1, 1)), (42113, 2, 6, b"-9999\0")]
    if draw(st.integers(0, 3)) == 0:
        rows.append((65000, 3, 3, (1, 2, 3)))
    return rows


_BY_SCALE: list[Row] = [
    (33550, 12, 3, (0.05, 0.05, 0.0)), (33922, 12, 6, (0.0, 0.0, 0.0, 576647.5, 5188220.25, 0.0)),
]  # fmt: skip
_BY_MATRIX: list[Row] = [
    (34264, 12, 16, (0.05, 0.0, 0.0, 5e5, 0.0, -0.05, 0.0, 5e6, *(0.0,) * 7, 1.0)),
]  # fmt: skip


def _form(order: str, kind: str, depth: int) -> str:
    if kind == "float":
        return f"{order}f{depth // 8}"
    return f"{order}{'i' if kind == 'signed' else 'u'}{max(1, depth // 8)}"


def _packed(part: Any, form: str, depth: int) -> bytes:
    if depth >= 8:
        return bytes(part.astype(form).tobytes())
    rows = part.reshape(part.shape[0], -1).astype("u1")
    bits = (rows[..., None] >> np.arange(depth - 1, -1, -1)) & 1
    return np.packbits(bits.reshape(rows.shape[0], -1), axis=1).tobytes()


def _strips(plane: Any, step: int) -> list[Any]:
    return [plane[at : at + step] for at in range(0, plane.shape[0], step)]


def _tiles(plane: Any, size: tuple[int, int]) -> list[Any]:
    high, wide = size
    padded = np.pad(
        plane, ((0, -plane.shape[0] % high), (0, -plane.shape[1] % wide), (0, 0)), mode="edge"
    )
    return [padded[y : y + high, x : x + wide]
            for y in range(0, padded.shape[0], high)
            for x in range(0, padded.shape[1], wide)]  # fmt: skip


def _coded(data: bytes, coding: int) -> bytes:
    if coding in {8, 32946}:
        return zlib.compress(data)
    if coding == 32773:  # literal runs alone, which every reader must know too
        parts = (data[at : at + 128] for at in range(0, len(data), 128))
        return b"".join(bytes([len(part) - 1]) + part for part in parts)
    return data


@st.composite
def files(draw: st.DrawFn) -> bytes:
    order = draw(st.sampled_from("<>"))
    first = draw(pages(order))
    more = []
    match draw(st.integers(0, 7)):
        case 0:  # another page
            more.append(draw(pages(order, plain=True)))
        case 1:  # a small picture of the first, in a directory of its own or below it
            small = Page(
                ((254, 4, 1, (1,)), *_small_tags()),
                (content.samples(3, 255, 24, 18).astype("u1").tobytes(),),
            )
            if draw(st.booleans()):
                more.append(small)
            else:
                first = Page(first.rows, first.pieces, (small,), first.is_tiled)
        case 2:  # a mask
            more.append(Page(((254, 4, 1, (4,)), *_mask_tags()), (bytes(12 * 72),)))
    return written(order, [first, *more])


def _small_tags() -> tuple[Row, ...]:
    return ((256, 3, 1, (24,)), (257, 3, 1, (18,)), (258, 3, 3, (8, 8, 8)), (259, 3, 1, (1,)),
            (262, 3, 1, (2,)), (277, 3, 1, (3,)), (278, 3, 1, (18,)))  # fmt: skip


def _mask_tags() -> tuple[Row, ...]:
    return ((256, 3, 1, (96,)), (257, 3, 1, (72,)), (258, 3, 1, (1,)), (259, 3, 1, (1,)),
            (262, 3, 1, (4,)), (277, 3, 1, (1,)), (278, 3, 1, (72,)))  # fmt: skip


@drawn(250)
@given(data=files(), way=WAYS)
def test_tiff(data: bytes, way: Way) -> None:
    check(data, way)
