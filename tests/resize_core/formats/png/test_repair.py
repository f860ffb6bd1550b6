"""Damage beside the picture of a PNG file costs no picture; and JPEG of mixed samplings is read."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from resize_core import BrokenError, ByteBudget, Options, shrink
from tests.resize_core.formats.png.test_codec import chunk
from tests.resize_core.sample_files import animated, picture, saved

_EMPTY = [b"tRNS", b"bKGD", b"sBIT", b"eXIf", b"gAMA", b"cHRM", b"sRGB", b"pHYs", b"tIME"]


def with_chunk(more: bytes) -> bytes:
    plain = saved(picture(), "PNG")
    return plain[:33] + more + plain[33:]


@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"pHYs", b"gAMA", b"prIv"])
def test_a_chunk_with_a_wrong_checksum_is_left_out_and_named(kind: bytes) -> None:
    bad = bytearray(chunk(kind, b"A\0BCDEFGH"))
    bad[-1] ^= 1
    data = with_chunk(bytes(bad))
    made = shrink(data, ByteBudget(len(data) * 6 // 10))
    assert f"a damaged {kind.decode()} chunk (repaired)" in made.dropped
    assert kind not in made.data
    assert Image.open(BytesIO(made.data)).size == (made.width, made.height)


@pytest.mark.parametrize("kind", _EMPTY)
def test_a_chunk_without_what_it_must_hold_is_left_out_and_named(kind: bytes) -> None:
    data = with_chunk(chunk(kind, b""))
    made = shrink(data, ByteBudget(len(data) * 6 // 10), Options(accepts=("jpeg",)))
    assert f"a damaged {kind.decode()} chunk (repaired)" in made.dropped


def test_a_damaged_frame_stays_refused() -> None:
    data = bytearray(animated("PNG"))
    data[data.index(b"fcTL") + 8] ^= 1
    with pytest.raises(BrokenError):
        shrink(bytes(data), ByteBudget(len(data) * 6 // 10))


def of_mixed_sampling(units: int = 8) -> bytes:
    """A JPEG file whose two colours are stored at different sampling, bright and dark by turns."""
    frame = b"\xff\xc0\0\x11\x08\0\x10" + (16 * units).to_bytes(2, "big")
    frame += bytes([3, 1, 0x22, 0, 2, 0x21, 0, 3, 0x11, 0])
    tables = saved(picture("L"), "JPEG", quality=50)
    at, end = tables.index(b"\xff\xdb"), tables.index(b"\xff\xda")
    head = tables[at:end]
    cut = head.index(b"\xff\xc0")
    head = head[:cut] + head[cut + 2 + int.from_bytes(head[cut + 2 : cut + 4]) :]
    scan = b"\xff\xda\0\x0c\x03\x01\0\x02\0\x03\0\0\x3f\0"
    # By the tables of annex K: differences of 100 and of -100, none; and no more of a block.
    up, down, none = (f"{code}1010" for code in ("111101100100", "111100011011", "00"))
    bits = "".join((down if unit % 2 else up) + none * 8 for unit in range(units))
    bits += "1" * (-len(bits) % 8)
    coded = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    return b"\xff\xd8" + head + frame + scan + coded + b"\xff\xd9"


@pytest.mark.parametrize("effort", ["balanced", "best"])
def test_jpeg_whose_colours_are_sampled_differently_is_read(effort: str) -> None:
    data = of_mixed_sampling()
    shown = np.asarray(Image.open(BytesIO(data)).convert("L")).astype(float)
    assert np.ptp(shown) > 50
    made = shrink(data, ByteBudget(100_000), Options(max_side=64, effort=effort))  # type: ignore[arg-type] # written out above
    half = np.asarray(Image.open(BytesIO(made.data)).convert("L")).astype(float)
    assert abs(half - shown.reshape(8, 2, 64, 2).mean((1, 3))).mean() < 6
    turned = shrink(data, ByteBudget(100_000), Options(colour="srgb", max_side=100, effort=effort))  # type: ignore[arg-type] # written out above
    assert turned.width == 100
