"""The search, over formulas in place of encoders."""

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from resize_core.errors import CannotFitError
from resize_core.model import Dial, Setting
from resize_core.search import Balance, Found, Jury, plan, search
from resize_core.search.path import Path
from resize_core.search.root_finding import zero

PIXELS = 12_000_000
DIAL = Dial(best=98, holds=45, fair=75, least=0)
DIALS = st.sampled_from([DIAL, None])


def formula(slope: float, floor: int, step: float = 0) -> Balance:
    """An encoder whose bytes fall with quality and scale, in steps if so wished."""

    def truth(setting: Setting) -> float:
        quality = 100 if setting.quality is None else setting.quality
        quality = round(quality / step) * step if step else quality
        pixels = max(1, PIXELS * setting.scale**2)
        return floor + pixels * 0.02 * math.exp(slope * quality / 100)

    return Balance(truth, truth, lambda setting: bytes(round(truth(setting))))


def found(balance: Balance, budget: int, dial: Dial | None, guess: float = 1) -> Found:
    wrong = Balance(lambda s: balance.quick(s) * guess, lambda s: balance.careful(s) * guess**0.5,
                    balance.encode)  # fmt: skip
    path = plan("best", dial, (1, 1e-4), budget, wrong, Jury())
    return search(path, budget, wrong)


@settings(deadline=None)
@given(st.floats(1, 4), st.integers(1, 500), st.integers(1, 8_000_000), DIALS, st.floats(0.3, 3))
def test_the_search_keeps_the_budget_and_uses_it(
    slope: float, floor: int, budget: int, dial: Dial | None, guess: float
) -> None:
    balance = formula(slope, floor)
    assume(len(balance.encode(Setting(1e-4, dial.least if dial else None))) <= budget)
    made = found(balance, budget, dial, guess)
    assert len(made.best.data) <= budget
    best = len(balance.encode(Setting(1, dial.best if dial else None)))
    if 20_000 < budget < best:
        assert len(made.best.data) >= 0.9 * budget
    if budget >= best:
        assert made.best.setting == Setting(1, dial.best if dial else None)


@settings(deadline=None)
@given(st.floats(1, 4), st.integers(20_000, 2_000_000), st.sampled_from([1, 5, 20]))
def test_a_dial_that_turns_in_steps_is_no_trap(slope: float, budget: int, step: float) -> None:
    made = found(formula(slope, 300, step), budget, DIAL)
    assert len(made.best.data) <= budget
    assert made.tries <= 14


@settings(deadline=None)
@given(st.floats(1, 4), st.integers(50_000, 2_000_000))
def test_a_good_balance_needs_one_try(slope: float, budget: int) -> None:
    balance = formula(slope, 300)
    assume(budget < len(balance.encode(Setting(1, DIAL.best))))
    assert found(balance, budget, DIAL).tries == 1


def test_quality_goes_first_and_then_scale_with_quality_restored() -> None:
    balance = formula(3, 300)
    at_holds = len(balance.encode(Setting(1, DIAL.holds)))
    assert found(balance, at_holds + 100_000, DIAL).best.setting.scale == 1
    lower = found(balance, at_holds // 3, DIAL).best.setting
    assert lower.scale < 1
    assert lower.quality is not None
    assert lower.quality > 60


def test_a_budget_below_the_smallest_rendition_is_refused_with_its_size() -> None:
    balance = formula(2, 400)
    smallest = len(balance.encode(Setting(1e-4, 0)))
    with pytest.raises(CannotFitError) as refused:
        found(balance, smallest - 1, DIAL)
    assert refused.value.smallest == smallest


@given(st.floats(0, 99.9))
def test_a_path_knows_where_a_quality_lies(quality: float) -> None:
    path = Path((Setting(1, 100), Setting(1, 0)))
    assert path.at(path.turn(quality)).quality == pytest.approx(quality, abs=1e-6)


@pytest.mark.parametrize("steep", [0.6, 1, 2])
def test_a_function_that_falls_about_as_foreseen_is_asked_a_few_times(steep: float) -> None:
    asked: list[float] = []

    def excess(at: float) -> float:
        asked.append(at)
        return 1.3 - steep * 4 * at + 0.2 * at * at

    assert abs(excess(zero(excess, 0, 1, lambda at: -4 * at, 0.5))) < 0.005
    assert len(asked) <= 6


def test_a_step_over_zero_is_not_asked_about_for_long() -> None:
    asked: list[float] = []

    def excess(at: float) -> float:
        asked.append(at)
        return 0.02 if at < 0.4321 else -0.02

    assert zero(excess, 0, 1, lambda at: -at) == pytest.approx(0.4321, abs=0.001)
    assert len(asked) <= 12
