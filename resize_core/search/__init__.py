"""Which setting to choose for a budget. Sees sizes and scores, never pixels.

A strategy is a path: a line through all settings it allows, from the best rendition to the
smallest one. The plan lays the path, by size and by likeness on a sample; the search looks for
the point of it that weighs what the budget allows.
"""

from resize_core.search.choose_encoding import Jury
from resize_core.search.estimates import Balance, Found, Trial
from resize_core.search.path import Path
from resize_core.search.plan import plan
from resize_core.search.search import ENOUGH, THOROUGH, search

__all__ = [
    "ENOUGH",
    "THOROUGH",
    "Balance",
    "Found",
    "Jury",
    "Path",
    "Trial",
    "plan",
    "search",
]
