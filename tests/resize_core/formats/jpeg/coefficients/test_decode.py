"""Coefficients are those that libjpeg finds, whatever way they are coded."""

import io
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import simplejpeg  # type: ignore[import-untyped] # it ships no types
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from resize_core.errors import BrokenError, ResizeError, TruncatedError, UnsupportedError
from resize_core.formats.jpeg.coefficients.decode import decode
from resize_core.formats.jpeg.coefficients.encode import write, write_sequential
from resize_core.formats.jpeg.coefficients.model import Coefficients
from tests.resize_core.formats.jpeg.coefficients import libjpeg
from tests.resize_core.formats.jpeg.coefficients.photos import SAMPLINGS, photo
from tests.resize_core.formats.jpeg.coefficients.samples import KINDS, encoded, picture

SIDES = [(1, 1), (8, 8), (16, 16), (9, 17), (37, 29), (64, 33)]
# What jpegtran makes of a photo: an entropy coding of its own for the same coefficients.
SCRIPTS = {
    "in one scan": "",
    "a scan for each component": "0;1;2;",
    "two and one": "0 1;2;",
    "spectral bands": "0,1,2:0-0,0,0;0:1-5,0,0;0:6-63,0,0;1:1-63,0,0;2:1-63,0,0;",
    "DC by component": "0:0-0,0,0;2:0-0,0,0;1:0-0,0,0;0:1-63,0,0;1:1-63,0,0;2:1-63,0,0;",
    "bit by bit": "0,1,2:0-0,0,3;0,1,2:0-0,3,2;0,1,2:0-0,2,1;0,1,2:0-0,1,0;"
    "0:1-63,0,3;0:1-63,3,2;0:1-63,2,1;0:1-63,1,0;1:1-63,0,1;1:1-63,1,0;2:1-63,0,0;",
    "bands refined apart": "0,1,2:0-0,0,1;0:1-5,0,2;0:6-63,0,2;0:1-20,2,1;0:21-63,2,1;"
    "0:1-63,1,0;0,1,2:0-0,1,0;1:1-63,0,0;2:1-1,0,0;2:2-2,0,0;2:3-63,0,0;",
}
jpegtran = pytest.mark.skipif(not shutil.which("jpegtran"), reason="no jpegtran on PATH")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sides", SIDES, ids=str)
@pytest.mark.parametrize("quality", [25, 90, 100])
def test_what_pillow_writes(kind: str, sides: tuple[int, int], quality: int) -> None:
    data = encoded(picture(*sides), kind, quality)
    assert libjpeg.is_same(decode(data), libjpeg.read(data))


@pytest.mark.parametrize("every", [1, 2, 5, 7, 50])
@pytest.mark.parametrize("kind", ["444", "422", "420", "grey", "progressive-420"])
def test_every_restart_interval(kind: str, every: int) -> None:
    plain = encoded(picture(50, 41), kind)
    image = Image.fromarray(picture(50, 41)).convert("L" if kind == "grey" else "RGB")
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85, restart_marker_blocks=every, **KINDS[kind])
    assert b"\xff\xd0" in buffer.getvalue() or every > 40
    assert libjpeg.is_same(decode(buffer.getvalue()), libjpeg.coded(decode(plain)))


@pytest.mark.parametrize("factors", SAMPLINGS.values(), ids=SAMPLINGS)
@pytest.mark.parametrize("sides", SIDES, ids=str)
@pytest.mark.parametrize("writer", [write, write_sequential])
def test_every_sampling(
    factors: tuple[tuple[int, int], ...],
    sides: tuple[int, int],
    writer: Callable[[Coefficients], bytes],
) -> None:
    made = photo(*sides, factors)
    data = writer(made)
    assert libjpeg.is_same(made, libjpeg.read(data))
    again = decode(data)
    for ours, theirs in zip(again.components, made.components, strict=True):
        assert np.array_equal(ours.blocks, theirs.blocks)
        assert np.array_equal(ours.steps, theirs.steps)


@jpegtran
@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
@pytest.mark.parametrize("kind", ["444", "422", "420-restart-rows", "progressive-420"])
@pytest.mark.parametrize("options", [["-optimize"], ["-restart", "2B"]], ids=str)
def test_every_script(script: str, kind: str, options: list[str], tmp_path: Path) -> None:
    data = encoded(picture(61, 43), kind)
    scans = tmp_path / "script"
    scans.write_text(script)
    chosen = [*options, *(["-scans", str(scans)] if script else [])]
    made = _jpegtran(data, *chosen)
    assert libjpeg.is_same(decode(made), libjpeg.coded(decode(data)))
    assert libjpeg.is_same(decode(made), libjpeg.read(made))


@jpegtran
def test_other_codings_go_the_pixel_way() -> None:
    with pytest.raises(UnsupportedError):
        decode(_jpegtran(encoded(picture(40, 30), "420"), "-arithmetic"))


def _jpegtran(data: bytes, *options: str) -> bytes:
    command = ["jpegtran", *options]
    return subprocess.run(command, input=data, check=True, capture_output=True).stdout


@pytest.mark.parametrize("mode", ["CMYK", "RGB"])
def test_other_colours_go_the_pixel_way(mode: str) -> None:
    buffer = io.BytesIO()
    Image.fromarray(picture(40, 30)).convert(mode).save(buffer, "JPEG", keep_rgb=True)
    with pytest.raises(UnsupportedError):
        decode(buffer.getvalue())


def _edited(marker: int, at: int, values: bytes) -> bytes:
    """Return a photo with some bytes of a segment's payload replaced."""
    data = encoded(picture(37, 29), "420")
    start = data.index(bytes([0xFF, marker])) + 4 + at
    return data[:start] + values + data[start + len(values) :]


@pytest.mark.parametrize(
    ("marker", "at", "values"),
    [
        (0xC0, 0, b"\x0c"),  # bits per sample
        (0xC0, 1, b"\0\0"),  # no height, or one that a later segment states
        (0xC0, 3, b"\0\0"),
        (0xC0, 6, b"\x02"),  # two components of one name
        (0xC0, 7, b"\x51"),  # sampling factors
        (0xC0, 7, b"\x01"),
        (0xC0, 7, b"\x44"),  # more blocks in an MCU than there may be
        (0xC0, 8, b"\x05"),  # tables that are not there
        (0xC0, 8, b"\x03"),
        (0xDB, 0, b"\x74"),
        (0xDB, 1, b"\0"),  # a step of nothing
        (0xC4, 0, b"\x35"),
        (0xC4, 2, b"\xff"),  # more codes than there are
        (0xDA, 0, b"\x02"),
        (0xDA, 1, b"\x63"),  # a component that is not there
        (0xDA, 2, b"\x77"),
    ],
)
def test_headers_that_lie_are_refused(marker: int, at: int, values: bytes) -> None:
    with pytest.raises(ResizeError):
        decode(_edited(marker, at, values))


@pytest.mark.parametrize("kind", KINDS)
def test_every_truncation_is_detected(kind: str) -> None:
    data = encoded(picture(37, 29), kind)
    for end in range(len(data)):
        with pytest.raises((BrokenError, TruncatedError)):
            decode(data[:end])


@given(st.sampled_from(list(KINDS)), st.data())
@settings(deadline=None)
def test_damage_ends_in_an_error_or_in_coefficients(kind: str, data: st.DataObject) -> None:
    damaged = bytearray(encoded(picture(37, 29), kind))
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        made = decode(bytes(damaged))
    except ResizeError:
        return
    assert all(np.abs(c.blocks).max() <= 2047 for c in made.components)


@pytest.mark.parametrize("kind", KINDS)
def test_all_damage_that_the_strict_decoder_finds_is_found(kind: str) -> None:
    data = encoded(picture(97, 83), kind, 92)
    random = np.random.default_rng(3)
    mode = "GRAY" if kind.startswith("grey") else "RGB"
    noticed = 0
    for at in random.integers(data.index(b"\xff\xda") + 14, len(data) - 2, 150):
        damaged = bytearray(data)
        damaged[at] ^= 1 << int(random.integers(8))
        try:
            simplejpeg.decode_jpeg(bytes(damaged), mode, strict=True)
        except ValueError:
            noticed += 1
            with pytest.raises(ResizeError):
                decode(bytes(damaged))
    assert noticed


def test_left_over_data_is_damage() -> None:
    data = encoded(picture(37, 29), "420")
    with pytest.raises(BrokenError):
        decode(data[:-2] + b"\x12\x34" + data[-2:])
    assert libjpeg.is_same(decode(data[:-2] + b"\xff\xff" + data[-2:]), libjpeg.read(data))


def test_a_restart_in_the_wrong_place_is_damage() -> None:
    data = encoded(picture(64, 64), "422-restarts")
    with pytest.raises(BrokenError):
        decode(data.replace(b"\xff\xd1", b"\xff\xd2", 1))


def test_what_follows_the_picture_is_left_alone() -> None:
    data = encoded(picture(37, 29), "420")
    assert libjpeg.is_same(decode(data + struct.pack("<20I", *range(20))), libjpeg.read(data))
