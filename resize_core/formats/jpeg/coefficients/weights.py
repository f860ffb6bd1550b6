"""The visibility of an error of each coefficient, for photos seen at their own size.

An error is divided by jpegli's step (google/jpegli, BSD-3-Clause) at distance 9 with 4:2:0, which
was tuned by eye and metric. Coarse steps are used because their rounding to integers matters less.
jpegli's tables for full chroma would spend too many bits on it.
"""

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float32]

# In zigzag order: luma, blue, red.
_STEPS = (
    (
        24, 16, 16, 31, 22, 31, 34, 31, 31, 34, 64, 41, 42, 41, 64, 66, 66, 48, 48, 66, 66, 73,
        60, 64, 65, 64, 60, 73, 74, 77, 75, 80, 80, 75, 77, 74, 77, 72, 78, 87, 78, 72, 77, 81,
        78, 94, 94, 78, 81, 88, 106, 104, 106, 88, 105, 97, 97, 105, 116, 104, 116, 103, 103, 84,
    ),
    (
        22, 20, 20, 34, 29, 34, 43, 34, 34, 43, 67, 58, 57, 58, 67, 92, 97, 84, 84, 97, 92, 113,
        99, 96, 107, 96, 99, 113, 186, 212, 172, 108, 108, 172, 212, 186, 140, 255, 139, 115,
        139, 255, 140, 163, 161, 95, 95, 161, 163, 255, 103, 192, 103, 255, 255, 255, 255, 255,
        94, 93, 94, 93, 93, 255,
    ),
    (
        23, 14, 14, 27, 20, 27, 26, 27, 27, 26, 51, 30, 35, 30, 51, 47, 47, 32, 32, 47, 47, 56,
        42, 43, 40, 43, 42, 56, 61, 53, 49, 52, 52, 49, 53, 61, 55, 51, 44, 40, 44, 51, 55, 58,
        48, 62, 62, 48, 58, 61, 47, 53, 47, 61, 59, 61, 61, 59, 89, 96, 89, 88, 88, 255,
    ),
)  # fmt: skip
# Fitted on photos: a block's mean and chroma are more visible than in jpegli's tables.
_MEAN, _COLOUR = 2.0, 1.5
_ZIGZAG = (
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27,
    20, 13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58,
    59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
)  # fmt: skip
ACROSS = np.array(_ZIGZAG) % 8
DOWN = np.array(_ZIGZAG) // 8


def weights(place: int, across: float = 1.0, down: float = 1.0) -> Weights:
    """Return the weight of a squared error of each of 64 coefficients: of luma, blue or red.

    `across` and `down` are the scale at which blocks hold the photo: the frequencies of a smaller
    picture are lower ones of the photo's own.
    """
    table = np.empty((8, 8))
    table[DOWN, ACROSS] = -2 * np.log(_STEPS[place])
    table[0, 0] += np.log(_MEAN)
    if place:
        table += np.log(_COLOUR)
    if across != 1 or down != 1:
        table = _between(_between(table, down).T, across).T
    return np.asarray(np.exp(table[DOWN, ACROSS]), np.float32)


def _between(table: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """Return the rows of a table at fractions of their places."""
    at = np.arange(8) * scale
    low = np.minimum(at.astype(int), 6)
    share = (at - low)[:, None]
    return np.asarray(table[low] * (1 - share) + table[low + 1] * share)
