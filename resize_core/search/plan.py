"""Plan the path to search for one photo: what is reduced first, and how far."""

import math
from dataclasses import replace

from resize_core.capabilities import QualityRange
from resize_core.model import Setting, Strategy
from resize_core.search.choose_encoding import encoding_choice, likely_setting
from resize_core.search.estimates import Encodes, Picture
from resize_core.search.path import Path, at_two_qualities
from resize_core.search.root_finding import find_zero

_CLOSE = 0.04
# The estimates are inexact: quality may fall this much further than planned before scale does.
_FURTHER = 0.85


def plan(strategy: Strategy, picture: Picture, scales: tuple[float, float], budget: int) -> Path:
    """Return the path to search for a budget in bytes, from the largest to the smallest scale.

    If the picture has a judge, variant and scale are those whose crops score best at the quality
    that the budget leaves. If it has none, the scale stays until quality falls below the range's
    `scale_below`; then the path goes to the scale that keeps the budget at `quality_when_scaled`.
    """
    top, smallest = scales
    capabilities = picture.capabilities
    quality = capabilities.quality
    if quality is None:
        stops = (Setting(top), Setting(smallest))
        return Path(stops[:1] if strategy == "keep-pixels" else stops)
    choice = encoding_choice(capabilities, budget, picture, picture.judge)
    start = likely_setting(capabilities.variants, top)
    if strategy == "keep-pixels":
        return Path(
            at_two_qualities(choice.variant(top) if choice else start, quality.best, quality.least)
        )
    chosen = choice.variant_and_scale(top) if choice else None
    if chosen is None or (chosen.quality or 0) <= quality.least:
        chosen = _scaled_by_rule(start, smallest, quality, budget, picture)
    enough = quality.least + ((chosen.quality or quality.least) - quality.least) * _FURTHER
    first = (replace(chosen, scale=top, quality=quality.best),) if chosen.scale < top else ()
    below = replace(chosen, scale=smallest)
    more = replace(chosen, quality=quality.best)
    stops = (*first, more, chosen, replace(chosen, quality=enough))
    return Path((*stops, *at_two_qualities(below, enough, quality.least)), len(first) + 1.0)


def _scaled_by_rule(
    start: Setting, smallest: float, quality: QualityRange, budget: int, picture: Encodes
) -> Setting:
    """Keep the scale while quality stays in range, else return the scale that keeps the budget."""
    lowest = replace(start, quality=quality.scale_below)
    if picture.estimate_size(lowest) <= budget:
        return lowest
    scaled = replace(start, quality=quality.quality_when_scaled)
    line = Path((scaled, replace(scaled, scale=smallest)))
    aim = math.log(budget)
    at = find_zero(
        lambda p: math.log(picture.estimate_size(line.at(p))) - aim,
        0.0,
        1.0,
        line.expected_log_size,
        start=0.05,
        close=_CLOSE,
    )
    return line.at(at)
