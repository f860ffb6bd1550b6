"""A line through settings, from the best rendition to the smallest one.

The loss of an encoder at a quality is in arbitrary units: 1 is next to nothing.
"""

import math
from dataclasses import dataclass, replace

from resize_core.model import Setting

# The loss grows about with the distance of quality from `_LOSSLESS`, and below `_MIDDLE` with the
# inverse of quality.
_LOSSLESS, _MIDDLE, _SOFTENED = 101.0, 50.0, 2.0


def loss_at(quality: float) -> float:
    """Return about how much is lost at a quality."""
    if quality >= _MIDDLE:
        return _LOSSLESS - quality
    return (_LOSSLESS - _MIDDLE) * (_MIDDLE + _SOFTENED) / (max(0.0, quality) + _SOFTENED)


def quality_for(loss: float) -> float:
    """Return the quality at which so much is lost."""
    if loss <= _LOSSLESS - _MIDDLE:
        return _LOSSLESS - loss
    return (_LOSSLESS - _MIDDLE) * (_MIDDLE + _SOFTENED) / loss - _SOFTENED


def at_two_qualities(setting: Setting, high: float, low: float) -> tuple[Setting, Setting]:
    """Return a setting at two qualities."""
    return replace(setting, quality=high), replace(setting, quality=low)


@dataclass(frozen=True, slots=True)
class Path:
    """Settings from the best to the smallest; between two stops, loss and scale change evenly.

    Sizes fall along it. Positions run from 0 to `end`; `start` is a good one to try first.
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
            quality = quality_for(loss_at(a.quality) ** (1 - share) * loss_at(b.quality) ** share)
        scale = a.scale * (b.scale / a.scale) ** share
        return replace(b, scale=scale, quality=quality)

    def position_of(self, quality: float) -> float:
        """Return the position of a quality between the first two stops, if it is there."""
        stops = (stop.quality or 0.0 for stop in self.stops[:2])
        high, low, at = (math.log(loss_at(q)) for q in (*stops, quality))
        return (at - high) / (low - high)

    def expected_log_size(self, position: float) -> float:
        """Return the logarithm of the size at a position, but for a constant, of a typical photo.

        Bytes grow with about the -0.6th power of the loss, and with the number of pixels.
        """
        setting = self.at(position)
        less = 0.0 if setting.quality is None else math.log(loss_at(setting.quality))
        return 2 * math.log(setting.scale) - 0.6 * less
