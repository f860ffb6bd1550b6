"""Animated PNG: frames are composed by the specification, however they are stored."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from resize_core import ByteBudget, Options, shrink
from tests.resize_core.sample_files import saved

SIDE = 40


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def pixels(colour: tuple[int, ...], side: int) -> bytes:
    return zlib.compress((b"\0" + bytes(colour) * side) * side)


def animation(kind: int, colours: list[tuple[int, ...]], dispose: int, blend: int) -> bytes:
    """Return a film: a whole frame, one of a quarter, and the same quarter again."""
    body = struct.pack(">IIBBBBB", SIDE, SIDE, 8, kind, 0, 0, 0)
    file = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", body)
    if kind == 3:
        file += chunk(b"PLTE", bytes([0, 255, 0, 255, 0, 0, 0, 0, 255]))
    file += chunk(b"acTL", struct.pack(">II", 3, 0))
    order = 0
    for i, colour in enumerate(colours):
        side = SIDE // 2 if i else SIDE
        control = struct.pack(">IIIIIHHBB", order, side, side, 0, 0, 1, 10, dispose, blend)
        file, order = file + chunk(b"fcTL", control), order + 1
        if i:
            file += chunk(b"fdAT", struct.pack(">I", order) + pixels(colour, side))
            order += 1
        else:
            file += chunk(b"IDAT", pixels(colour, side))
    return file + chunk(b"tEXt", b"Comment\0" + bytes(range(1, 255)) * 8) + chunk(b"IEND", b"")


def shown(data: bytes, frame: int, at: tuple[int, int]) -> tuple[int, ...]:
    image = Image.open(BytesIO(data))
    image.seek(frame)
    found = image.convert("RGBA").resize((SIDE, SIDE)).getpixel(at)
    assert isinstance(found, tuple)
    return tuple(map(int, found))


def test_opacity_over_opacity_adds_up() -> None:
    data = animation(6, [(200, 0, 0, 128)] * 3, dispose=0, blend=1)
    made = shrink(data, ByteBudget(len(data)), Options(max_side=30))
    assert shown(made.data, 1, (10, 10))[3] == pytest.approx(192, abs=4)
    assert shown(made.data, 1, (30, 30))[3] == pytest.approx(128, abs=4)


@pytest.mark.parametrize("dispose", [1, 2])
def test_what_is_disposed_of_is_clear_and_not_the_first_colour(dispose: int) -> None:
    data = animation(3, [(1,), (2,), (2,)], dispose=dispose, blend=0)
    made = shrink(data, ByteBudget(len(data)), Options(max_side=30))
    assert shown(made.data, 1, (30, 30))[3] == 0
    assert shown(made.data, 1, (8, 8)) == (0, 0, 255, 255)


def test_what_a_photo_says_behind_its_pixels_is_read_too() -> None:
    plain = saved(Image.linear_gradient("L").convert("RGB"), "PNG")
    exif = Image.Exif()
    exif[0x0112] = 6
    block = exif.tobytes().removeprefix(b"Exif\0\0")
    data = plain[:-12] + chunk(b"eXIf", block) + plain[-12:]
    made = shrink(data, ByteBudget(20_000), Options(accepts=("jpeg",)))
    assert Image.open(BytesIO(made.data)).getexif()[0x0112] == 6


def test_lost_depth_is_named() -> None:
    line = b"\0" + bytes(range(240)) + bytes(range(240))
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(kind, body)
        for kind, body in (
            (b"IHDR", struct.pack(">IIBBBBB", 80, 60, 16, 2, 0, 0, 0)),
            (b"IDAT", zlib.compress(line * 60)),
            (b"IEND", b""),
        )
    )
    made = shrink(data, ByteBudget(50_000), Options(accepts=("jpeg",)))
    assert "depth" in " ".join(made.dropped)
