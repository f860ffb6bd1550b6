"""Samples are those of libjpeg, at full size and at eighths of it; and the way back."""

import numpy as np
import pytest
import simplejpeg  # type: ignore[import-untyped] # it ships no types
from hypothesis import given, settings
from hypothesis import strategies as st

from resize_core.formats.jpeg.coefficients import library
from resize_core.formats.jpeg.coefficients.decode import decode
from resize_core.formats.jpeg.coefficients.transform import component_of, samples_of
from tests.resize_core.formats.jpeg.coefficients.libjpeg import ZIGZAG
from tests.resize_core.formats.jpeg.coefficients.samples import encoded, picture


@pytest.mark.parametrize("eighths", [1, 3, 5, 6, 7, 8])
@pytest.mark.parametrize("sides", [(64, 48), (61, 43), (8, 8)], ids=str)
def test_samples_are_those_of_libjpeg(eighths: int, sides: tuple[int, int]) -> None:
    data = encoded(picture(*sides), "grey", 95)
    width, height = (-(-side * eighths // 8) for side in sides)
    theirs = simplejpeg.decode_jpeg(
        data, "GRAY", min_width=width, min_height=height, min_factor=1, strict=True
    )[:, :, 0]
    assert theirs.shape == (height, width)
    ours = samples_of(decode(data).components[0], eighths)[:height, :width]
    # libjpeg's integers and our floats round apart where a value lies between two.
    assert np.abs(ours.astype(int) - theirs).max() <= 1


@pytest.mark.parametrize("eighths", range(1, 9))
def test_fewer_samples_are_those_of_the_lowest_frequencies(eighths: int) -> None:
    component = decode(encoded(picture(64, 48), "grey", 95)).components[0]
    natural = np.zeros((6, 8, 64))
    natural[:, :, ZIGZAG] = component.blocks * component.steps.astype(np.float64)
    kept = natural.reshape(6, 8, 8, 8)[:, :, :eighths, :eighths]
    places, frequencies = np.arange(eighths)[:, None], np.arange(eighths)[None]
    cosines = np.cos((2 * places + 1) * frequencies * np.pi / (2 * eighths)) / 2
    cosines[:, 0] = np.sqrt(1 / 8)
    exact = (cosines @ kept @ cosines.T).transpose(0, 2, 1, 3).reshape(6 * eighths, 8 * eighths)
    ours = samples_of(component, eighths)
    assert np.abs(ours - np.clip(exact + 128, 0, 255)).max() <= 0.51


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))
@settings(deadline=None, max_examples=50)
def test_samples_come_back(width: int, height: int, seed: int) -> None:
    samples = np.ascontiguousarray(picture(width, height, seed)[:, :, 0])
    rows, columns = -(-height // 8), -(-width // 8)
    made = component_of(samples, 1, 1, (rows, columns))
    again = samples_of(made)
    assert np.array_equal(again[:height, :width], samples)
    # What fills up a block repeats the edge, and so does not ring.
    assert (again[:height, width:] == samples[:, -1:]).all()
    assert (again[height:] == again[height - 1]).all()


def test_every_kind_of_vector_makes_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    component = decode(encoded(picture(200, 100), "grey")).components[0]
    found = []
    for vectors in (0, library.VECTORS):
        monkeypatch.setattr(library, "VECTORS", vectors)
        samples = samples_of(component)
        found.append((samples, component_of(samples, 1, 1, component.blocks.shape[:2]).blocks))
    assert all(map(np.array_equal, *found))


def test_rows_that_are_apart_in_memory_are_taken() -> None:
    wide = np.ascontiguousarray(picture(64, 48)[:, :, 0])
    part = component_of(wide[:, 8:40], 1, 1, (6, 4))
    assert np.array_equal(part.blocks, component_of(wide[:, 8:40].copy(), 1, 1, (6, 4)).blocks)
    lines = samples_of(part).reshape(6, 8, 32)
    every_other = part.rows(1, part.coded_rows, 2)
    assert np.array_equal(samples_of(every_other).reshape(3, 8, 32), lines[1::2])
