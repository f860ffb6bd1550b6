"""Blocks made coarser are what the same arithmetic gives in numpy, on every kind of vector."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from resize_core.errors import UnsupportedError
from resize_core.formats.jpeg.coefficients import library
from resize_core.formats.jpeg.coefficients.count import (
    count_bands,
    count_dc,
    count_sequential,
    magnitudes,
    rate_and_distortion,
)
from resize_core.formats.jpeg.coefficients.encode import SCRIPT, fit_code
from resize_core.formats.jpeg.coefficients.matrices import HALVING
from resize_core.formats.jpeg.coefficients.model import (
    Coefficients,
    Component,
    Dropping,
    Requantization,
)
from resize_core.formats.jpeg.coefficients.quantize import halve_columns, halve_rows, requantize
from tests.resize_core.formats.jpeg.coefficients.libjpeg import ZIGZAG
from tests.resize_core.formats.jpeg.coefficients.photos import PHOTOS, SAMPLINGS, photo

COARSER = st.lists(st.integers(0, 90), min_size=64, max_size=64)
DROPPINGS: tuple[Dropping, ...] = ("nothing", "greedy", "trellis")


@pytest.fixture(params=[0, 1], ids=["plain", "widest"])
def vectors(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "VECTORS", request.param and library.VECTORS)


def copied(component: Component) -> Component:
    blocks = component.blocks.copy()
    return replace(component, blocks=blocks, room=blocks)


def coarser(component: Component, more: list[int]) -> Requantization:
    return Requantization.between(component.steps, component.steps + np.array(more))


def with_dropping(component: Component, plain: Requantization, how: Dropping) -> Requantization:
    lengths = fit_code(count_sequential(component, plain)).lengths
    return plain.dropping_coefficients(np.ones(64), 300.0, lengths, how=how)


@given(PHOTOS, COARSER)
@settings(deadline=None, max_examples=50)
def test_values_are_rounded_to_the_nearest(made: Coefficients, more: list[int]) -> None:
    component = made.components[0]
    to = coarser(component, more)
    exact = component.blocks * (component.steps / to.steps)
    ours = requantize(copied(component), to)[0]
    rows, columns = component.coded_rows, component.coded_columns
    off = np.abs(ours.blocks - exact)[:rows, :columns]
    assert off.max() <= 0.5 + 1 / 64  # the ratio of steps has 16 bits
    assert np.array_equal(ours.steps, to.steps)


def test_steps_that_stay_change_nothing() -> None:
    for component in photo(70, 50, SAMPLINGS["4:2:0"]).components:
        same = requantize(copied(component), coarser(component, [0] * 64))[0]
        assert np.array_equal(same.blocks, component.blocks)


@pytest.mark.parametrize("how", DROPPINGS)
@given(PHOTOS, COARSER)
@settings(deadline=None, max_examples=30)
def test_what_is_counted_is_what_will_be(
    how: Dropping, made: Coefficients, more: list[int]
) -> None:
    for component, bands in zip(made.components, SCRIPT, strict=False):
        to = with_dropping(component, coarser(component, more), how)
        before = component.blocks.copy()
        counts, whole = count_bands(component, to, bands), count_sequential(component, to)
        dc = count_dc([component], [to])
        assert np.array_equal(component.blocks, before)
        left = requantize(copied(component), to)[0]
        assert np.array_equal(counts, count_bands(left, None, bands))
        assert np.array_equal(dc, count_dc([left], None))
        # Blocks that complete MCUs are computed again after requantization.
        inside = replace(left, blocks=left.blocks[: left.coded_rows, : left.coded_columns])
        within = replace(
            component, blocks=component.blocks[: component.coded_rows, : component.coded_columns]
        )
        assert np.array_equal(count_sequential(within, to), count_sequential(inside, None))
        assert whole.sum() >= counts[0].sum() - counts[0, :0xF0:0x10].sum()


@pytest.mark.parametrize("how", DROPPINGS)
def test_all_vectors_make_the_same(how: Dropping, monkeypatch: pytest.MonkeyPatch) -> None:
    component = photo(300, 200, SAMPLINGS["grey"], seed=5).components[0]
    to = with_dropping(component, coarser(component, [20] * 64), how)
    widest = requantize(copied(component), to)[0]
    monkeypatch.setattr(library, "VECTORS", 0)
    assert np.array_equal(widest.blocks, requantize(copied(component), to)[0].blocks)


def cost(component: Component, blocks: NDArray[np.int16], to: Requantization) -> float:
    """Return error and bits, as both ways of dropping count them, over whole bands."""
    assert to.lengths is not None
    exact = component.blocks[:, :, 1:] * (component.steps / to.steps)[1:].astype(np.float64)
    error = (((exact - blocks[:, :, 1:]) * to.steps[1:]) ** 2 * to.weights[1:]).sum()
    made = replace(component, blocks=blocks)
    counts = count_sequential(made, None).astype(np.int64)
    own = np.arange(256) & 15
    return float(error + to.price * (counts * (to.lengths[0].astype(np.int64) + own)).sum())


@given(PHOTOS, COARSER, st.sampled_from([0.0, 3.0, 60.0, 2000.0, 1e5]))
@settings(deadline=None, max_examples=60)
def test_dropping_pays_and_the_trellis_pays_most(
    made: Coefficients, more: list[int], price: float
) -> None:
    component = made.components[0]
    component = replace(  # whole blocks alone: what fills up the MCUs is not weighed
        component, blocks=component.blocks[: component.coded_rows, : component.coded_columns]
    )
    plain = coarser(component, more)
    lengths = fit_code(count_sequential(component, plain)).lengths
    costs = []
    for how in DROPPINGS:
        to = plain.dropping_coefficients(np.ones(64), price, lengths, how=how)
        costs.append(cost(component, requantize(copied(component), to)[0].blocks, to))
    none, greedy, trellis = costs
    assert greedy <= none * (1 + 1e-4) + 1e-3
    assert trellis <= greedy * (1 + 1e-4) + 1e-3


def test_a_finer_step_is_refused() -> None:
    component = photo(16, 16, SAMPLINGS["grey"]).components[0]
    with pytest.raises(ValueError, match="finer"):
        Requantization.between(component.steps, component.steps - 0.5)


@given(PHOTOS)
@settings(deadline=None, max_examples=30)
def test_steps_are_measured(made: Coefficients) -> None:
    component = made.components[0]
    candidates = np.array([1, 2, 3, 7, 30, 200], np.float32)
    errors, bits = rate_and_distortion(component, candidates, magnitudes())
    values = np.abs(component.blocks.reshape(-1, 64).astype(np.float64))
    for k in (0, 1, 9, 63):
        for i, step in enumerate(candidates):
            if step < component.steps[k]:
                assert np.isinf(errors[k, i])
                continue
            exact = values[:, k] * component.steps[k] / step
            kept = np.floor(exact + 0.4999)
            sizes = np.frexp(kept)[1]
            share = np.bincount(sizes)[np.bincount(sizes) > 0] / len(sizes)
            entropy = sizes.mean() - (share * np.log2(share)).sum()
            assert errors[k, i] == pytest.approx((((exact - kept) * step) ** 2).mean(), 1e-3, 0.05)
            assert bits[k, i] == pytest.approx(entropy, 1e-2, 0.02)


@pytest.mark.parametrize("sampling", ["4:4:4", "4:2:2", "4:4:0"])
@pytest.mark.parametrize("sides", [(1, 1), (8, 8), (9, 17), (63, 49)], ids=str)
@pytest.mark.usefixtures("vectors")
def test_halved_colours_are_means_of_two_samples(sampling: str, sides: tuple[int, int]) -> None:
    ways = {"4:4:4": (halve_rows, halve_columns), "4:2:2": (halve_rows,), "4:4:0": (halve_columns,)}
    for halve in ways[sampling]:
        made = photo(*sides, SAMPLINGS[sampling], most=200)
        expected = [_halved(c, across=halve is halve_columns) for c in made.components[1:]]
        half = halve(made)
        luma = half.components[0]
        assert luma.blocks.shape[0] % luma.vertical == luma.blocks.shape[1] % luma.horizontal == 0
        for component, wanted in zip(half.components[1:], expected, strict=True):
            inside = component.blocks[: component.coded_rows, : component.coded_columns]
            assert inside.shape == wanted.shape
            assert np.abs(inside - np.clip(wanted, -8191, 8191)).max() <= 1
            assert (component.steps == 0.25).all()
            assert component.blocks.shape[0] * luma.vertical == luma.blocks.shape[0]
            assert component.blocks.shape[1] * luma.horizontal == luma.blocks.shape[1]


def _halved(component: Component, *, across: bool) -> NDArray[np.float64]:
    rows, columns = component.coded_rows, component.coded_columns
    natural = np.zeros((rows, columns, 64))
    natural[:, :, ZIGZAG] = component.blocks[:rows, :columns] * component.steps.astype(np.float64)
    blocks = natural.reshape(rows, columns, 8, 8)
    if across:
        blocks = blocks.transpose(1, 0, 3, 2)
    if len(blocks) % 2:
        blocks = np.concatenate([blocks, blocks[-1:]])
    pairs = np.concatenate([blocks[::2], blocks[1::2]], axis=2)
    joined = HALVING.astype(np.float64) @ pairs
    if across:
        joined = joined.transpose(1, 0, 3, 2)
    flat: NDArray[np.float64] = joined.reshape(*joined.shape[:2], 64)[:, :, ZIGZAG]
    return np.round(flat * 4)


@pytest.mark.parametrize("sampling", ["4:2:0", "4:1:1", "grey", "one coarser"])
def test_other_samplings_are_not_halved(sampling: str) -> None:
    for halve in (halve_rows, halve_columns):
        with pytest.raises(UnsupportedError):
            halve(photo(16, 16, SAMPLINGS[sampling]))
