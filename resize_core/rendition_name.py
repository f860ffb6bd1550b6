"""The name of a rendition, whose format may not be its photo's."""

from functools import cache

from resize_core.formats import FORMATS
from resize_core.options import Options

ADDED = FORMATS[0].suffixes[0]
"""The suffix added to a photo's name where its rendition is a JPEG and the photo is not."""


def name_for(name: str, accepts: tuple[str, ...] | None) -> str:
    """Return the rendition's name: with `.jpg` added if the suffix is of a format not accepted.

    The name follows from the photo's name alone, so that a listing is enough. Nothing is removed
    from it: no two photos get the same new name. The caller checks whether another photo has it.

    Raises ChoiceError if `accepts` makes no sense.
    """
    return name + ADDED if name.lower().endswith(_not_accepted(accepts)) else name


@cache
def _not_accepted(accepts: tuple[str, ...] | None) -> tuple[str, ...]:
    options = Options(accepts=accepts)
    return tuple(suffix for row in FORMATS if not options.admits(row) for suffix in row.suffixes)
