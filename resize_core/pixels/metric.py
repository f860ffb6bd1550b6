"""Perceptual similarity of a rendition and its photo, by a metric quick enough for every photo.

It is a reduced SSIMULACRA2 (J. Sneyers, Cloudinary): structural similarity and lost detail, in luma
and both chroma channels at four scales, as means and as means in which the worst areas count most.
It has fewer terms, works on sRGB values, and its weights are fitted to SSIMULACRA2 by non-negative
least squares. The photos, and the errors of the metric:
docs/adr/0017-efforts-and-a-metric-on-a-sample.md.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]

# Divided by two as often as there are levels.
SIDE = 56
# T.871: luma and the colour differences of RGB.
_TO_YCC = np.array(
    [[0.299, -0.168736, 0.5], [0.587, -0.331264, -0.418688], [0.114, 0.5, -0.081312]], np.float32
) / np.float32(255)
SMALL = np.float32(0.0009)
"""What keeps quotients of variances finite."""
# Pictures compared at a time: few enough for the cache, and for little memory compared with a
# photo.
_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class _Term:
    """One term: the structural difference of a channel (0 Y, 1 Cb, 2 Cr), or its lost detail.

    With `power` 4 the worst areas count most; with 1 all count alike.
    """

    what: Literal["difference", "lost"]
    channel: int
    power: Literal[1, 4]
    weight: float


# One row per level; each level has half the width and height of the one before.
_LEVELS = (
    (
        _Term("difference", 0, 1, 4.88),
        _Term("difference", 0, 4, 6.66),
        _Term("lost", 0, 1, 17.62),
        _Term("lost", 0, 4, 41.28),
    ),
    (
        _Term("difference", 0, 1, 28.43),
        _Term("difference", 0, 4, 12.36),
        _Term("difference", 1, 1, 3.94),
        _Term("lost", 1, 4, 29.59),
        _Term("lost", 2, 4, 77.48),
    ),
    (
        _Term("difference", 0, 1, 158.03),
        _Term("difference", 0, 4, 44.2),
        _Term("difference", 2, 4, 4.75),
        _Term("lost", 0, 4, 49.51),
    ),
    (
        _Term("difference", 0, 1, 374.95),
        _Term("difference", 0, 4, 101.33),
        _Term("difference", 1, 4, 16.87),
        _Term("difference", 2, 4, 41.66),
        _Term("lost", 0, 4, 138.75),
    ),
)
_CHANNELS = tuple(sorted({term.channel for term in level}) for level in _LEVELS)
_TERMS = tuple(chain.from_iterable(_LEVELS))


class SimilarityMetric:
    """Compares pictures with others: uint8 RGB of shape (n, 56, 56, 3).

    They come from `places` areas, an equal number from each; each area is scored by itself.
    """

    def __init__(self, pictures: NDArray[np.uint8], places: int = 1) -> None:
        self._places = places
        self._known = [tuple(_seen(batch)) for batch in _batches(pictures)]

    def score(self, others: NDArray[np.uint8]) -> float:
        """Return the mean score of pictures like them: 100 is no difference, 90 no visible one."""
        terms = self.terms(others)
        means = terms.reshape(len(_TERMS), self._places, -1).mean(axis=-1)
        return float(np.mean(rating(means)))

    def terms(self, others: NDArray[np.uint8]) -> Plane:
        """Return what differs, of shape (terms, n): means over many pictures are rated as one."""
        return np.concatenate(
            [
                list(_terms(known, _planes(batch)))
                for known, batch in zip(self._known, _batches(others), strict=True)
            ],
            axis=1,
        )


def rating(means: Plane) -> Plane:
    """Rate means of terms, of shape (terms, ...), as `SimilarityMetric.score` does; shape (...)."""
    weighted = zip(_TERMS, means, strict=True)
    total = sum(term.weight * mean ** (1 / term.power) for term, mean in weighted)
    return np.asarray(100 - 10 * total**0.6277)


def _batches(pictures: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    return (pictures[i : i + _AT_ONCE] for i in range(0, len(pictures), _AT_ONCE))


@dataclass(frozen=True, slots=True)
class _Seen:
    """The channels of one level that are looked at, with their local means and variances."""

    planes: Plane
    mean: Plane
    spread: Plane

    @classmethod
    def of(cls, planes: Plane) -> "_Seen":
        mean = blurred(planes)
        return cls(planes, mean, blurred(planes * planes) - mean * mean)


def _seen(pictures: NDArray[np.uint8]) -> Iterator[_Seen]:
    for planes in _pyramid(_planes(pictures)):
        yield _Seen.of(planes)


def _terms(known: Sequence[_Seen], planes: Plane) -> Iterator[NDArray[np.float32]]:
    """Yield each term's mean over every picture of a batch, the power not yet undone."""
    for level, channels, own, others in zip(
        _LEVELS, _CHANNELS, known, _pyramid(planes), strict=True
    ):
        other = _Seen.of(others)
        shared = blurred(own.planes * other.planes) - own.mean * other.mean
        difference = 1 - (1 - (own.mean - other.mean) ** 2) * (
            (2 * shared + SMALL) / (own.spread + other.spread + SMALL)
        )
        np.maximum(difference, 0, out=difference)
        lost: dict[int, Plane] = {}
        for term in level:
            at = channels.index(term.channel)
            if term.what == "lost" and at not in lost:
                lost[at] = _lost(own, other, at)
            yield _mean((difference if term.what == "difference" else lost)[at], term.power)


def _lost(own: _Seen, other: _Seen, channel: int) -> Plane:
    """Return the lost detail: how much closer a value is to its local mean than it was."""
    kept = 1 + np.abs(other.planes[channel] - other.mean[channel])
    left: Plane = kept / (1 + np.abs(own.planes[channel] - own.mean[channel]))
    return np.maximum(1 - left, 0)


def _planes(pictures: NDArray[np.uint8]) -> Plane:
    """Y, Cb and Cr of shape (3, n, side, side)."""
    ycc: Plane = np.moveaxis(pictures.astype(np.float32) @ _TO_YCC, -1, 0)
    return np.ascontiguousarray(ycc)


def _pyramid(planes: Plane) -> Iterator[Plane]:
    """Yield the channels each level looks at, each level of half the sides of the one before."""
    yield planes[_CHANNELS[0]]
    for channels in _CHANNELS[1:]:
        planes = halved(planes)
        yield planes[channels]


def _mean(values: Plane, power: Literal[1, 4]) -> NDArray[np.float32]:
    if power == 4:  # noqa: PLR2004 - the worst places count most
        values = values * values
        values *= values
    mean: NDArray[np.float32] = values.mean(axis=(-2, -1))
    return mean


def blurred(planes: Plane) -> Plane:
    """Return planes of at most 64 values a side, blurred by a Gaussian of sigma 1.5."""
    kernel = _gaussian(planes.shape[-1])
    blurred: Plane = np.matmul(np.matmul(kernel, planes), kernel.T)
    return blurred


def halved(planes: Plane) -> Plane:
    """Return planes of half the sides: means of two by two."""
    wide = planes[..., ::2] + planes[..., 1::2]
    return (wide[..., ::2, :] + wide[..., 1::2, :]) * np.float32(0.25)


@cache
def _gaussian(side: int) -> Plane:
    """A blur of sigma 1.5 as a matrix; within tiles this small it costs less than convolving.

    Products of larger matrices than 64 x 64 would wake the threads of numpy's linear algebra.
    """
    steps = np.arange(side)
    kernel = np.exp(-0.5 * ((steps[:, None] - steps) / 1.5) ** 2)
    kernel[np.abs(steps[:, None] - steps) > 5] = 0  # noqa: PLR2004 - beyond, it is next to nothing
    even: Plane = (kernel / kernel.sum(axis=1, keepdims=True)).astype(np.float32)
    return even
