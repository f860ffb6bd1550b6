"""Coefficients that no encoder made: any sampling, any size, any value."""

import numpy as np
from hypothesis import strategies as st

from resize_core.formats.jpeg.coefficients.model import Coefficients, Component

GREY = ((1, 1),)
SAMPLINGS: dict[str, tuple[tuple[int, int], ...]] = {
    "grey": GREY,
    "4:4:4": ((1, 1), (1, 1), (1, 1)),
    "4:2:2": ((2, 1), (1, 1), (1, 1)),
    "4:2:0": ((2, 2), (1, 1), (1, 1)),
    "4:4:0": ((1, 2), (1, 1), (1, 1)),
    "4:1:1": ((4, 1), (1, 1), (1, 1)),
    "4:1:0": ((4, 2), (1, 1), (1, 1)),
    "1x4": ((1, 4), (1, 1), (1, 1)),
    "2x2 and 2x1": ((2, 2), (2, 1), (2, 1)),
    "2x2 and 1x2": ((2, 2), (1, 2), (1, 2)),
    "one coarser": ((2, 2), (1, 1), (2, 2)),
    "luma coarser": ((1, 1), (2, 2), (1, 1)),
}


def photo(
    width: int,
    height: int,
    factors: tuple[tuple[int, int], ...],
    *,
    seed: int = 0,
    most: int = 1000,
) -> Coefficients:
    """Return a photo of mostly small coefficients and some up to `most`."""
    random = np.random.default_rng(seed)
    widest, highest = max(h for h, _ in factors), max(v for _, v in factors)
    columns, rows = -(-width // (8 * widest)), -(-height // (8 * highest))
    components = []
    for h, v in factors:
        shape = rows * v + rows * v % 2, columns * h + columns * h % 2, 64
        room = random.normal(0, 30, shape) / (1 + np.arange(64) / 3)
        room[random.random(shape) < 0.01] = most
        room[random.random(shape) < 0.01] = -most
        coded_rows, coded_columns = -(-height * v // (8 * highest)), -(-width * h // (8 * widest))
        blocks = room.round().clip(-most, most).astype(np.int16)
        kept = blocks[: rows * v, : columns * h]
        # As decoding leaves what fills up the last MCUs: the DC of the neighbour, no AC.
        kept[:, coded_columns:, 1:] = kept[coded_rows:, :, 1:] = 0
        kept[:coded_rows, coded_columns:, 0] = kept[
            :coded_rows, coded_columns - 1 : coded_columns, 0
        ]
        kept[coded_rows:, :, 0] = kept[coded_rows - 1 : coded_rows, :, 0]
        steps = random.integers(1, 30, 64).astype(np.float32)
        components.append(Component(h, v, steps, kept, coded_rows, coded_columns, blocks))
    return Coefficients(width, height, tuple(components))


PHOTOS = st.builds(
    photo,
    st.integers(1, 70),
    st.integers(1, 70),
    st.sampled_from(list(SAMPLINGS.values())),
    seed=st.integers(0, 2**32 - 1),
    most=st.sampled_from([1, 7, 1000, 1023]),
)
