"""The small matrices of the transforms (ITU-T T.81, A.3.3).

Rounded to 20 fractional bits, so that libraries whose cosines differ in the last bit produce the
same files.
"""

from functools import cache
from math import cos, pi, sqrt

import numpy as np
from numpy.typing import NDArray

_UNIT = 1 << 20
Matrix = NDArray[np.float32]


def _rounded(matrix: NDArray[np.float64]) -> Matrix:
    return (np.round(matrix * _UNIT) / _UNIT).astype(np.float32)


def _basis(samples: int) -> NDArray[np.float64]:
    """Return each frequency's cosine at the samples of a block: shape (8, samples)."""
    return np.array(
        [
            [
                (sqrt(1 / 8) if u == 0 else 0.5) * cos((2 * x + 1) * u * pi / (2 * samples))
                for x in range(samples)
            ]
            for u in range(8)
        ]
    )


def _halving() -> NDArray[np.float64]:
    """Return the matrix from frequencies of two blocks to one whose samples are means of two."""
    mean = np.kron(np.eye(8), [0.5, 0.5])
    both = np.kron(np.eye(2), _basis(8).T)
    product: NDArray[np.float64] = _basis(8) @ mean @ both
    return product


FORWARD: Matrix = _rounded(_basis(8))
HALVING: Matrix = _rounded(_halving())


@cache
def inverse(samples: int) -> Matrix:
    """Return the matrix from 8 frequencies to 1 to 8 samples; rows beyond are zero.

    Of fewer samples than frequencies, only as many frequencies are used: what libjpeg does, but for
    4 and 2 samples, which it takes as means of two and four.
    """
    matrix = np.zeros((8, 8))
    matrix[:samples, :samples] = _basis(samples)[:samples].T
    return _rounded(matrix)
