"""A line through settings, from the best rendition to the smallest one."""

import math
from dataclasses import dataclass, replace

from resize_core.model import Setting

# What an encoder leaves out grows about with the distance of quality from the first of these, and
# below the second one with its inverse.
_NONE, _MIDDLE, _SOFTENED = 101.0, 50.0, 2.0


def left_out(quality: float) -> float:
    """About how much is left out at a quality: 1 for next to nothing."""
    if quality >= _MIDDLE:
        return _NONE - quality
    return (_NONE - _MIDDLE) * (_MIDDLE + _SOFTENED) / (max(0.0, quality) + _SOFTENED)


def quality_of(leaves_out: float) -> float:
    """The quality at which so much is left out."""
    if leaves_out <= _NONE - _MIDDLE:
        return _NONE - leaves_out
    return (_NONE - _MIDDLE) * (_MIDDLE + _SOFTENED) / leaves_out - _SOFTENED


def turned(setting: Setting, high: float, low: float) -> tuple[Setting, Setting]:
    """Return a setting at two qualities."""
    return replace(setting, quality=high), replace(setting, quality=low)


@dataclass(frozen=True, slots=True)
class Path:
    """Settings from the best to the smallest; between two stops each dial turns evenly.

    Sizes fall along it. Positions run from 0 to `end`; `start` is a good one to look at first.
    """

    stops: tuple[Setting, ...]
    start: float | None = None

    @property
    def end(self) -> float:
        """The position of the smallest rendition."""
        return float(len(self.stops) - 1)

    def at(self, position: float) -> Setting:
        """Return the setting at a position."""
        i = min(int(position), len(self.stops) - 2)
        if i < 0:
            return self.stops[0]
        a, b, share = self.stops[i], self.stops[i + 1], position - i
        if not share:
            return a
        quality = b.quality
        if a.quality is not None and b.quality is not None:
            quality = quality_of(left_out(a.quality) ** (1 - share) * left_out(b.quality) ** share)
        scale = a.scale * (b.scale / a.scale) ** share
        return replace(b, scale=scale, quality=quality)

    def turn(self, quality: float) -> float:
        """Return the position of a quality between the first two stops, if it is there."""
        stops = (stop.quality or 0.0 for stop in self.stops[:2])
        high, low, at = (math.log(left_out(q)) for q in (*stops, quality))
        return (at - high) / (low - high)

    def likely(self, position: float) -> float:
        """Return the logarithm of the size at a position as it falls on most photos.

        Bytes go with about the -0.6th power of what an encoder leaves out, and with the pixels.
        """
        setting = self.at(position)
        less = 0.0 if setting.quality is None else math.log(left_out(setting.quality))
        return 2 * math.log(setting.scale) - 0.6 * less
