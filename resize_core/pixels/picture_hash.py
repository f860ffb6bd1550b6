"""A 64-bit perceptual hash: photos of the same scene differ in few bits.

The picture, as shown, is averaged to 32 x 32 cells; the hash holds the signs of the 64 lowest
frequencies of its cosine transform but the mean, in zigzag order (after Zauner, "Implementation and
Benchmarking of Perceptual Image Hash Functions", 2010, with signs in place of a median). Size,
brightness, contrast and compression hardly change it; benchmarks/results/duplicates.md has figures.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[Any]

_SIDE, _BITS = 32, 64
# Below this standard deviation, in shades of 0 to 255, signs are noise.
_FLAT = 1.5
_PLACES = sorted(
    ((down, across) for down in range(_SIDE) for across in range(_SIDE)),
    key=lambda place: (sum(place), place[0]),
)[1 : _BITS + 1]
_ROWS, _COLUMNS = np.array(_PLACES).T
# What each EXIF orientation does to rows and columns: exchanged first, then run backwards.
_TURNS = {
    1: (False, 1, 1), 2: (False, 1, -1), 3: (False, -1, -1), 4: (False, -1, 1),
    5: (True, 1, 1), 6: (True, 1, -1), 7: (True, -1, -1), 8: (True, -1, 1),
}  # fmt: skip


def picture_hash(grey: Grey, turn: int, sides: tuple[float, float] | None = None) -> int | None:
    """Return the hash of brightness, of shape (rows, columns), once turned; None if it is flat.

    `turn` is an EXIF orientation, 1 to 8. `sides` are how many columns and rows of it are picture,
    where the last ones reach beyond.
    """
    rows, columns = grey.shape
    wide, high = sides or (columns, rows)
    cells = _averaged(_averaged(grey, high).T, wide).T
    if cells.std() < _FLAT:
        return None
    exchanged, down, across = _TURNS[turn]
    shown = (cells.T if exchanged else cells)[::down, ::across]
    signs = (_COSINES @ shown @ _COSINES.T)[_ROWS, _COLUMNS] > 0
    return int.from_bytes(np.packbits(signs).tobytes())


def _averaged(samples: Grey, used: float) -> NDArray[np.float64]:
    """Average the first `used` rows into 32; shape (32, columns).

    By differences of running sums: a product of matrices would start the threads of a library for
    linear algebra, which costs more than the sums.
    """
    edges = np.linspace(0, used, _SIDE + 1)
    whole = np.minimum(edges.astype(np.int64), len(samples) - 1)
    sums = np.zeros((len(samples) + 1, samples.shape[1]))
    np.cumsum(samples, axis=0, out=sums[1:])
    until = sums[whole] + (edges - whole)[:, None] * samples[whole]
    averages: NDArray[np.float64] = np.diff(until, axis=0) / (used / _SIDE)
    return averages


def _cosines() -> NDArray[np.float64]:
    """Return the cosine transform as a matrix (rows are frequencies)."""
    at = np.arange(_SIDE)
    cosines: NDArray[np.float64] = np.cos(np.pi * np.outer(at, 2 * at + 1) / (2 * _SIDE))
    return cosines


_COSINES = _cosines()
