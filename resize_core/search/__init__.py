"""Choose a setting for a budget, from sizes and scores, never from pixels.

A strategy is a path: a line through all settings it allows, from the best rendition to the
smallest one. The plan lays the path, by estimated sizes and by scores of crops; the search finds
the point on it that uses the budget best.
"""

from resize_core.search.choose_quality import ENOUGH, THOROUGH, search
from resize_core.search.estimates import Encodes, Judges, Picture, SearchResult, Trial
from resize_core.search.path import Path
from resize_core.search.plan import plan

__all__ = [
    "ENOUGH",
    "THOROUGH",
    "Encodes",
    "Judges",
    "Path",
    "Picture",
    "SearchResult",
    "Trial",
    "plan",
    "search",
]
