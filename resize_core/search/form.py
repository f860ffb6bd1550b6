"""Which form a photo takes: how large, and how many of its colour samples are kept."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

# What is lost for good shows half as much as what coding leaves, where many forms are about as
# good; they are compared where they lose no more than this many times what the best one does.
_LOST_SHOWS, _IN_DOUBT = 0.5, 1.5
# By so many points fewer pixels have to look better: scores err by about as much.
_FEWER_WIN_BY = 0.6
# Where all pixels score so much, fewer never looked better.
_FINE = 82.0


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


def best_form(
    whole: Iterable[Form],
    scaled: Iterable[Form],
    lost: Callable[[Form], float],
    loss: Callable[[Form], Loss],
    score: Callable[[Form], float],
) -> Form:
    """Return the form that loses least; of those with full sides and about as good ones, the best.

    `scaled` are asked from the largest to the smallest: `lost` alone, which costs next to nothing,
    says when no smaller one can be in doubt. `score` is asked once for each that is.
    """
    losses = {form: loss(form) for form in whole}
    best = min(losses, key=lambda form: losses[form].lost + losses[form].coding)
    totals = {best: _LOST_SHOWS * losses[best].lost + losses[best].coding}
    scores: dict[Form, float] = {}
    for form in scaled:
        least = min(totals.values())
        if _LOST_SHOWS * lost(form) > _IN_DOUBT * least:
            break
        if not scores:
            scores[best] = score(best) + _FEWER_WIN_BY
            if scores[best] >= _FINE + _FEWER_WIN_BY:
                return best
        found = loss(form)
        totals[form] = _LOST_SHOWS * found.lost + found.coding
    most = _IN_DOUBT * min(totals.values())
    doubtful = [form for form, total in totals.items() if total <= most]
    if len(doubtful) == 1:
        return doubtful[0]
    scores |= {form: score(form) for form in doubtful if form not in scores}
    return max(doubtful, key=lambda form: scores[form])
