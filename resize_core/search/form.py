"""Choose the form of a photo: its size, and its chroma sampling."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

# Forms are candidates if they lose at most this many times as much as the best one.
_IN_DOUBT = 1.5
# Fewer pixels must score this many points better, which is about the error of scores.
_FEWER_WIN_BY = 0.6
# If full size scores this much, or quantization adds less than this many times the photo's own
# error, fewer pixels were seldom better.
_FINE, _LITTLE = 88.0, 3.0
# Halved chroma that loses less than this share of the error of quantization was better than full
# chroma, unless that error is small.
_NEXT_TO_NOTHING = 0.02


@dataclass(frozen=True, slots=True)
class Form:
    """`eighths` of each side remain, 8 for all; `halved` is whether colours are stored at 4:2:0."""

    eighths: int
    halved: bool


@dataclass(frozen=True, slots=True)
class Loss:
    """The weighted error of a pixel in a form: by `lost` detail, and by `coding` the rest."""

    lost: float
    coding: float

    @property
    def total(self) -> float:
        """Both errors."""
        return self.lost + self.coding


class Judge(Protocol):
    """Rates the forms of one photo. `lost` takes almost no time, `loss` the most."""

    def lost(self, form: Form) -> float:
        """Return the `lost` of a form's `loss`."""

    def loss(self, form: Form) -> Loss:
        """Return the loss of a form."""

    def own(self) -> float:
        """Return the weighted error of a pixel in the photo itself."""

    def score(self, form: Form) -> float:
        """Return the similarity of a form and the photo: 100 is no difference."""


def best_form(whole: Iterable[Form], scaled: Iterable[Form], judge: Judge) -> Form:
    """Return the form with the least loss, or the candidate with the best score.

    `whole` are forms at full size, from the least chroma to the most. `scaled` are smaller ones,
    from the largest to the smallest: their lost detail shows when no smaller one can be a
    candidate.
    """
    little = _LITTLE * judge.own()
    best, loss = _best_whole(whole, judge, little)
    totals = {best: loss.total}
    scores: dict[Form, float] = {}
    for form in scaled:
        if judge.lost(form) > _IN_DOUBT * min(totals.values()):
            break
        if not scores:
            if loss.coding <= little:
                return best
            scores[best] = judge.score(best) + _FEWER_WIN_BY
            if scores[best] >= _FINE + _FEWER_WIN_BY:
                return best
        totals[form] = judge.loss(form).total
    most = _IN_DOUBT * min(totals.values())
    doubtful = [form for form, total in totals.items() if total <= most]
    if len(doubtful) == 1:
        return doubtful[0]
    scores |= {form: judge.score(form) for form in doubtful if form not in scores}
    return max(doubtful, key=lambda form: scores[form])


def _best_whole(whole: Iterable[Form], judge: Judge, little: float) -> tuple[Form, Loss]:
    losses: dict[Form, Loss] = {}
    for form in whole:
        losses[form] = loss = judge.loss(form)
        if loss.coding > little and loss.lost <= _NEXT_TO_NOTHING * loss.coding:
            break
    best = min(losses, key=lambda form: losses[form].total)
    return best, losses[best]
