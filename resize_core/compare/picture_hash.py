"""The perceptual hash of a whole file, which is decoded for it."""

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
    """Return the hash of a photo as shown; None of a flat picture and of what cannot be decoded.

    Where numpy is missing, it is None of every photo.
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
