"""Budgets and limits of services, by name."""

from dataclasses import dataclass, field

from resize_core.errors import ChoiceError, did_you_mean
from resize_core.model import ByteBudget
from resize_core.options import Choices


@dataclass(frozen=True, slots=True)
class Preset:
    """A budget, and the choices that come with it."""

    budget: ByteBudget
    choices: Choices = field(default_factory=Choices)


# Limits of Azure Custom Vision: 6 MB to train and 4 MB to predict, sides from 256 to 10,240 px (of
# which more than 10,000 have been turned away), aspect up to 25:1. Source: "Limits and quotas",
# Custom Vision documentation, 2025-01-22. MB are read as 10^6 bytes, which either reading admits.
_CUSTOM_VISION: Choices = {"max_side": 10_000, "min_side": 256, "max_aspect": 25}

PRESETS = {
    "custom-vision-training": Preset(ByteBudget(6_000_000), _CUSTOM_VISION),
    "custom-vision-prediction": Preset(ByteBudget(4_000_000), _CUSTOM_VISION),
}


# Fewer hold no photo worth the name: who writes 6 means megabytes.
LEAST_BYTES = 1_000


def parse_preset(text: str) -> Preset:
    """Read the name of a preset, or a plain budget as `ByteBudget.parse` does.

    Raises ChoiceError, also for a budget that no photo fits.
    """
    if preset := PRESETS.get(text.strip().lower()):
        return preset
    try:
        budget = ByteBudget.parse(text)
    except ChoiceError as error:
        problem = f"{error}, or the preset {' or '.join(PRESETS)}"
        raise ChoiceError(problem + did_you_mean(text.strip(), PRESETS)) from None
    if budget.size < LEAST_BYTES:
        number = text.strip().rstrip("Bb ")
        raise ChoiceError(
            f"{text.strip()!r} means {budget.size} bytes, which no photo fits; "
            f"for megabytes write {number}MB"
        )
    return Preset(budget)
