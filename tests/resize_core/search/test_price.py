"""The price of a bit, and the form that loses least."""

import math
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as some

from resize_core.search.form import Form, Loss, best_form
from resize_core.search.price import Room, meet, price_for


@given(some.floats(1e-5, 1e4), some.floats(0.2, 3))
def test_the_price_is_the_least_that_fits(price: float, steep: float) -> None:
    def size(at: float) -> float:
        return float(1e6 * at**-steep)

    found = price_for(size, size(price))
    assert found == pytest.approx(price, rel=1e-4)
    assert size(found) <= size(price) * (1 + 1e-6)


@given(
    steep=some.floats(0.5, 3),
    wrong=some.floats(0.5, 2),
    grain=some.floats(1, 1.2),
    share=some.floats(0.05, 0.95),
)
def test_what_is_met_is_counted_and_within_the_room(
    steep: float, wrong: float, grain: float, share: float
) -> None:
    counted = []

    def count(price: float) -> tuple[int, float]:
        steps = round(math.log(price) / math.log(grain)) if grain > 1.001 else None
        size = 1e6 * (price if steps is None else grain**steps) ** -steep
        counted.append(int(size))
        return int(size), price

    room = Room(1e6 * share * 0.987, 1e6 * share * 0.97, 1e6 * share)
    found = meet(lambda price: wrong * 1e6 * price**-steep, count, room, 12)
    assert found is not None
    assert found.size in counted
    assert found.size <= room.most
    assert found.size == max(size for size in counted if size <= room.most)


def test_a_size_that_few_prices_lead_to_is_found_between_two_others() -> None:
    counted = []

    def guess(price: float) -> float:
        return 110.0 if price < 1 else 97.0 if price < 1.001 else 90.0

    def count(price: float) -> tuple[int, float]:
        counted.append(round(1.01 * guess(price)))
        return counted[-1], price

    found = meet(guess, count, Room(97, 95, 99), 12)
    assert found is not None
    assert (found.size, counted[-1]) == (98, 98)
    assert len(counted) <= 3


def test_the_search_ends_where_no_size_lies_between() -> None:
    counted = []

    def count(price: float) -> tuple[int, float]:
        counted.append(110 if price < 1 else 90)
        return counted[-1], price

    found = meet(lambda price: 108.0 if price < 1 else 91.0, count, Room(100, 99, 101), 12)
    assert found is not None
    assert found.size == 90
    assert len(counted) <= 3


def test_what_no_price_makes_small_enough_is_not_met() -> None:
    assert meet(lambda _: 100.0, lambda price: (100, price), Room(50, 40, 60), 8) is None


FORMS = {eighths: Form(eighths, halved=False) for eighths in (8, 6, 5, 4)}


@dataclass
class Told:
    """Returns the losses and scores it was given, and remembers which it was asked for."""

    losses: dict[Form, Loss]
    scores: dict[Form, float] = field(default_factory=dict)
    error: float = 0.0
    tried: list[Form] = field(default_factory=list)
    scored: list[Form] = field(default_factory=list)

    def lost(self, form: Form) -> float:
        return self.losses[form].lost

    def own(self) -> float:
        return self.error

    def loss(self, form: Form) -> Loss:
        self.tried.append(form)
        return self.losses[form]

    def score(self, form: Form) -> float:
        self.scored.append(form)
        return self.scores[form]


def told(losses: dict[int, Loss], scores: dict[int, float], error: float = 0.0) -> Told:
    return Told(
        {FORMS[eighths]: loss for eighths, loss in losses.items()},
        {FORMS[eighths]: score for eighths, score in scores.items()},
        error,
    )


def chosen(judge: Told) -> Form:
    return best_form([FORMS[8]], [form for form in judge.losses if form != FORMS[8]], judge)


def test_a_form_is_tried_only_while_it_can_win() -> None:
    losses = {8: Loss(0, 0.02), 6: Loss(0.001, 0.012), 5: Loss(0.003, 0.008), 4: Loss(9.0, 0.001)}
    judge = told(losses, {8: 60.0, 6: 70.0, 5: 71.0})
    assert chosen(judge) == FORMS[5]
    assert judge.tried == judge.scored == [FORMS[8], FORMS[6], FORMS[5]]


def test_nothing_is_scored_where_one_form_is_clearly_best() -> None:
    judge = told({8: Loss(0, 0.010), 6: Loss(0.050, 0.009)}, {})
    assert chosen(judge) == FORMS[8]
    assert judge.scored == []


@pytest.mark.parametrize(("score", "eighths"), [(70.5, 8), (70.7, 6)])
def test_fewer_pixels_have_to_look_better(score: float, eighths: int) -> None:
    losses = {8: Loss(0, 0.020), 6: Loss(0, 0.019)}
    assert chosen(told(losses, {8: 70.0, 6: score})) == FORMS[eighths]


def test_where_all_pixels_look_fine_no_fewer_are_tried() -> None:
    judge = told({8: Loss(0, 0.020), 6: Loss(0, 0.010)}, {8: 88.0})
    assert chosen(judge) == FORMS[8]
    assert judge.tried == [FORMS[8]]


@pytest.mark.parametrize(("error", "eighths"), [(0.007, 8), (0.006, 6)])
def test_a_photo_keeps_its_pixels_where_coding_adds_little(error: float, eighths: int) -> None:
    losses = {8: Loss(0, 0.020), 6: Loss(0, 0.010)}
    judge = told(losses, {8: 60.0, 6: 70.0}, error)
    assert chosen(judge) == FORMS[eighths]


ALL, HALVED = Form(8, halved=False), Form(8, halved=True)


@pytest.mark.parametrize(
    ("lost", "error", "tried"),
    [(0.0001, 0.003, [HALVED]), (0.0001, 0.004, [HALVED, ALL]), (0.001, 0.0, [HALVED, ALL])],
)
def test_all_colours_are_tried_where_halving_them_may_show(
    lost: float, error: float, tried: list[Form]
) -> None:
    judge = Told({HALVED: Loss(lost, 0.010), ALL: Loss(0, 0.009)}, error=error)
    assert best_form([HALVED, ALL], [], judge) == tried[-1]
    assert judge.tried == tried
