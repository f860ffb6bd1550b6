"""The DCT coefficients of a JPEG photo, and their requantization.

A block is 64 coefficients in zigzag order (ITU-T T.81, figure A.6).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

QUARTERS = np.full(64, 0.25, np.float32)
"""The steps of computed coefficients: finer than in any file."""
COARSEST_STEP = 255
Band = tuple[int, int]
"""First and last coefficient of a band in zigzag order, both included; DC is a band of its own."""
Dropping = Literal["nothing", "greedy", "trellis"]
WHOLE: tuple[Band, ...] = ((1, 63),)
_NEVER_SEEN = 16
_UNIT = 65536


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """One colour component. `blocks` is int16, of shape (rows, columns, 64), in units of `steps`.

    `coded_rows` and `coded_columns` cover the picture; further blocks complete MCUs. `room` is the
    memory of `blocks`, large enough for the MCUs of halved chroma.
    """

    horizontal: int
    vertical: int
    steps: NDArray[np.float32]
    blocks: NDArray[np.int16]
    coded_rows: int
    coded_columns: int
    room: NDArray[np.int16]

    def rows(self, start: int, stop: int, step: int) -> "Component":
        """Return a sample: every `step`th of these coded rows of blocks, as a view."""
        blocks = self.blocks[start : min(stop, self.coded_rows) : step, : self.coded_columns]
        rows, columns = blocks.shape[:2]
        return replace(self, blocks=blocks, coded_rows=rows, coded_columns=columns, room=blocks)


@dataclass(frozen=True, slots=True)
class Coefficients:
    """A photo of `width` times `height` pixels: grey, or luma and two chroma components."""

    width: int
    height: int
    components: tuple[Component, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Requantization:
    """A requantization to coarser steps, which may also drop coefficients.

    A coefficient is made smaller, or dropped, if `weights` times the added squared error is less
    than `price` times the saved bits, by the `lengths` of the codes of each band.
    """

    source_steps: NDArray[np.float32]
    steps: NDArray[np.float32]
    rounding: NDArray[np.float32]
    weights: NDArray[np.float32]
    dropping: Dropping = "nothing"
    price: float = 0.0
    bands: tuple[Band, ...] = ()
    lengths: NDArray[np.uint8] | None = None

    @classmethod
    def between(
        cls, source_steps: ArrayLike, steps: ArrayLike, offset: float = 0.4999
    ) -> "Requantization":
        """Round to a step, up from a fraction of `1 - offset`. DC rounds at one half.

        Raises ValueError if a step is finer than the source's.
        """
        source, target = np.asarray(source_steps, np.float32), np.asarray(steps, np.float32)
        if source.size != 64 or target.size != 64 or not (source > 0).all():  # noqa: PLR2004
            raise ValueError("64 steps above 0 are needed")
        if not (source <= target).all():
            raise ValueError("a step is finer than the source's")
        if not 0 <= offset < 1:
            raise ValueError("an offset is a fraction of a step")
        rounding = np.full(64, offset, np.float32)
        rounding[0] = 0.5
        return cls(source, target, rounding, np.zeros(64, np.float32))

    def dropping_coefficients(
        self,
        weights: ArrayLike,
        price: float,
        lengths: ArrayLike,
        bands: Sequence[Band] = WHOLE,
        how: Dropping = "greedy",
    ) -> "Requantization":
        """Return the same, but dropping coefficients that cost more than they are worth.

        `lengths` are those of 256 symbols, for all bands or for each; a symbol with length 0 was
        never seen and counts as the longest code. That of symbol 0 is the cost of ending a band,
        which is less than its code if the ends of many blocks share one.
        """
        codes = np.broadcast_to(np.asarray(lengths, np.uint8), (len(bands), 256)).copy()
        codes[codes == 0] = _NEVER_SEEN
        return replace(
            self,
            weights=np.asarray(weights, np.float32),
            dropping=how,
            price=float(price),
            bands=tuple(bands),
            lengths=codes,
        )

    @property
    def keeps_all(self) -> bool:
        """Whether every coefficient stays as it is."""
        same: bool = (self.source_steps == self.steps).all()
        return self.dropping == "nothing" and same

    @property
    def multipliers(self) -> NDArray[np.uint16]:
        """The source's steps in units of the new ones, as 16-bit fractions."""
        ratio = self.source_steps.astype(np.float64) / self.steps
        return np.minimum(np.round(ratio * _UNIT), _UNIT - 1).astype(np.uint16)

    @property
    def rounding_units(self) -> NDArray[np.uint16]:
        """The value added before rounding down, as 16-bit fractions."""
        return np.minimum(np.round(self.rounding * np.float64(_UNIT)), _UNIT - 1).astype(np.uint16)


@dataclass(frozen=True, slots=True, eq=False)
class HuffmanCode:
    """A code as files state it (`counts` by length, `symbols`), and by symbol for a writer."""

    counts: bytes
    symbols: bytes
    codes: NDArray[np.uint16]
    lengths: NDArray[np.uint8]

    def size_of(self, counts: NDArray[Any]) -> int:
        """Return the bits of as many symbols, with the bits that follow each symbol."""
        return int(np.sum(counts.astype(np.int64) * (self.lengths + OWN_BITS)))


def _own_bits(symbol: int) -> int:
    """Return the bits that follow a symbol: of a value (F.1.2), or of a run of ends (G.1.2.2)."""
    run, size = symbol >> 4, symbol & 15
    return size or (0 if run == 15 else run)  # noqa: PLR2004 - ZRL, which nothing follows


OWN_BITS = np.array([_own_bits(symbol) for symbol in range(256)], np.int64)
