"""The path to search: what gives way first, and for how long, on this photo."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from resize_core.choices import Strategy
from resize_core.fit.balance import Balance
from resize_core.fit.path import Path, left_out, quality_of
from resize_core.fit.root import zero
from resize_core.model import Dial, Setting, Way

_CLOSE_ENOUGH_TO_COMPARE, _CLOSE_ENOUGH_TO_SETTLE = 0.01, 0.04
_FURTHER = 0.85
# A change must gain this much likeness, and fewer pixels this much.
_GAIN, _GAIN_OF_FEWER = 0.15, 1.0
# By how much it underrates libjpeg at high quality: by 0.5 to 1.2 on four photos.
_UNDERRATED = 0.5
# How often what better coding saves is asked anew, and how far quality may have moved for not.
_MOST_CORRECTIONS, _STAYS = 3, 6.0
# With which power of the scale what an encoder leaves out goes, for the same bytes.
_FEWER_FOR_FINER = 1.8
# Where most photos' quality lies on the way from the best to the least.
_LIKELY = 0.5


@dataclass(frozen=True, slots=True)
class Jury:
    """Who says which of two renditions of one size is more like the photo.

    `score` rates a setting on a sample, 100 for no difference. `ways` are the ways to write it
    that are worth a try, the likeliest first; `scales` are the scales, falling from 1.
    """

    score: Callable[[Setting], float] | None = None
    ways: tuple[Way, ...] = ((None, None),)
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

    With a jury, the way to write and the scale are those that a sample of the photo likes best
    at the quality the budget leaves them. Without one, scale stays until quality falls below what
    the dial holds, and then jumps to where the budget is met at a fair quality.
    """
    top, smallest = scales
    if dial is None:
        stops = (Setting(top), Setting(smallest))
        return Path(stops[:1] if strategy == "keep-pixels" else stops)
    start = _written(Setting(top, dial.best), jury.ways[0])
    asked = _Asked(dial, budget, balance, jury)
    if strategy == "keep-pixels":
        if jury.score:
            start = asked.for_ways(start)
        return Path(_turned(start, dial.best, dial.least))
    chosen = asked.for_all(start) if jury.score else None
    if chosen is None or (chosen.quality or 0) <= dial.least:
        chosen = _ruled(start, smallest, dial, budget, balance)
    # The guesses err a little, so quality may go a little further than planned before scale does.
    enough = dial.least + ((chosen.quality or dial.least) - dial.least) * _FURTHER
    first = (replace(chosen, scale=top, quality=dial.best),) if chosen.scale < top else ()
    below = replace(chosen, scale=smallest)
    more = replace(chosen, quality=dial.best)
    stops = (*first, more, chosen, replace(chosen, quality=enough))
    return Path((*stops, *_turned(below, enough, dial.least)), len(first) + 1.0)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The questions put to a jury about one photo and one budget."""

    dial: Dial
    budget: int
    balance: Balance
    jury: Jury

    def for_all(self, start: Setting) -> Setting:
        """Ask for the way to write, and for the scale where quality falls below calm."""
        first = self.rounded(start)
        if (first.quality or 0.0) < self.dial.calm:
            first = self._weighed(first)
        ways = tuple(self._ways(first))
        if not ways and (first.quality or 0.0) >= self.dial.calm:
            return first
        best, score = self._liked(first, ways)
        if (best.quality or 0.0) >= self.dial.calm:
            return best
        return _scaled(best, score, self.jury.scales, self.dial.calm_scaled, self._rated)

    def for_ways(self, start: Setting) -> Setting:
        """Ask for the way to write."""
        first = self.rounded(start)
        ways = tuple(self._ways(first))
        return self._liked(first, ways)[0] if ways else first

    def rounded(self, start: Setting) -> Setting:
        """Return a setting at the quality the budget leaves it, rounding as that quality asks for.

        Where it is low, smooth places show a coarse step first.
        """
        setting = replace(start, quality=self._quality(start))
        if setting.manner != "even" or (setting.quality or 0.0) >= self.dial.even:
            return setting
        finer = replace(setting, manner="adaptive")
        return replace(finer, quality=self._quality(finer))

    def _ways(self, first: Setting) -> Iterator[Setting]:
        """Yield the other ways worth a try at a quality."""
        quality = first.quality or 0.0
        for way in self.jury.ways[1:] if quality < self.dial.calm_colour else ():
            if way[1] != "plain" or quality >= self.dial.fine:
                yield _written(first, way)

    def _liked(self, first: Setting, ways: Iterable[Setting]) -> tuple[Setting, float]:
        """Return the way that is liked best at the quality the budget leaves it, and its score."""
        best, high = self._rated(first)
        for way in ways:
            setting, rating = self._rated(way)
            rating += _UNDERRATED if setting.manner == "plain" else 0.0
            finer = high == -math.inf and (setting.quality or 0.0) > (best.quality or 0.0)
            if rating > high + _GAIN or finer:
                best, high = setting, rating
        return best, high

    def _rated(self, setting: Setting) -> tuple[Setting, float]:
        """Return a setting at the quality the budget leaves it, and its score."""
        near = self.rounded(
            replace(setting, manner="even") if setting.manner == "adaptive" else setting
        )
        at = self._weighed(near)
        hopeless = self.dial.poor if setting.scale == 1 else self.dial.least
        if not self.jury.score or (at.quality or 0.0) <= hopeless:
            return at, -math.inf
        return at, self.jury.score(at)

    def _weighed(self, setting: Setting) -> Setting:
        """Correct the quality of a setting by what better coding saves there, until it stays."""
        for _ in range(_MOST_CORRECTIONS):
            self.balance.careful(setting)
            before, setting = setting, replace(setting, quality=self._quality(setting))
            if abs((setting.quality or 0.0) - (before.quality or 0.0)) < _STAYS:
                break
        return setting

    def _quality(self, setting: Setting) -> float:
        """The quality at which a setting's scale and way meet the budget, by the quick guess."""
        line = Path(_turned(setting, self.dial.best, self.dial.least))
        aim = math.log(self.budget)
        known = line.turn(setting.quality or 0.0)
        start = known if 0 < known < 1 else _LIKELY
        at = zero(
            lambda p: math.log(self.balance.quick(setting if p == known else line.at(p))) - aim,
            0.0,
            1.0,
            line.likely,
            start,
            _CLOSE_ENOUGH_TO_COMPARE,
        )
        return (setting if at == known else line.at(at)).quality or 0.0


def _scaled(
    best: Setting,
    score: float,
    scales: tuple[float, ...],
    calm: float,
    rated: Callable[[Setting], tuple[Setting, float]],
) -> Setting:
    """Try three quarters and half of the sides, then what lies beside the better one.

    Nothing beside one whose quality is not below `calm` is tried.

    A photo that was JPEG has its own blocks: just below full size they cost more than they give,
    so that half may be better than full size and all between them worse.
    """
    top, tried = best.scale, {best.scale: (best, score)}

    def best_of(more: Iterable[float]) -> float:
        for scale in more:
            if scale < top and scale not in tried:
                tried[scale] = rated(_of_fewer(best, scale))
        return max(tried, key=lambda scale: tried[scale][1] + _GAIN_OF_FEWER * (scale == top))

    liked = best_of(scale for scale in scales if scale in {0.75, 0.5})
    while liked in scales and (tried[liked][0].quality or 0.0) < calm:
        i = scales.index(liked)
        if (after := best_of(scales[max(0, i - 1) : i + 2])) == liked:
            break
        liked = after
    return tried[liked][0]


def _of_fewer(setting: Setting, scale: float) -> Setting:
    """A smaller setting at about the quality at which it weighs the same."""
    less = left_out(setting.quality or 0.0) * (scale / setting.scale) ** _FEWER_FOR_FINER
    return replace(setting, scale=scale, quality=quality_of(max(1.0, less)))


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


def _written(setting: Setting, way: Way) -> Setting:
    return replace(setting, sampling=way[0], manner=way[1])
