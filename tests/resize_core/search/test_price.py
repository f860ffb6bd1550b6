"""The price of a bit, and the form that loses least."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as some

from resize_core.search.form import Form, Loss, best_form, share_that_shows
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


def test_what_no_price_makes_small_enough_is_not_met() -> None:
    assert meet(lambda _: 100.0, lambda price: (100, price), Room(50, 40, 60), 8) is None


@given(some.floats(0, 1), some.floats(0, 1))
def test_what_is_lost_shows_less_the_coarser_coding_is(one: float, other: float) -> None:
    fine, coarse = sorted((one, other))
    assert 0.5 <= share_that_shows(coarse) <= share_that_shows(fine) <= 1


def test_a_form_is_asked_about_only_while_it_can_win() -> None:
    asked: list[Form] = []
    losses = {8: Loss(0, 0.02), 6: Loss(0.001, 0.012), 5: Loss(0.003, 0.008), 4: Loss(9.0, 0.001)}

    def loss(form: Form) -> Loss:
        asked.append(form)
        return losses[form.eighths]

    forms = {eighths: Form(eighths, halved=False) for eighths in losses}
    scaled = [forms[6], forms[5], forms[4]]
    best = best_form([forms[8]], scaled, lambda form: losses[form.eighths].lost, loss)
    assert best == forms[5]
    assert forms[4] not in asked


def test_fewer_pixels_have_to_promise_more_than_a_little() -> None:
    whole, smaller = Form(8, halved=False), Form(6, halved=False)
    losses = {whole: Loss(0, 0.020), smaller: Loss(0, 0.019)}
    assert best_form([whole], [smaller], lambda _: 0.0, losses.__getitem__) == whole


def test_where_coding_errs_little_more_than_the_photo_did_no_pixels_go() -> None:
    whole, smaller = Form(8, halved=False), Form(6, halved=False)
    losses = {whole: Loss(0, 0.020), smaller: Loss(0, 0.001)}
    assert best_form([whole], [smaller], lambda _: 0.0, losses.__getitem__, 0.001) == smaller
    assert best_form([whole], [smaller], lambda _: 0.0, losses.__getitem__, 0.002) == whole
