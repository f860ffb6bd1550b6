"""What a jury says about one photo: settings compared with which its places take as many bytes."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from resize_core.model import Dial, Setting, Way
from resize_core.search.estimates import Balance
from resize_core.search.path import Path, left_out, quality_of, turned
from resize_core.search.root_finding import zero

_CLOSE_ENOUGH, _ROUGH = 0.01, 0.12
# How far quality may be off where it is known roughly.
_UNSURE = 8.0
# A change must gain this much likeness, and half the sides this share of what is missing.
_GAIN, _DOUBTED = 0.15, 60.0
# By how much it underrates libjpeg at 80 % of the bytes: by 0.3 on 41 photos (sd 0.6), by 2 on
# another.
_UNDERRATED = 0.5
# With which power of the scale what an encoder leaves out goes, for the same bytes; and how many
# times as much it is with finer steps where they show, and with libjpeg.
_FEWER_FOR_FINER, _FINER_STEPS, _PLAIN_STEPS = 1.8, 0.83, 1.7
# How often what better coding saves is asked anew, and how far quality may have moved for not.
_MOST_CORRECTIONS, _STAYS = 3, 6.0
# Where most photos' quality lies.
_LIKELY = 85.0
# The smallest scale that a photo may like which would not like half its sides.
_NEAR = 0.625


@dataclass(frozen=True, slots=True)
class Jury:
    """Who says which of two renditions of one size is more like the photo.

    `score` rates a setting at some places of the photo, 100 for no difference; `weigh` tells how
    many bytes these take, `halving` how many times as much half the sides lose there. `ways` are
    the ways to write it that are worth a try, the likeliest first; `scales` are the scales, falling
    from 1.
    """

    score: Callable[[Setting], float] | None = None
    weigh: Callable[[Setting], float] = lambda setting: setting.scale
    halving: Callable[[Setting], float] = lambda _: math.inf
    ways: tuple[Way, ...] = ((None, None),)
    scales: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions put to a jury about one photo and one budget."""

    dial: Dial
    budget: int
    balance: Balance
    jury: Jury

    def start(self, scale: float) -> Setting:
        """Return where to look first at a scale."""
        sampling, manner = self.jury.ways[0]
        return Setting(scale, _LIKELY, sampling, manner)

    def for_all(self, start: Setting) -> Setting:
        """Ask for the way to write, and for the scale where quality falls below calm."""
        first = self._rounded(start)
        ways = tuple(self._ways(first))
        if not ways and not self._scales(first) and not self._doubts(first):
            return first
        heard = self._heard(first)
        best, score = heard.liked(ways)
        if self._doubts(best):
            best, score = heard.finer(best, score)
        if scales := self._scales(best):
            best, score = scaled(best, score, scales, heard.rated)
            if best.scale < 1 and self._doubts(best):
                best, _ = heard.finer(best, score)
        made = self._rounded(best)
        for scale in self.jury.scales:
            # What fits at the places may not fit everywhere.
            if (made.quality or 0.0) <= self.dial.least and scale < made.scale:
                made = self._rounded(replace(made, scale=scale, manner=best.manner))
        return made

    def _doubts(self, setting: Setting) -> bool:
        """Whether finer steps where they show may be better."""
        quality, whole = setting.quality or 0.0, setting.scale == 1
        low, high = (self.dial.even, self.dial.doubt) if whole else (0.0, self.dial.even + _UNSURE)
        return setting.manner == "even" and low <= quality < high

    def _scales(self, setting: Setting) -> tuple[float, ...]:
        """The scales at which a setting may be better."""
        if (setting.quality or 0.0) < self.dial.calm:
            return self.jury.scales
        halving = self.jury.halving(setting)
        if halving < self.dial.soft:
            return self.jury.scales
        near = halving < self.dial.sharp
        return tuple(scale for scale in self.jury.scales if near and scale >= _NEAR)

    def for_ways(self, start: Setting) -> Setting:
        """Ask for the way to write."""
        first = self._rounded(start)
        ways = tuple(self._ways(first))
        return self._rounded(self._heard(first).liked(ways)[0]) if ways else first

    def _ways(self, first: Setting) -> Iterator[Setting]:
        """Yield the other ways worth a try at a quality."""
        quality = first.quality or 0.0
        for way in self.jury.ways[1:]:
            if way[1] != "plain" or quality >= self.dial.fine:
                yield replace(first, sampling=way[0], manner=way[1])

    def _heard(self, first: Setting) -> "Hearing":
        """Let the first setting say, by the quality the budget leaves it, what places may take."""
        for _ in range(_MOST_CORRECTIONS):
            self.balance.careful(first)
            before, first = first, self._rounded(first)
            if abs((first.quality or 0.0) - (before.quality or 0.0)) < _STAYS:
                break
        return Hearing(self.dial, self.jury, first, self.jury.weigh(first))

    def _rounded(self, start: Setting) -> Setting:
        """Return a setting at the quality that meets the budget by the quick guess."""
        return rounded(start, self.dial, self.balance.quick, self.budget)


@dataclass(frozen=True, slots=True)
class Hearing:
    """A jury that compares settings with which the places take as many bytes."""

    dial: Dial
    jury: Jury
    first: Setting
    bytes: float

    def liked(self, ways: Iterable[Setting]) -> tuple[Setting, float]:
        """Return the way that is liked best, and its score."""
        best, high = self._scored(self.first)
        for way in ways:
            setting, rating = self.rated(way)
            rating += _UNDERRATED if setting.manner == "plain" else 0.0
            finer = high == -math.inf and (setting.quality or 0.0) > (best.quality or 0.0)
            if rating > high + _GAIN or finer:
                best, high = setting, rating
        return best, high

    def finer(self, best: Setting, score: float) -> tuple[Setting, float]:
        """Return the better of a setting and of the same with finer steps where they show."""
        less = quality_of(left_out(best.quality or 0.0) * _FINER_STEPS)
        finer = replace(best, manner="adaptive", quality=less)
        other = self._scored(_met(finer, self.dial, self.jury.weigh, self.bytes))
        return max((best, score), other, key=lambda rated: rated[1])

    def rated(self, setting: Setting) -> tuple[Setting, float]:
        """Return a setting at the quality that takes as many bytes, and its score."""
        less = left_out(self.first.quality or 0.0) * setting.scale**_FEWER_FOR_FINER
        if setting.manner == "plain" != self.first.manner:
            less *= _PLAIN_STEPS
        near = replace(setting, quality=quality_of(max(1.0, less)))
        return self._scored(rounded(near, self.dial, self.jury.weigh, self.bytes))

    def _scored(self, setting: Setting) -> tuple[Setting, float]:
        if not self.jury.score or (setting.quality or 0.0) <= self.dial.least:
            return setting, -math.inf
        return setting, self.jury.score(setting)


def rounded(start: Setting, dial: Dial, weigh: Callable[[Setting], float], size: float) -> Setting:
    """Return a setting at the quality at which it weighs so much, rounding as that asks for.

    Where it is low, smooth places show a coarse step first; fewer pixels have fewer of them.
    """
    if start.manner != "even" or start.scale < 1:
        return _met(start, dial, weigh, size)
    setting = _met(start, dial, weigh, size, _ROUGH)
    if (setting.quality or 0.0) >= dial.even - _UNSURE:
        setting = _met(setting, dial, weigh, size)
    if (setting.quality or 0.0) >= dial.even:
        return setting
    less = quality_of(left_out(setting.quality or 0.0) * _FINER_STEPS)
    return _met(replace(setting, manner="adaptive", quality=less), dial, weigh, size)


def _met(
    start: Setting,
    dial: Dial,
    weigh: Callable[[Setting], float],
    size: float,
    close: float = _CLOSE_ENOUGH,
) -> Setting:
    """Return a setting at the quality at which it weighs so much, from a likely one."""
    line = Path(turned(start, dial.best, dial.least))
    aim, near = math.log(size), line.turn(start.quality or 0.0)

    def at(position: float) -> Setting:
        return start if position == near else line.at(position)

    def excess(position: float) -> float:
        return math.log(weigh(at(position))) - aim

    return at(zero(excess, 0.0, 1.0, line.likely, near, close))


def scaled(
    best: Setting,
    score: float,
    scales: tuple[float, ...],
    rated: Callable[[Setting], tuple[Setting, float]],
) -> tuple[Setting, float]:
    """Try three quarters and half of the sides, then what lies beside the better one.

    A photo that was JPEG has its own blocks: just below full size they cost more than they give,
    so that half may be better than full size and all between them worse.
    """
    top, tried = best.scale, {best.scale: (best, score)}

    def best_of(more: Iterable[float]) -> float:
        for scale in more:
            if scale < top and scale not in tried:
                tried[scale] = rated(_evenly(replace(best, scale=scale)))
        return max(tried, key=lambda scale: _sure(tried[scale][1], scale / top))

    liked = best_of(scale for scale in scales if scale in {0.75, 0.5})
    while liked in scales:
        i = scales.index(liked)
        if (after := best_of(scales[max(0, i - 1) : i + 2])) == liked:
            break
        liked = after
    return tried[liked]


def _sure(score: float, scale: float) -> float:
    """A score less what a few places may be wrong by: fewer pixels, and lower scores, vary more."""
    return score + (100 - score) / _DOUBTED * math.log2(scale) if scale < 1 else score


def _evenly(setting: Setting) -> Setting:
    """A setting with one step everywhere, which is best for fewer pixels.

    What libjpeg is good at is to keep a photo's own blocks, which scaling undoes.
    """
    return replace(setting, manner="even") if setting.manner else setting
