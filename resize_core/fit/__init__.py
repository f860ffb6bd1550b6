"""Which setting to choose for a budget. Sees sizes and scores, never pixels.

A strategy is a path: a line through all settings it allows, from the best rendition to the
smallest one. The plan lays the path, by size and by likeness on a sample; the search looks for
the point of it that weighs what the budget allows.
"""

from resize_core.fit.balance import Balance, Found, Trial
from resize_core.fit.hearing import Jury
from resize_core.fit.path import Path
from resize_core.fit.plan import plan
from resize_core.fit.search import ENOUGH, THOROUGH, search
from resize_core.fit.seed import SEED_QUALITY, seed

__all__ = [
    "ENOUGH",
    "SEED_QUALITY",
    "THOROUGH",
    "Balance",
    "Found",
    "Jury",
    "Path",
    "Trial",
    "plan",
    "search",
    "seed",
]
