"""The name of a rendition, whose format may not be its photo's."""

from functools import cache

from resize_core.formats import FORMATS
from resize_core.options import Options

ADDED = FORMATS[0].suffixes[0]
"""The suffix added to a photo's name where its rendition is a JPEG and the photo is not."""


def name_for(name: str, accepts: tuple[str, ...] | None) -> str:
    """Return a photo's name, with `.jpg` after it if it is named as of a format not accepted.

    Bytes have no say, so that a listing tells all names. Nothing is taken away, so that no two
    photos of different names get the same one by it; whether another photo bears that name is for
    the caller to see.

    Raises ChoiceError when `accepts` makes no sense.
    """
    return name + ADDED if name.lower().endswith(_not_accepted(accepts)) else name


@cache
def _not_accepted(accepts: tuple[str, ...] | None) -> tuple[str, ...]:
    options = Options(accepts=accepts)
    return tuple(suffix for row in FORMATS if not options.admits(row) for suffix in row.suffixes)
