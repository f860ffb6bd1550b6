"""Which form a photo takes: how large, and how many of its colour samples are kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

# What is lost for good shows half as much as what coding leaves, where many forms are about as
# good; they are compared where they lose no more than this many times what the best one does.
_LOST_SHOWS, _IN_DOUBT = 0.5, 1.5
# By so many points fewer pixels have to look better: scores err by about as much.
_FEWER_WIN_BY = 0.6
# Where all pixels score so much, or coding leaves less than so many times the error that the photo
# has already, fewer pixels seldom looked better.
_FINE, _LITTLE = 88.0, 3.0
# Fewer colours that lose this share of what coding leaves were better than all of them, but where
# coding leaves little.
_NEXT_TO_NOTHING = 0.02


@dataclass(frozen=True, slots=True)
class Form:
    """`eighths` of each side remain, 8 for all; `halved` is whether colours are stored at 4:2:0."""

    eighths: int
    halved: bool


@dataclass(frozen=True, slots=True)
class Loss:
    """The weighted error of a pixel in a form: `lost` for good, and by `coding` what remains."""

    lost: float
    coding: float


class Judge(Protocol):
    """Says what forms of one photo lose. `lost` costs next to nothing, `loss` most."""

    def lost(self, form: Form) -> float:
        """Return what `loss` returns as lost for good."""

    def loss(self, form: Form) -> Loss:
        """Return what a form loses."""

    def own(self) -> float:
        """Return the weighted error of a pixel that the photo itself has."""

    def score(self, form: Form) -> float:
        """Return how much a form looks like the photo: 100 for no difference."""


def best_form(whole: Iterable[Form], scaled: Iterable[Form], judge: Judge) -> Form:
    """Return the form that loses least; of those with full sides and about as good ones, the best.

    `whole` are asked from the fewest colours to the most. `scaled` are asked from the largest to
    the smallest: what they lose for good says when no smaller one can be in doubt.
    """
    little = _LITTLE * judge.own()
    best, loss = _best_whole(whole, judge, little)
    totals = {best: _LOST_SHOWS * loss.lost + loss.coding}
    scores: dict[Form, float] = {}
    for form in scaled:
        if _LOST_SHOWS * judge.lost(form) > _IN_DOUBT * min(totals.values()):
            break
        if not scores:
            if loss.coding <= little:
                return best
            scores[best] = judge.score(best) + _FEWER_WIN_BY
            if scores[best] >= _FINE + _FEWER_WIN_BY:
                return best
        found = judge.loss(form)
        totals[form] = _LOST_SHOWS * found.lost + found.coding
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
    best = min(losses, key=lambda form: losses[form].lost + losses[form].coding)
    return best, losses[best]
