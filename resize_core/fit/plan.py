"""The path to search: what gives way first, and for how long, on this photo."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from resize_core.choices import Strategy
from resize_core.fit.balance import Balance
from resize_core.fit.path import Path
from resize_core.fit.root import zero
from resize_core.model import Dial, Sampling, Setting

_CLOSE_ENOUGH_TO_COMPARE, _CLOSE_ENOUGH_TO_SETTLE = 0.01, 0.04
_FURTHER = 0.85
# A change must gain this much likeness.
_GAIN = 0.15


@dataclass(frozen=True, slots=True)
class Jury:
    """Who says which of two renditions of one size is more like the photo.

    `score` rates a setting on a sample, 100 for no difference. `samplings` are the ways to store
    colour that are worth a try, the most frugal first; `scales` are the scales, falling from 1.
    """

    score: Callable[[Setting], float] | None = None
    samplings: tuple[Sampling | None, ...] = (None,)
    scales: tuple[float, ...] = ()


def plan(  # noqa: PLR0913, PLR0917 - the budget, what may be chosen, and whom to ask
    strategy: Strategy,
    dial: Dial | None,
    scales: tuple[float, float],
    budget: int,
    balance: Balance,
    jury: Jury,
) -> Path:
    """Return the path to search for a budget, between the largest and the smallest scale.

    With a jury, chroma sampling and scale are those that a sample of the photo likes best at the
    quality the budget leaves them. Without one, scale stays until quality falls below what the
    dial holds, and then jumps to where the budget is met at a fair quality.
    """
    top, smallest = scales
    if dial is None:
        stops = (Setting(top), Setting(smallest))
        return Path(stops[:1] if strategy == "keep-pixels" else stops)
    start = Setting(top, dial.best, jury.samplings[0])
    if strategy == "keep-pixels":
        if jury.score:
            start = _liked(start, _samplings(start, jury), dial, budget, (balance, jury.score))[0]
        return Path(_turned(start, dial.best, dial.least))
    chosen = _judged(start, dial, budget, balance, jury) if jury.score else None
    if chosen is None or (chosen.quality or 0) <= dial.least:
        chosen = _ruled(start, smallest, dial, budget, balance)
    # The guesses err a little, so quality may go a little further than planned before scale does.
    enough = dial.least + ((chosen.quality or dial.least) - dial.least) * _FURTHER
    first = (replace(chosen, scale=top, quality=dial.best),) if chosen.scale < top else ()
    below = replace(chosen, scale=smallest)
    stops = (*first, *_turned(chosen, dial.best, enough), *_turned(below, enough, dial.least))
    return Path(stops, len(first) + 0.9)


def _judged(start: Setting, dial: Dial, budget: int, balance: Balance, jury: Jury) -> Setting:
    """Ask the jury for the sampling, and for the scale where quality falls below calm."""
    if not jury.score:
        return start
    asked = balance, jury.score
    quality = _quality(start, dial, budget, balance)
    ways = _samplings(start, jury) if quality < dial.calm_colour else iter(())
    if quality >= dial.calm and (len(jury.samplings) == 1 or quality >= dial.calm_colour):
        return replace(start, quality=quality)
    best, score = _liked(start, ways, dial, budget, asked)
    if (best.quality or 0) >= dial.calm:
        return best
    return _scaled(best, score, start.scale, jury.scales, lambda s: _rated(s, dial, budget, asked))


def _scaled(
    best: Setting,
    score: float,
    top: float,
    scales: tuple[float, ...],
    rated: Callable[[Setting], tuple[Setting, float]],
) -> Setting:
    """Try three quarters and half of the sides, then what lies beside the better one.

    A photo that was JPEG has its own blocks: just below full size they cost more than they give,
    so that half may be better than full size and all between them worse.
    """
    tried = {best.scale: (best, score)}

    def best_of(more: Iterable[float]) -> float:
        for scale in more:
            if scale < top and scale not in tried:
                tried[scale] = rated(replace(best, scale=scale))
        return max(tried, key=lambda scale: tried[scale][1] + _GAIN * scale)

    liked = best_of((0.75, 0.5))
    while liked in scales:
        i = scales.index(liked)
        if (after := best_of(scales[max(0, i - 1) : i + 2])) == liked:
            break
        liked = after
    return tried[liked][0]


def _samplings(start: Setting, jury: Jury) -> Iterator[Setting]:
    return (replace(start, sampling=sampling) for sampling in jury.samplings[1:])


def _liked(
    first: Setting,
    others: Iterable[Setting],
    dial: Dial,
    budget: int,
    asked: tuple[Balance, Callable[[Setting], float]],
) -> tuple[Setting, float]:
    """Return the setting that is liked best at the quality the budget leaves it, and its score."""
    best, high = _rated(first, dial, budget, asked)
    for other in others:
        setting, rating = _rated(other, dial, budget, asked)
        if rating > high + _GAIN:
            best, high = setting, rating
    return best, high


def _rated(
    setting: Setting, dial: Dial, budget: int, asked: tuple[Balance, Callable[[Setting], float]]
) -> tuple[Setting, float]:
    """Return a setting at the quality the budget leaves it, and its score."""
    balance, score = asked
    quality = _quality(setting, dial, budget, balance)
    at = replace(setting, quality=quality)
    return at, score(at) if quality > dial.least else -math.inf


def _quality(setting: Setting, dial: Dial, budget: int, balance: Balance) -> float:
    """The quality at which a setting's scale and sampling meet the budget, by the quick guess."""
    line = Path(_turned(setting, dial.best, dial.least))
    aim = math.log(budget)
    at = zero(
        lambda p: math.log(balance.quick(line.at(p))) - aim,
        0.0,
        1.0,
        line.likely,
        close=_CLOSE_ENOUGH_TO_COMPARE,
    )
    return line.at(at).quality or 0.0


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
        close=_CLOSE_ENOUGH_TO_SETTLE,
    )
    return line.at(at)


def _turned(setting: Setting, high: float, low: float) -> tuple[Setting, Setting]:
    return replace(setting, quality=high), replace(setting, quality=low)
