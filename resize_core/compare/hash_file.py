"""Decode a whole file and return its perceptual hash."""

from resize_core.compare.same_picture import read_grey
from resize_core.errors import ResizeError

try:
    import numpy as np

    from resize_core.pixels.picture_hash import picture_hash
except ImportError:
    AVAILABLE = False
else:
    AVAILABLE = True


def hash_file(data: bytes) -> int | None:
    """Return the hash of a photo as shown; None for a flat or undecodable picture.

    Without numpy, it is None for every photo.
    """
    if not AVAILABLE:
        return None
    try:
        grey, turn = read_grey(data)
    except ResizeError:
        return None
    if turn is None:
        return None
    # Averaging first in whole pixels takes a tenth of the time that floats do.
    times = max(1, min(grey.size) // 128)
    return picture_hash(np.asarray(grey.reduce(times)), turn)
