"""Find near pairs among many 64-bit hashes, without comparing all pairs.

Multi-index hashing (Norouzi, Punjani and Fleet, 2012): hashes that differ in few bits differ in
even fewer bits of one of their parts, so only hashes with a similar part are compared.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import combinations

with suppress(ImportError):  # numpy is installed where duplicates are searched
    import numpy as np
    from numpy.typing import NDArray

    Words = NDArray[np.uint64]
    Places = NDArray[np.int64]

FARTHEST = 11
_PARTS, _WIDTH = 4, 16
_AT_ONCE = 4_000_000


def near_pairs(hashes: Sequence[int], farthest: int) -> Iterator[tuple[int, int, int]]:
    """Yield the indexes of two hashes that differ in at most `farthest` bits, and how many.

    Each pair of different hashes is yielded once, the smaller index first. Of n equal hashes, n - 1
    pairs are yielded: each with the first one.

    Raises ValueError if `farthest` is not 0 to 11.
    """
    if not 0 <= farthest <= FARTHEST:
        raise ValueError(f"hashes are near each other at 0 to {FARTHEST} bits, not {farthest}")
    words, first = np.unique(np.array(hashes, np.uint64), return_index=True)
    place_of = dict(zip(words.tolist(), first.tolist(), strict=True))
    for place, value in enumerate(hashes):
        if place_of[value] != place:
            yield place_of[value], place, 0
    for one, other in _found(words, farthest):
        bits = np.bitwise_count(words[one] ^ words[other]).tolist()
        for a, b, apart in zip(first[one].tolist(), first[other].tolist(), bits, strict=True):
            yield min(a, b), max(a, b), apart


def _found(words: "Words", farthest: int) -> "Iterator[tuple[Places, Places]]":
    """Yield places in `words` of pairs, each once: in the first part that brings them together."""
    for part in range(_PARTS):
        keys = _part(words, part)
        by_key = np.argsort(keys, kind="stable")
        ordered = keys[by_key]
        for flip in _flips(farthest // _PARTS):
            if flip:
                # Of the two hashes, that which lacks the lowest of the flipped bits looks.
                lowest = flip & (~flip + np.uint64(1))
                looking = np.flatnonzero((ordered & lowest) == 0)
                starts = np.searchsorted(ordered, ordered[looking] ^ flip, "left")
            else:
                looking = np.arange(len(ordered))
                starts = looking + 1
            ends = np.searchsorted(ordered, ordered[looking] ^ flip, "right")
            for one, other in _candidates(looking, starts, ends):
                yield _near(words, (by_key[one], by_key[other]), part, farthest)


def _candidates(
    looking: "Places", starts: "Places", ends: "Places"
) -> "Iterator[tuple[Places, Places]]":
    """Yield each of `looking` with each place from its start to its end, some at a time."""
    counts = ends - starts
    totals = np.cumsum(counts)
    begin = 0
    while begin < len(looking):
        base = int(totals[begin - 1]) if begin else 0
        end = max(begin + 1, int(np.searchsorted(totals, base + _AT_ONCE, "right")))
        many = counts[begin:end]
        within = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many)
        yield np.repeat(looking[begin:end], many), np.repeat(starts[begin:end], many) + within
        begin = end


def _near(
    words: "Words", pair: "tuple[Places, Places]", part: int, farthest: int
) -> "tuple[Places, Places]":
    """Return those pairs that are near and that no former part has brought together."""
    one, other = pair
    apart = words[one] ^ words[other]
    wanted = np.bitwise_count(apart) <= farthest
    one, other, apart = one[wanted], other[wanted], apart[wanted]
    fresh = np.ones(len(one), bool)
    for former in range(part):
        fresh &= np.bitwise_count(_part(apart, former)) > farthest // _PARTS
    return one[fresh], other[fresh]


def _part(words: "Words", part: int) -> "Words":
    return words >> np.uint64(part * _WIDTH) & np.uint64(0xFFFF)


def _flips(most: int) -> "Iterator[np.uint64]":
    """Yield every way to flip up to so many of the bits of a part, no bit first."""
    for many in range(most + 1):
        for bits in combinations(range(_WIDTH), many):
            yield np.uint64(sum(1 << bit for bit in bits))
