"""BMP: every header, depth and mask, either way up, with a profile."""

import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import content
from tests.oracles.ways import WAYS, Way, check, drawn

_MASKS = {
    "555": (0x7C00, 0x03E0, 0x001F, 0), "565": (0xF800, 0x07E0, 0x001F, 0),
    "8888": (0xFF0000, 0xFF00, 0xFF, 0xFF000000), "888x": (0xFF0000, 0xFF00, 0xFF, 0),
    "bgr": (0xFF, 0xFF00, 0xFF0000, 0),
}  # fmt: skip


def _shifted(
    values: "np.ndarray[tuple[int, ...], np.dtype[np.uint32]]", mask: int
) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint32]]":
    if not mask:
        return np.zeros_like(values)
    low = (mask & -mask).bit_length() - 1
    return (values.astype("u4") * (mask >> low) // 255 << low).astype("u4")


def _lines(depth: int, masks: tuple[int, ...]) -> list[bytes]:
    if depth <= 8:
        values = content.samples(1, 2**depth - 1)[..., 0].astype("u1")
        bits = (values[..., None] >> np.arange(depth - 1, -1, -1)) & 1
        packed = np.packbits(bits.reshape(len(values), -1), axis=1)
    elif depth == 24:
        packed = content.samples(3).astype("u1")[..., ::-1].reshape(content.HEIGHT, -1)
    else:
        values = content.samples(4).astype("u4")
        whole = sum(_shifted(values[..., i], mask) for i, mask in enumerate(masks))
        packed = (
            np.asarray(whole)
            .astype("<u2" if depth == 16 else "<u4")
            .view("u1")
            .reshape(content.HEIGHT, -1)
        )
    return [line.tobytes() + bytes(-len(line.tobytes()) % 4) for line in packed]


@st.composite
def files(draw: st.DrawFn) -> bytes:
    size = draw(st.sampled_from([12, 40, 40, 56, 108, 124, 124]))
    depth = draw(st.sampled_from([1, 4, 8, 24] if size == 12 else [1, 4, 8, 16, 24, 32, 32]))
    names = {16: ["555", "565"], 32: ["888x", "bgr"] + ["8888"] * (size > 40)}.get(depth, ["888x"])
    name = draw(st.sampled_from(names))
    masks = _MASKS[name]
    fields = depth in {16, 32} and (size > 40 or name not in {"555", "888x"} or draw(st.booleans()))
    top_down = size > 12 and draw(st.booleans())
    lines = _lines(depth, masks)
    pixels = b"".join(lines if top_down else reversed(lines))
    palette = b""
    if depth <= 8:
        steps = np.linspace(0, 255, 2**depth).astype("u1")
        table = [steps, steps[::-1], steps] + ([np.zeros_like(steps)] if size > 12 else [])
        palette = np.stack(table, -1).tobytes()
    outside = struct.pack("<III", *masks[:3]) if fields and size == 40 else b""
    profile = content.profile("sRGB") if size == 124 and draw(st.booleans()) else b""
    start = 14 + size + len(outside) + len(palette)
    if size == 12:
        head = struct.pack("<IHHHH", 12, content.WIDTH, content.HEIGHT, 1, depth)
    else:
        high = -content.HEIGHT if top_down else content.HEIGHT
        density = draw(st.sampled_from([0, 2835, 11811]))
        head = struct.pack(
            "<IiiHHIIiiII",
            size,
            content.WIDTH,
            high,
            1,
            depth,
            3 if fields else 0,
            len(pixels),
            density,
            density,
            0,
            0,
        )
        if size >= 56:
            head += struct.pack("<IIII", *(masks if fields else (0, 0, 0, 0)))
        if size >= 108:
            kind = b"DEBM" if profile else b"BGRs"
            head += kind + bytes(48)
        if size == 124:
            place = start + len(pixels) - 14 if profile else 0
            head += struct.pack("<IIII", 4, place, len(profile), 0)
    whole = start + len(pixels) + len(profile)
    return (
        b"BM"
        + struct.pack("<IHHI", whole, 0, 0, start)
        + head
        + outside
        + palette
        + pixels
        + profile
    )


@drawn(80)
@given(data=files(), way=WAYS)
def test_bmp(data: bytes, way: Way) -> None:
    check(data, way)
