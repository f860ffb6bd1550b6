"""Choose the quality and the scale: the point of a path that uses the budget best.

The search estimates sizes quickly on a sample of the photo, corrects the estimate once by a slower
one, encodes the photo at the point it found, and lets the true size correct the estimates. On most
photos the first encoding lies within the budget and close enough to it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from resize_core.errors import CannotFitError
from resize_core.search.estimates import Encodes, SearchResult, Trial
from resize_core.search.path import Path
from resize_core.search.root_finding import find_zero

# The share of the budget to aim at before and after the first full encoding. A calibrated sample
# errs by 0.7 % (one standard deviation) on large photos.
_FIRST_AIM, _LATER_AIM = 0.985, 0.992
# The share of the budget that is enough after the first try, the second and so on.
ENOUGH = (0.96, 0.96, 0.96, 0.94, 0.9, 0.8)
THOROUGH = (0.985, 0.98, 0.97, 0.96, 0.94, 0.9, 0.8)
_MOST_TRIES = 14


@dataclass(frozen=True, slots=True)
class _Bracket:
    """The trials next to the budget on either side.

    `margin` is the share of the way between them that the next position keeps from either.
    """

    heavy: Trial | None
    light: Trial | None
    margin: float

    def ends(self, path: Path) -> tuple[float, float]:
        """Return the positions between which the budget is met."""
        return (
            self.heavy.position if self.heavy else 0.0,
            self.light.position if self.light else path.end,
        )


def search(
    path: Path, budget: int, picture: Encodes, enough: tuple[float, ...] = ENOUGH
) -> SearchResult:
    """Return the rendition on the path that uses the budget best. Raises CannotFitError.

    It is encoded and measured, never estimated. `enough` is the share of the budget that ends the
    search after each try; its last value holds for all later ones.
    """
    heavy: Trial | None = None
    light: Trial | None = None
    for tries in range(1, _MOST_TRIES + 1):
        # Where quality has steps or the estimates mislead, bisection takes over.
        margin = min(0.5, 0.001 * 3**tries)
        position = _guess(path, budget, picture, _Bracket(heavy, light, margin))
        trial = Trial(position, path.at(position), picture.encode(path.at(position)))
        size = len(trial.data)
        if size > budget:
            heavy = trial
            if position >= path.end:
                raise CannotFitError(budget, size)
        elif light is None or size > len(light.data):
            light = trial
        else:
            break
        sufficient = enough[min(tries, len(enough)) - 1] * budget
        if light and (len(light.data) >= sufficient or light.position <= 0):
            break
        if heavy and light and light.position - heavy.position < 1e-4:  # noqa: PLR2004 - no setting lies between
            break
    if light is None:
        trial = Trial(path.end, path.at(path.end), picture.encode(path.at(path.end)))
        if len(trial.data) > budget:
            raise CannotFitError(budget, len(trial.data))
        light = trial
    return SearchResult(light, tries)


def _guess(path: Path, budget: int, picture: Encodes, bracket: _Bracket) -> float:
    """Return the position whose corrected estimate meets the aim, within the bracket."""
    low, high = bracket.ends(path)
    known = [
        (trial.position, math.log(len(trial.data) / picture.estimate_size(trial.setting)))
        for trial in (bracket.heavy, bracket.light)
        if trial
    ]
    if known:
        aim = math.log(budget * _LATER_AIM)
        position = _met(path, picture, known, aim, (low, high))
    else:
        aim = math.log(budget * _FIRST_AIM)
        position = _met(path, picture, [], aim, (low, high))
        setting = path.at(position)
        exact = picture.estimate_size_exactly(setting)
        correction = math.log(exact / picture.estimate_size(setting))
        position = _met(path, picture, [(position, correction)], aim, (low, high))
    room = (high - low) * bracket.margin
    if bracket.heavy:
        position = max(position, low + room)
    if bracket.light:
        position = min(position, high - room)
    return position


def _met(
    path: Path,
    picture: Encodes,
    known: list[tuple[float, float]],
    aim: float,
    ends: tuple[float, float],
) -> float:
    """Return the position between the ends where the corrected estimate meets the aim."""
    start = known[-1][0] if known else path.start
    return find_zero(_excess(path, picture, known, aim), *ends, path.expected_log_size, start)


def _excess(
    path: Path, picture: Encodes, known: list[tuple[float, float]], aim: float
) -> Callable[[float], float]:
    """Return a function: how far, as a logarithm, the corrected estimate lies above the aim."""
    return lambda at: math.log(picture.estimate_size(path.at(at))) + _between(known, at) - aim


def _between(known: list[tuple[float, float]], position: float) -> float:
    """Return the correction at a position: that of one trial, or on a line through two."""
    if len(known) < 2 or known[0][0] == known[1][0]:  # noqa: PLR2004 - a line needs two points
        return known[0][1] if known else 0.0
    (a, at_a), (b, at_b) = known
    return at_a + (at_b - at_a) * (position - a) / (b - a)
