"""Which form a photo takes: how large, and how many of its colour samples are kept."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

# Fitted on photos (SSIMULACRA2 at four budgets): fewer pixels must promise this much.
_PROMISE = 0.85
# How many times a photo's own error is little.
_LITTLE = 12.0
# What is lost for good shows less than what coding leaves, the less the coarser that is: the error
# of a pixel and the share at one end, and at the other.
_FINE, _COARSE = (0.01, 1.0), (0.06, 0.5)


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


def share_that_shows(coding: float) -> float:
    """Return the share of what is lost for good that shows beside an error that coding leaves."""
    (fine, most), (coarse, least) = _FINE, _COARSE
    along = math.log(max(coding, 1e-9) / fine) / math.log(coarse / fine)
    return most + (least - most) * min(max(along, 0.0), 1.0)


def best_form(
    whole: Iterable[Form],
    scaled: Iterable[Form],
    lost: Callable[[Form], float],
    loss: Callable[[Form], Loss],
    own: float = 0.0,
) -> Form:
    """Return the form that loses least.

    `scaled` are asked from the largest to the smallest, as long as they improve: `lost` alone,
    which costs next to nothing, says when no smaller one can. None is asked where coding leaves
    little more than the photo's `own` error: its blocks are what it looks like then.
    """
    losses = {form: loss(form) for form in whole}
    least_coding = min(each.coding for each in losses.values())
    shows = share_that_shows(least_coding)
    totals = {form: shows * each.lost + each.coding for form, each in losses.items()}
    best = min(totals, key=lambda form: totals[form])
    least, before = totals[best] * _PROMISE, math.inf
    for form in scaled if least_coding > _LITTLE * own else ():
        if shows * lost(form) >= least:
            break
        found = loss(form)
        total = shows * found.lost + found.coding
        if total < least:
            best, least = form, total
        elif total > before:
            break
        before = total
    return best
