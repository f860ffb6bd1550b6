"""Which form a photo takes: how large, and how many of its colour samples are kept."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

# Fitted on photos (SSIMULACRA2 at four budgets): what is lost for good shows less than what coding
# leaves, and fewer pixels must promise this much.
_LOST, _PROMISE = 0.7, 0.8


@dataclass(frozen=True, slots=True)
class Form:
    """`eighths` of each side remain, 8 for all; `halved` is whether colours are stored at 4:2:0."""

    eighths: int
    halved: bool


@dataclass(frozen=True, slots=True)
class Loss:
    """The weighted error that a form leaves: `lost` for good, and by `coding` what remains."""

    lost: float
    coding: float

    @property
    def total(self) -> float:
        """Both together, as they show."""
        return _LOST * self.lost + self.coding


def best_form(
    whole: Iterable[Form],
    scaled: Iterable[Form],
    lost: Callable[[Form], float],
    loss: Callable[[Form], Loss],
) -> Form:
    """Return the form that loses least.

    `scaled` are asked from the largest to the smallest, as long as they improve: `lost` alone,
    which costs next to nothing, says when no smaller one can.
    """
    totals = {form: loss(form).total for form in whole}
    best = min(totals, key=lambda form: totals[form], default=None)
    least = totals[best] * _PROMISE if best else float("inf")
    before = float("inf")
    for form in scaled:
        if best and _LOST * lost(form) >= least:
            break
        total = loss(form).total
        if total < least:
            best, least = form, total
        elif total > before:
            break
        before = total
    if best is None:
        raise ValueError("no form was asked about")
    return best
