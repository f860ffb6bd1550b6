"""From coefficients to a JPEG file: codes made to fit, bands as progressive scans, or one scan."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resize_core.formats.jpeg.coefficients import library
from resize_core.formats.jpeg.coefficients.count import (
    Counts,
    count_bands,
    count_dc,
    count_sequential,
)
from resize_core.formats.jpeg.coefficients.model import (
    COARSEST_STEP,
    Band,
    Coefficients,
    Component,
    HuffmanCode,
)

SCRIPT: tuple[tuple[Band, ...], ...] = (
    ((1, 2), (3, 9), (10, 63)),
    ((1, 5), (6, 63)),
    ((1, 5), (6, 63)),
)
_SOI, _EOI = b"\xff\xd8", b"\xff\xd9"
_JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
_DQT, _DHT, _SOS, _BASELINE, _PROGRESSIVE = 0xDB, 0xC4, 0xDA, 0xC0, 0xC2
_DC, _AC = 0, 1
# What the writer wants free before each block, and more than any byte is stuffed.
_SPARE, _MOST_STUFFING = 4096, 2


def fit_code(counts: NDArray[np.uint32]) -> HuffmanCode:
    """Return the code that makes counted symbols shortest: T.81 K.2, 16 bits at most."""
    table, codes = library.HuffmanTable(), library.HuffmanCodes()
    used = library.call(
        "kernel_fit_code",
        library.address(np.ascontiguousarray(counts, np.uint32)),
        table,
        codes,
    )
    return HuffmanCode(
        bytes(table.counts)[1:],
        bytes(table.symbols)[:used],
        np.array(codes.codes, np.uint16),
        np.array(codes.lengths, np.uint8),
    )


@dataclass(frozen=True, slots=True)
class ScanCounts:
    """The symbols of a file's scans: those of DC, then those of each component's bands."""

    dc: Counts
    bands: tuple[Counts, ...]


def count(photo: Coefficients, script: Sequence[Sequence[Band]] = SCRIPT) -> ScanCounts:
    """Count the symbols of coefficients as they are."""
    return ScanCounts(
        count_dc(photo.components, None),
        tuple(
            count_bands(component, None, bands)
            for component, bands in zip(photo.components, script, strict=False)
        ),
    )


def file_size(counts: ScanCounts) -> int:
    """Return the bytes of the file that `write` makes of as many symbols.

    Every byte 0xFF of a scan has another one after it that is not counted here: about one in 500.
    """
    grey = len(counts.bands) == 1
    codes = [fit_code(c) for c in counts.dc[: 1 if grey else 2]]
    dc = sum(code.size_of(c) for code, c in zip(codes, counts.dc, strict=False))
    size = len(_SOI) + len(_JFIF) + len(_EOI) + 10 + 3 * len(counts.bands)
    size += 69 * len(counts.bands)
    size += sum(21 + len(code.symbols) for code in codes)
    size += 8 + 2 * len(counts.bands) + -(-dc // 8)
    for bands in counts.bands:
        for band in bands:
            code = fit_code(band)
            size += 21 + len(code.symbols) + 10 + -(-code.size_of(band) // 8)
    return size


def write(
    photo: Coefficients,
    script: Sequence[Sequence[Band]] = SCRIPT,
    counts: ScanCounts | None = None,
) -> bytes:
    """Write a progressive file: DC in one scan, then each band of each component in one.

    `counts` are those of `count`, if they are known. Raises ValueError where steps are no integers
    from 1 to 255.
    """
    counts = counts or count(photo, script)
    parts = [_SOI, _JFIF, *_tables_of_steps(photo), _frame(_PROGRESSIVE, photo)]
    codes = [fit_code(c) for c in counts.dc[: min(2, len(photo.components))]]
    parts += [_table(_DC, place, code) for place, code in enumerate(codes)]
    parts += [_scan(range(len(photo.components)), 0, 0), _interleaved(photo, codes, [], counts.dc)]
    for place, bands in enumerate(counts.bands):
        for band, of_band in zip(script[place], bands, strict=True):
            code = fit_code(of_band)
            parts += [_table(_AC, 0, code), _scan([place], *band)]
            parts.append(_band(photo.components[place], band, code, code.size_of(of_band)))
    return b"".join([*parts, _EOI])


def write_sequential(photo: Coefficients) -> bytes:
    """Write a baseline file of one scan. Raises ValueError as `write` does."""
    dc = count_dc(photo.components, None)
    ac = np.zeros((2, 256), np.uint32)
    for place, component in enumerate(photo.components):
        ac[min(1, place)] += count_sequential(component, None)
    used = min(2, len(photo.components))
    dc_codes, ac_codes = ([fit_code(c) for c in counts[:used]] for counts in (dc, ac))
    return b"".join(
        [
            _SOI,
            _JFIF,
            *_tables_of_steps(photo),
            _frame(_BASELINE, photo),
            *(_table(_DC, place, code) for place, code in enumerate(dc_codes)),
            *(_table(_AC, place, code) for place, code in enumerate(ac_codes)),
            _scan(range(len(photo.components)), 0, 63),
            _interleaved(photo, dc_codes, ac_codes, np.concatenate([dc[:used], ac[:used]])),
            _EOI,
        ]
    )


def _segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def _tables_of_steps(photo: Coefficients) -> list[bytes]:
    segments = []
    for place, component in enumerate(photo.components):
        steps = component.steps
        if not ((steps == np.round(steps)) & (steps >= 1) & (steps <= COARSEST_STEP)).all():
            raise ValueError(f"steps in a file are integers from 1 to {COARSEST_STEP}")
        segments.append(_segment(_DQT, bytes([place]) + steps.astype(np.uint8).tobytes()))
    return segments


def _frame(marker: int, photo: Coefficients) -> bytes:
    parts = [struct.pack(">BHHB", 8, photo.height, photo.width, len(photo.components))]
    for place, component in enumerate(photo.components):
        factors = component.horizontal << 4 | component.vertical
        parts.append(bytes([place + 1, factors, place]))
    return _segment(marker, b"".join(parts))


def _table(kind: int, place: int, code: HuffmanCode) -> bytes:
    return _segment(_DHT, bytes([kind << 4 | place]) + code.counts + code.symbols)


def _scan(places: Sequence[int], first: int, last: int) -> bytes:
    """Return a scan header. Chroma has the second tables, but for the one that a band brings."""
    parts = [bytes([len(places)])]
    for place in places:
        table = min(1, place) if first == 0 else 0
        parts.append(bytes([place + 1, table << 4 | table]))
    return _segment(_SOS, b"".join([*parts, bytes([first, last, 0])]))


def _room(bits: int) -> NDArray[np.uint8]:
    return np.empty(bits // 8 * _MOST_STUFFING + _SPARE, np.uint8)


def _interleaved(
    photo: Coefficients,
    dc: Sequence[HuffmanCode],
    ac: Sequence[HuffmanCode],
    counts: Counts,
) -> bytes:
    codes = [*dc, *ac]
    room = _room(sum(code.size_of(c) for code, c in zip(codes, counts, strict=False)))
    size = library.call(
        "kernel_write_interleaved",
        library.planes(photo.components),
        len(photo.components),
        library.codes(dc),
        library.codes(ac),
        library.address(room),
        len(room),
    )
    return room[:size].tobytes()


def _band(component: Component, band: Band, code: HuffmanCode, bits: int) -> bytes:
    room = _room(bits)
    size = library.call(
        "kernel_write_band",
        library.plane(component),
        library.bounds([band]),
        library.codes([code]),
        library.address(room),
        len(room),
    )
    return room[:size].tobytes()
