"""What is written is what was there, of exactly the size that was counted."""

import io
from collections.abc import Callable

import numpy as np
import pytest
import simplejpeg  # type: ignore[import-untyped] # it ships no types
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from resize_core.formats.jpeg import segments as jpeg
from resize_core.formats.jpeg.coefficients.count import count_bands, count_dc, count_sequential
from resize_core.formats.jpeg.coefficients.decode import decode
from resize_core.formats.jpeg.coefficients.encode import (
    DC,
    SCRIPT,
    count,
    file_size,
    fit_code,
    write,
    write_sequential,
)
from resize_core.formats.jpeg.coefficients.model import Coefficients
from tests.resize_core.formats.jpeg.coefficients import libjpeg
from tests.resize_core.formats.jpeg.coefficients.photos import PHOTOS, SAMPLINGS, photo
from tests.resize_core.formats.jpeg.coefficients.samples import KINDS, encoded, picture
from tests.resize_core.sample_files import DRONE

SCRIPTS = (
    SCRIPT,
    ((DC, (1, 63)),) * 3,
    ((DC, (1, 5), (6, 63)), (DC, (1, 63)), (DC, (1, 63))),
    (((1, 1), (2, 2), (3, 62), DC, (63, 63)),) * 3,
)


@pytest.mark.parametrize("writer", [write, write_sequential])
@pytest.mark.parametrize("data", [DRONE, *(encoded(picture(61, 43), kind) for kind in KINDS)])
def test_unchanged_coefficients_decode_to_the_same_pixels(
    data: bytes, writer: Callable[[Coefficients], bytes]
) -> None:
    made = writer(decode(data))
    mode = "GRAY" if len(decode(data).components) == 1 else "RGB"
    before, after = (simplejpeg.decode_jpeg(each, mode, strict=True) for each in (data, made))
    assert np.array_equal(before, after)
    one, other = (np.asarray(Image.open(io.BytesIO(each))) for each in (data, made))
    assert np.array_equal(one, other)


@given(PHOTOS, st.sampled_from(SCRIPTS))
@settings(deadline=None)
def test_every_photo_comes_back(made: Coefficients, script: object) -> None:
    for data in (write(made, script), write_sequential(made)):  # type: ignore[arg-type]
        again = decode(data)
        assert (again.width, again.height) == (made.width, made.height)
        for ours, theirs in zip(again.components, made.components, strict=True):
            assert np.array_equal(ours.blocks, theirs.blocks)
            assert np.array_equal(ours.steps, theirs.steps)


@given(PHOTOS)
@settings(deadline=None)
def test_the_size_is_known_before_anything_is_written(made: Coefficients) -> None:
    data = write(made)
    _, end = jpeg.JpegFile(data).scans
    assert end == len(data)
    assert file_size(count(made)) == len(data) - _stuffed(data)


def _stuffed(data: bytes) -> int:
    """Return how many zeros follow an 0xFF of coded pixels, looking at the scans alone."""
    at, found = data.index(b"\xff\xda"), 0
    while at < len(data) - 2:
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
        start = at
        while data[at] != 0xFF or data[at + 1] == 0:
            at += 1
        found += data.count(b"\xff\0", start, at)
        while data[at + 1] == 0xC4:
            at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return found


@pytest.mark.parametrize("factors", SAMPLINGS.values(), ids=SAMPLINGS)
def test_other_decoders_take_what_is_written(factors: tuple[tuple[int, int], ...]) -> None:
    made = photo(61, 43, factors)
    for data in (write(made), write_sequential(made)):
        assert libjpeg.is_same(made, libjpeg.read(data))
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            assert image.size == (61, 43)


@given(st.lists(st.integers(0, 2**32 - 1), max_size=256))
def test_codes_are_those_of_a_whole_tree_without_its_last_leaf(few: list[int]) -> None:
    counts = np.zeros(256, np.uint32)
    counts[: len(few)] = few
    code = fit_code(counts)
    used = counts > 0
    assert np.array_equal(code.lengths > 0, used)
    assert code.lengths.max(initial=0) <= 16
    room = sum(2.0 ** -int(length) for length in code.lengths if length)
    assert room < 1
    words = {
        format(int(word), f"0{length}b")
        for word, length in zip(code.codes, code.lengths, strict=True)
        if length
    }
    assert all("0" in word for word in words)
    assert len(words) == used.sum()
    assert not any(a != b and b.startswith(a) for a in words for b in words)


@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=40))
def test_no_code_of_16_bits_is_shorter(weights: list[int]) -> None:
    """Against the cost of a Huffman tree, which a code that is not too long reaches."""
    counts = np.zeros(256, np.uint32)
    counts[: len(weights)] = weights
    code = fit_code(counts)
    if code.lengths.max() >= 15:
        return
    heap, cost = sorted([*weights, 1]), 0
    while len(heap) > 1:
        heap.sort()
        both = heap.pop(0) + heap.pop(0)
        cost += both
        heap.append(both)
    reserved = int(code.lengths[: len(weights)].max())
    assert int(np.sum(code.lengths.astype(np.int64) * counts)) <= cost
    assert int(np.sum(code.lengths.astype(np.int64) * counts)) >= cost - reserved - 1


def test_steps_that_no_file_can_hold_are_refused() -> None:
    made = photo(16, 16, SAMPLINGS["grey"])
    for wrong in (0.25, 0.0, 256.0):
        made.components[0].steps[3] = wrong
        with pytest.raises(ValueError, match="integers from 1 to 255"):
            write(made)


def test_counts_add_up() -> None:
    made = decode(DRONE)
    luma = made.components[0]
    values = count_sequential(luma, None)
    assert values[0xF0] == count_bands(luma, None, ((1, 63),))[0, 0xF0]
    coded = [s for s in range(256) if s & 15]
    assert np.array_equal(values[coded], count_bands(luma, None, ((1, 63),))[0, coded])
    blocks = sum(c.blocks.shape[0] * c.blocks.shape[1] for c in made.components)
    assert count_dc(made.components, None).sum() == blocks
