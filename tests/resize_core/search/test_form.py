"""The choice of a photo's form: which ones are candidates, and what decides between them."""

from dataclasses import dataclass, field

import pytest

from resize_core.search.form import Form, Loss, best_form

FULL, FIVE, HALF, QUARTER = (Form(eighths, halved=False) for eighths in (8, 5, 4, 2))


@dataclass
class Known:
    """A judge that knows each form's loss and score, and remembers which ones it tried."""

    losses: dict[Form, Loss]
    scores: dict[Form, float]
    error: float = 1.0
    tried: list[Form] = field(default_factory=list)

    def lost(self, form: Form) -> float:
        return self.losses[form].lost

    def loss(self, form: Form) -> Loss:
        self.tried.append(form)
        return self.losses[form]

    def own(self) -> float:
        return self.error

    def score(self, form: Form) -> float:
        return self.scores[form]


def test_full_size_is_a_candidate_if_half_size_loses_as_much_detail() -> None:
    # A fine pattern: half size saves most of the error of quantization, and loses the pattern.
    losses = {FULL: Loss(0, 14.2), FIVE: Loss(7.1, 7.5), HALF: Loss(9.4, 4.2)}
    judge = Known(losses, {FULL: 54, FIVE: 51, HALF: 50})
    assert best_form([FULL], [FIVE, HALF], judge) == FULL


def test_fewer_pixels_are_used_if_they_score_better() -> None:
    losses = {FULL: Loss(0, 40), FIVE: Loss(1, 24), HALF: Loss(3, 18)}
    judge = Known(losses, {FULL: 60, FIVE: 64, HALF: 66})
    assert best_form([FULL], [FIVE, HALF], judge) == HALF


def test_fewer_pixels_must_score_more_than_a_little_better() -> None:
    losses = {FULL: Loss(0, 20), HALF: Loss(6, 10)}
    assert best_form([FULL], [HALF], Known(losses, {FULL: 60, HALF: 60.5})) == FULL
    assert best_form([FULL], [HALF], Known(losses, {FULL: 60, HALF: 60.7})) == HALF


def test_forms_that_lose_much_more_than_the_best_one_are_not_scored() -> None:
    losses = {FULL: Loss(0, 100), FIVE: Loss(2, 20), HALF: Loss(40, 5)}
    judge = Known(losses, {FIVE: 1, FULL: 0})
    assert best_form([FULL], [FIVE, HALF], judge) == FIVE
    assert HALF not in judge.tried


@pytest.mark.parametrize(
    ("coding", "score"),
    [
        pytest.param(2.9, 60.0, id="little more error than the photo's own"),
        pytest.param(50.0, 88.0, id="full size looks fine"),
    ],
)
def test_fewer_pixels_are_not_tried_where_full_size_is_good(coding: float, score: float) -> None:
    judge = Known({FULL: Loss(0, coding), HALF: Loss(0.1, 0.1)}, {FULL: score, HALF: 100})
    assert best_form([FULL], [HALF], judge) == FULL
    assert HALF not in judge.tried


def test_smaller_sizes_are_not_tried_once_their_lost_detail_is_too_much() -> None:
    losses = {FULL: Loss(0, 10), HALF: Loss(16, 1), QUARTER: Loss(90, 1)}
    judge = Known(losses, {})
    assert best_form([FULL], [HALF, QUARTER], judge) == FULL
    assert judge.tried == [FULL]
