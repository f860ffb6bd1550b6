"""The perceptual hash of a photo from its blocks' means, a picture of an eighth of the size."""

from resize_core.formats.jpeg.coefficients.model import Coefficients
from resize_core.pixels.picture_hash import picture_hash

_BLOCK = 8


def hash_of(photo: Coefficients, turn: int) -> int | None:
    """Return the hash of a photo as its turn shows it; None for a flat one."""
    luma = photo.components[0]
    blocks = luma.blocks[: luma.coded_rows, : luma.coded_columns, 0]
    # A mean in shades is an eighth of its coefficient.
    means = blocks * (float(luma.steps[0]) / _BLOCK)
    return picture_hash(means, turn, (photo.width / _BLOCK, photo.height / _BLOCK))
