"""A line through settings, from the best rendition to the smallest one."""

import math
from dataclasses import dataclass, replace

from resize_core.model import Setting

# What an encoder leaves out grows about with the distance of quality from this.
_NONE = 101.0


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
            quality = _NONE - (_NONE - a.quality) ** (1 - share) * (_NONE - b.quality) ** share
        scale = a.scale * (b.scale / a.scale) ** share
        return replace(b, scale=scale, quality=quality)

    def likely(self, position: float) -> float:
        """Return the logarithm of the size at a position as it falls on most photos.

        Bytes go with about the -0.6th power of what an encoder leaves out, and with the pixels.
        """
        setting = self.at(position)
        left_out = 0.0 if setting.quality is None else math.log(_NONE - setting.quality)
        return 2 * math.log(setting.scale) - 0.6 * left_out
