"""The path to search: what gives way first, and for how long, on this photo."""

import math
from dataclasses import replace

from resize_core.model import Dial, Setting
from resize_core.options import Strategy
from resize_core.search.choose_encoding import Asked, Jury
from resize_core.search.estimates import Balance
from resize_core.search.path import Path, turned
from resize_core.search.root_finding import zero

_CLOSE_ENOUGH = 0.04
_FURTHER = 0.85


def plan(  # noqa: PLR0913, PLR0917 - the budget, what may be chosen, and whom to ask
    strategy: Strategy,
    dial: Dial | None,
    scales: tuple[float, float],
    budget: int,
    balance: Balance,
    jury: Jury,
) -> Path:
    """Return the path to search for a budget, between the largest and the smallest scale.

    With a jury, the way to write and the scale are those that a sample of the photo likes best
    at the quality the budget leaves them. Without one, scale stays until quality falls below what
    the dial holds, and then jumps to where the budget is met at a fair quality.
    """
    top, smallest = scales
    if dial is None:
        stops = (Setting(top), Setting(smallest))
        return Path(stops[:1] if strategy == "keep-pixels" else stops)
    asked = Asked(dial, budget, balance, jury)
    start = asked.start(top)
    if strategy == "keep-pixels":
        if jury.score:
            start = asked.for_ways(start)
        return Path(turned(start, dial.best, dial.least))
    chosen = asked.for_all(start) if jury.score else None
    if chosen is None or (chosen.quality or 0) <= dial.least:
        chosen = _ruled(start, smallest, dial, budget, balance)
    # The guesses err a little, so quality may go a little further than planned before scale does.
    enough = dial.least + ((chosen.quality or dial.least) - dial.least) * _FURTHER
    first = (replace(chosen, scale=top, quality=dial.best),) if chosen.scale < top else ()
    below = replace(chosen, scale=smallest)
    more = replace(chosen, quality=dial.best)
    stops = (*first, more, chosen, replace(chosen, quality=enough))
    return Path((*stops, *turned(below, enough, dial.least)), len(first) + 1.0)


def _ruled(start: Setting, smallest: float, dial: Dial, budget: int, balance: Balance) -> Setting:
    """Keep the scale while quality holds, and else find the one that a fair quality allows."""
    holds = replace(start, quality=dial.holds)
    if balance.quick(holds) <= budget:
        return holds
    fair = replace(start, quality=dial.fair)
    line = Path((fair, replace(fair, scale=smallest)))
    aim = math.log(budget)
    at = zero(
        lambda p: math.log(balance.quick(line.at(p))) - aim,
        0.0,
        1.0,
        line.likely,
        start=0.05,
        close=_CLOSE_ENOUGH,
    )
    return line.at(at)
