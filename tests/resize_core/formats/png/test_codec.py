"""PNG: what is clear stays clear, at every depth; animations keep frames and colours."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from resize_core import ByteBudget, Options, UnsupportedError, shrink
from resize_core.formats.png import apng
from tests.resize_core.sample_files import frames, picture, profile, saved

WIDTH, HEIGHT = 160, 120
HOLE = (slice(30, 80), slice(40, 104))
GREY, RGB, PALETTE = 0, 2, 3
KINDS = [(GREY, 1), (GREY, 2), (GREY, 4), (GREY, 8), (GREY, 16), (RGB, 8), (RGB, 16),
         (PALETTE, 1), (PALETTE, 2), (PALETTE, 4), (PALETTE, 8)]  # fmt: skip


def chunk(kind: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)


def png(kind: int, depth: int, rows: list[bytes], *more: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, kind, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 0)
    return b"".join(
        (b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", header), *more, chunk(b"IDAT", pixels),
         chunk(b"IEND", b""))
    )  # fmt: skip


def with_hole(kind: int, depth: int) -> bytes:
    """A picture whose one value, found nowhere else, is clear."""
    random = np.random.default_rng(depth)
    channels = 3 if kind == RGB else 1
    top = 2**depth - 1
    # Values far enough below the clear one that none of them equals it in 8 bits.
    most = max(1, top if top < 16 else top * 3 // 4)
    values = np.add.outer(np.arange(HEIGHT), np.arange(WIDTH))[..., None] // 8 * top // 64 % most
    values = np.repeat(values, channels, axis=2)
    values[HOLE] = top
    if depth == 16:
        rows = [values[y].astype(">u2").tobytes() for y in range(HEIGHT)]
    else:
        bits = np.unpackbits(values.astype("u1")[..., None], axis=-1)[..., 8 - depth :]
        rows = [np.packbits(bits[y].reshape(-1)).tobytes() for y in range(HEIGHT)]
    if kind == PALETTE:
        palette = random.integers(0, 256, (top + 1, 3)).astype("u1").tobytes()
        clear = b"\xff" * top + b"\0"
        return png(kind, depth, rows, chunk(b"PLTE", palette), chunk(b"tRNS", clear))
    return png(kind, depth, rows, chunk(b"tRNS", struct.pack(">H", top) * channels))


def clear_part(data: bytes) -> np.ndarray:
    """Where a file is clear, as its own chunks say."""
    image = Image.open(BytesIO(data))
    key = image.info.get("transparency")
    kind, depth = data[25], data[24]
    if kind == GREY and isinstance(key, int):
        assert key < 2**depth or depth == 1
        values = np.asarray(image.convert("I") if depth == 16 else image.convert("L"), "i4")
        return np.asarray(values == (key * 255 // (2**depth - 1) if 1 < depth < 8 else key))
    return np.asarray(np.asarray(image.convert("RGBA"))[..., 3] < 128)


@pytest.mark.parametrize(("kind", "depth"), KINDS)
@pytest.mark.parametrize("scale", [1, 0.5])
def test_what_is_clear_stays_clear(kind: int, depth: int, scale: float) -> None:
    data = with_hole(kind, depth)
    side = max(1, round(WIDTH * scale))
    made = shrink(data, ByteBudget(len(data) - 1), Options(max_side=side))
    assert made.width == side
    clear = clear_part(made.data)
    whole = np.zeros((HEIGHT, WIDTH), bool)
    whole[HOLE] = True
    if scale == 1:
        assert (clear == whole).all()
    else:
        # Half of a clear edge may count as either where a pixel is clear or not at all.
        assert abs(float(clear.mean()) - float(whole.mean())) < 0.05
    trns = made.data.find(b"tRNS")
    if made.data[25] == GREY and trns >= 0:
        assert int.from_bytes(made.data[trns + 4 : trns + 6]) < 2 ** made.data[24]


@pytest.mark.parametrize("name", ["iCCP", "gAMA", "cHRM", "sRGB", "pHYs"])
@pytest.mark.parametrize("share", [0.5, 0.95])
def test_an_animation_has_each_chunk_once(name: str, share: float) -> None:
    first, *rest = frames()
    data = saved(first, "PNG", save_all=True, append_images=rest, duration=[100, 0, 300, 400],
                 dpi=(300, 300), icc_profile=profile() if name == "iCCP" else None)  # fmt: skip
    extra = {"gAMA": chunk(b"gAMA", struct.pack(">I", 45455)),
             "cHRM": chunk(b"cHRM", struct.pack(">8I", *[31270, 32900] * 4)),
             "sRGB": chunk(b"sRGB", b"\0")}.get(name, b"")  # fmt: skip
    data = data[:33] + extra + data[33:]
    made = shrink(data, ByteBudget(int(len(data) * share))).data
    assert made.count(name.encode()) == 1


@pytest.mark.parametrize("disposal", [0, 1, 2])
@pytest.mark.parametrize("blend", [0, 1])
@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("loop", [0, 1, 3])
def test_an_animation_looks_the_same_over_time(
    disposal: int,
    blend: int,
    apart: bool,  # noqa: FBT001
    loop: int,
) -> None:
    every = [*frames("RGBA", 5)]
    for i, frame in enumerate(every):
        frame.putalpha(Image.linear_gradient("L").resize(frame.size).rotate(90 * i))
    times = [40, 0, 80, 1000, 120]
    data = saved(every[0], "PNG", save_all=True, append_images=every[1:], loop=loop,
                 duration=times[1:] if apart else times, disposal=disposal, blend=blend,
                 default_image=apart)  # fmt: skip
    made = shrink(data, ByteBudget(len(data) * 95 // 100), Options(max_side=104))
    before, after = Image.open(BytesIO(data)), Image.open(BytesIO(made.data))
    assert isinstance(before, PngImagePlugin.PngImageFile)
    assert isinstance(after, PngImagePlugin.PngImageFile)
    assert bool(before.info.get("default_image")) is apart
    assert bool(after.info.get("default_image")) is apart
    assert before.info["loop"] == after.info["loop"]
    assert after.n_frames == before.n_frames
    # Pillow mixes opacity in a way of its own; `test_apng.py` holds ours to the specification.
    for i, shown in enumerate(apng.frames(data)):
        before.seek(i)
        after.seek(i)
        one = np.asarray(shown.convert("RGBA").resize(after.size, Image.Resampling.BOX), "i4")
        other = np.asarray(after.convert("RGBA"), "i4")
        assert np.abs(one - other).mean() < 9
        if not (apart and i == 0):
            assert before.info["duration"] == pytest.approx(after.info["duration"], abs=0.5)


@pytest.mark.parametrize("kind", [b"bKGD", b"sBIT", b"hIST", b"sPLT", b"prVA"])
def test_chunks_that_are_left_out_are_named(kind: bytes) -> None:
    data = saved(picture(), "PNG")
    body = b"\0\1\0\1\0\1" if kind == b"bKGD" else b"\x08\x08\x08"
    more = data[:33] + (chunk(kind, body) if kind != b"prVA" else chunk(b"prVA", b"x")) + data[33:]
    made = shrink(more, ByteBudget(len(data) * 7 // 10))
    assert kind not in made.data
    assert made.dropped


def test_apples_own_png_is_unsupported() -> None:
    data = saved(picture(), "PNG")
    with pytest.raises(UnsupportedError, match="CgBI"):
        shrink(data[:8] + chunk(b"CgBI", b"\x50\0\x20\x06") + data[8:], ByteBudget(9_000))
