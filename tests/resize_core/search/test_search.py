"""The search, over formulas in place of encoders."""

import math
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from resize_core.capabilities import Capabilities, QualityRange
from resize_core.errors import CannotFitError
from resize_core.model import Setting
from resize_core.search import SearchResult, plan, search
from resize_core.search.path import Path
from resize_core.search.root_finding import find_zero

PIXELS = 12_000_000
QUALITY = QualityRange(best=98, least=0, scale_below=45, quality_when_scaled=75)
QUALITIES = st.sampled_from([QUALITY, None])


class Formula:
    """A picture whose bytes fall with quality and scale, in steps if so wished.

    Its estimates are the truth times `error`, and times the root of that.
    """

    def __init__(
        self,
        slope: float,
        floor: int,
        step: float = 0,
        *,
        error: float = 1,
        quality: QualityRange | None = QUALITY,
    ) -> None:
        self.capabilities = Capabilities(quality)
        self.judge = None
        self.slope, self.floor, self.step, self.error = slope, floor, step, error

    def estimate_size(self, setting: Setting) -> float:
        return self._size(setting) * self.error

    def estimate_size_exactly(self, setting: Setting) -> float:
        return self._size(setting) * math.sqrt(self.error)

    def encode(self, setting: Setting) -> bytes:
        return bytes(self._size(setting))

    def _size(self, setting: Setting) -> int:
        quality = 100 if setting.quality is None else setting.quality
        quality = round(quality / self.step) * self.step if self.step else quality
        pixels = max(1, PIXELS * setting.scale**2)
        return round(self.floor + pixels * 0.02 * math.exp(self.slope * quality / 100))


def found(picture: Formula, budget: int) -> SearchResult:
    return search(plan("best", picture, (1, 1e-4), budget), budget, picture)


@settings(deadline=None)
@given(
    st.floats(1, 4), st.integers(1, 500), st.integers(1, 8_000_000), QUALITIES, st.floats(0.3, 3)
)
def test_the_search_keeps_the_budget_and_uses_it(
    slope: float, floor: int, budget: int, quality: QualityRange | None, error: float
) -> None:
    picture = Formula(slope, floor, error=error, quality=quality)
    assume(len(picture.encode(Setting(1e-4, quality.least if quality else None))) <= budget)
    made = found(picture, budget)
    assert len(made.best.data) <= budget
    best = len(picture.encode(Setting(1, quality.best if quality else None)))
    if 20_000 < budget < best:
        assert len(made.best.data) >= 0.9 * budget
    if budget >= best:
        assert made.best.setting == Setting(1, quality.best if quality else None)


@settings(deadline=None)
@given(st.floats(1, 4), st.integers(20_000, 2_000_000), st.sampled_from([1, 5, 20]))
def test_a_quality_with_steps_needs_at_most_14_tries(
    slope: float, budget: int, step: float
) -> None:
    made = found(Formula(slope, 300, step), budget)
    assert len(made.best.data) <= budget
    assert made.tries <= 14


@settings(deadline=None)
@given(st.floats(1, 4), st.integers(50_000, 2_000_000))
def test_a_right_estimate_needs_one_try(slope: float, budget: int) -> None:
    picture = Formula(slope, 300)
    assume(budget < len(picture.encode(Setting(1, QUALITY.best))))
    assert found(picture, budget).tries == 1


@settings(deadline=None)
@given(st.floats(1, 4), st.integers(50_000, 2_000_000), st.floats(0.3, 3))
def test_one_encoding_corrects_an_estimate_that_is_wrong_by_one_factor(
    slope: float, budget: int, error: float
) -> None:
    picture = Formula(slope, 300, error=error)
    assume(budget < len(picture.encode(Setting(1, QUALITY.best))))
    made = found(picture, budget)
    assert made.tries <= 3
    assert 0.96 * budget <= len(made.best.data) <= budget


class Slanted(Formula):
    """A picture whose estimates are the further off, the higher the quality is."""

    def estimate_size(self, setting: Setting) -> float:
        quality = 100 if setting.quality is None else setting.quality
        return self._size(setting) * math.pow(self.error, quality / 100)

    estimate_size_exactly = estimate_size


def test_encodings_correct_estimates_whose_error_changes_with_quality() -> None:
    tries = []
    for slope, error, share in product((1, 2, 4), (0.5, 0.8, 2), (0.1, 0.3, 0.5, 0.7, 0.9)):
        picture = Slanted(slope, 300, error=error)
        least = len(picture.encode(Setting(1, QUALITY.scale_below)))
        best = len(picture.encode(Setting(1, QUALITY.best)))
        budget = round(least + (best - least) * share)
        made = found(picture, budget)
        assert 0.9 * budget <= len(made.best.data) <= budget
        tries.append(made.tries)
    assert sum(tries) / len(tries) < 3.5, tries


class OnlyExactly(Formula):
    """A picture whose quick estimate is off by one factor, and whose exact one is right."""

    def estimate_size_exactly(self, setting: Setting) -> float:
        return self._size(setting)


@pytest.mark.parametrize("error", [0.5, 0.9, 1.1, 2])
def test_a_right_exact_estimate_needs_one_try(error: float) -> None:
    picture = OnlyExactly(2, 300, error=error)
    made = found(picture, 500_000)
    assert made.tries == 1
    assert 480_000 <= len(made.best.data) <= 500_000


def test_quality_goes_first_and_then_scale_with_quality_restored() -> None:
    picture = Formula(3, 300)
    lowest = len(picture.encode(Setting(1, QUALITY.scale_below)))
    assert found(picture, lowest + 100_000).best.setting.scale == 1
    lower = found(picture, lowest // 3).best.setting
    assert lower.scale < 1
    assert lower.quality is not None
    assert lower.quality > 60


def test_a_budget_below_the_smallest_rendition_is_refused_with_its_size() -> None:
    picture = Formula(2, 400)
    smallest = len(picture.encode(Setting(1e-4, 0)))
    assert len(found(picture, smallest).best.data) == smallest
    with pytest.raises(CannotFitError) as refused:
        found(picture, smallest - 1)
    assert refused.value.smallest == smallest


@given(st.floats(0, 99.9))
def test_a_path_returns_the_position_of_a_quality(quality: float) -> None:
    path = Path((Setting(1, 100), Setting(1, 0)))
    assert path.at(path.position_of(quality)).quality == pytest.approx(quality, abs=1e-6)


@pytest.mark.parametrize("steep", [0.6, 1, 2])
def test_a_predictable_function_needs_few_evaluations(steep: float) -> None:
    asked: list[float] = []

    def excess(at: float) -> float:
        asked.append(at)
        return 1.3 - steep * 4 * at + 0.2 * at * at

    assert abs(excess(find_zero(excess, 0, 1, lambda at: -4 * at, 0.5))) < 0.005
    assert len(asked) <= 6


def test_a_jump_over_zero_needs_few_evaluations() -> None:
    asked: list[float] = []

    def excess(at: float) -> float:
        asked.append(at)
        return 0.02 if at < 0.4321 else -0.02

    assert find_zero(excess, 0, 1, lambda at: -at) == pytest.approx(0.4321, abs=0.001)
    assert len(asked) <= 12
