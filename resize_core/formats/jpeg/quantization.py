"""Quantization tables for an encoder with worse ones; quality is continuous."""

from collections.abc import Sequence

# The tables of jpegli (google/jpegli, BSD-3-Clause) at distance 4.6 with 4:2:0, luma and Cr, in
# natural order. With Pillow they gain 1 to 9 points of SSIMULACRA2 over the tables of T.81 annex K
# at equal bytes.
_LUMA = (
    12, 10, 20, 21, 33, 34, 37, 38, 10, 14, 20, 23, 34, 31, 39, 39,
    20, 20, 24, 27, 34, 38, 37, 41, 21, 23, 27, 33, 41, 42, 42, 45,
    33, 34, 34, 41, 45, 48, 54, 54, 34, 31, 38, 42, 48, 53, 50, 59,
    37, 39, 37, 42, 54, 50, 53, 53, 38, 39, 41, 45, 54, 59, 53, 43,
)  # fmt: skip
_CHROMA = (
    12, 8, 17, 16, 26, 24, 29, 31, 8, 13, 17, 17, 24, 21, 27, 28,
    17, 17, 20, 18, 22, 25, 26, 30, 16, 17, 18, 21, 27, 24, 26, 31,
    26, 24, 22, 27, 21, 31, 24, 30, 24, 21, 25, 24, 31, 27, 31, 46,
    29, 27, 26, 26, 24, 31, 49, 45, 31, 28, 30, 31, 30, 46, 45, 255,
)  # fmt: skip
# Entries are changed by up to 2 %, so that equal ones do not all round to the next integer
# together. Otherwise one step of quality can change the bytes by 4 %.
_SPREAD = tuple(1 + (i * 37 % 64 - 31.5) / 64 * 0.04 for i in range(64))


def scaled_tables(quality: float) -> list[list[int]]:
    """Scale jpegli's tables as libjpeg does, though continuously: by 1 at 50, by 0 at 100."""
    factor = (100 - quality) / 50 if quality > 50 else 50 / max(quality, 0.2)  # noqa: PLR2004 - the middle of libjpeg's scale
    return [
        [min(max(round(v * factor * s), 1), 255) for v, s in zip(table, _SPREAD, strict=True)]
        for table in (_LUMA, _CHROMA)
    ]


def coarse_step(table: Sequence[int]) -> float:
    """The mean step of the five lowest frequencies above none, of a table in natural order."""
    return sum(table[i] for i in (1, 8, 2, 9, 16)) / 5
