"""What a jury is asked about one photo."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from resize_core.model import Dial, Setting
from resize_core.search.choose_encoding import UNSURE, Hearing, Jury, rounded, scaled
from resize_core.search.estimates import Balance

# How often what better coding saves is asked anew, and how far quality may have moved for not.
_MOST_CORRECTIONS, _STAYS = 3, 6.0
# Where most photos' quality lies.
_LIKELY = 85.0
# The smallest scale that a photo may like which would not like half its sides.
_NEAR = 0.625


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
        low, high = (self.dial.even, self.dial.doubt) if whole else (0.0, self.dial.even + UNSURE)
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

    def _heard(self, first: Setting) -> Hearing:
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
