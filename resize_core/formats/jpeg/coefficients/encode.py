"""Encode coefficients to JPEG with optimized codes: progressive scans of bands, or one scan."""

import struct
from collections.abc import Sequence

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

DC: Band = (0, 0)
Script = tuple[tuple[Band, ...], ...]
"""The scans of each component. Without its DC, a component's other scans cannot be decoded."""
SCRIPT: Script = (
    (DC, (1, 2), (3, 9), (10, 24), (25, 63)),
    (DC, (1, 2), (3, 9), (10, 63)),
    (DC, (1, 2), (3, 9), (10, 63)),
)
SHORT_SCRIPT: Script = (
    (DC, (1, 2), (3, 9), (10, 63)),
    (DC, (1, 5), (6, 63)),
    (DC, (1, 5), (6, 63)),
)
"""For small photos, where three more tables take more than they save."""
_SMALL = 8192
ScanCounts = tuple[Counts, ...]
"""How often each symbol is in each scan, by component: tables of shape (scans, 256)."""
_SOI, _EOI = b"\xff\xd8", b"\xff\xd9"
_JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
_DQT, _DHT, _SOS, _BASELINE, _PROGRESSIVE = 0xDB, 0xC4, 0xDA, 0xC0, 0xC2
_KIND_DC, _KIND_AC = 0, 1
# The free memory that the writer needs before each block, with a reserve for stuffed bytes.
_SPARE, _MOST_STUFFING = 4096, 2
Part = bytes | memoryview


def fit_code(counts: NDArray[np.uint32]) -> HuffmanCode:
    """Return the shortest code for counted symbols, of at most 16 bits: T.81 K.2."""
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


def script_of(photo: Coefficients) -> Script:
    """Return the scans that make a photo's file smallest."""
    luma = photo.components[0]
    script = SHORT_SCRIPT if luma.coded_rows * luma.coded_columns < _SMALL else SCRIPT
    return script[: len(photo.components)]


def count(photo: Coefficients, script: Script | None = None) -> ScanCounts:
    """Count the symbols of unchanged coefficients."""
    return tuple(
        count_bands(component, None, bands)
        for component, bands in zip(photo.components, script or script_of(photo), strict=False)
    )


def file_size(counts: ScanCounts) -> int:
    """Return the bytes of the file that `write` makes of as many symbols.

    Every byte 0xFF of a scan has another one after it that is not counted here: about one in 500.
    """
    codes = [(fit_code(scan), scan) for scans in counts for scan in scans]
    coded = sum(-(-code.size_of(scan) // 8) for code, scan in codes)
    return coded + headers_size([code for code, _ in codes], len(counts))


def headers_size(codes: Sequence[HuffmanCode], components: int) -> int:
    """Return the bytes of a file without its coded scans: each scan has one code."""
    tables_and_scans = sum(21 + len(code.symbols) + 10 for code in codes)
    steps_and_frame = 69 * components + 10 + 3 * components
    return len(_SOI) + len(_JFIF) + steps_and_frame + tables_and_scans + len(_EOI)


def write(
    photo: Coefficients,
    script: Script | None = None,
    counts: ScanCounts | None = None,
) -> bytes:
    """Write a progressive file: each band of each component in one scan, those of DC first.

    `counts` are those of `count`, if they are known. Raises ValueError if steps are no integers
    from 1 to 255.
    """
    script = script or script_of(photo)
    counts = counts or count(photo, script)
    parts: list[Part] = [_SOI, _JFIF, *_tables_of_steps(photo), _frame(_PROGRESSIVE, photo)]
    scans = [
        (band, place, part)
        for place, of_bands in enumerate(counts)
        for band, part in zip(
            script[place], _scans(photo.components[place], script[place], of_bands), strict=True
        )
    ]
    for band, place, (code, coded) in sorted(scans, key=lambda scan: scan[0] != DC):
        kind = _KIND_DC if band == DC else _KIND_AC
        parts += [_table(kind, 0, code), _scan([place], *band, table=0), coded]
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
            *(_table(_KIND_DC, place, code) for place, code in enumerate(dc_codes)),
            *(_table(_KIND_AC, place, code) for place, code in enumerate(ac_codes)),
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


def _scan(places: Sequence[int], first: int, last: int, table: int = 1) -> bytes:
    """Return a scan header. Luma has the first tables, chroma those of the place `table`."""
    parts = [bytes([len(places)])]
    for place in places:
        used = min(table, place)
        parts.append(bytes([place + 1, used << 4 | used]))
    return _segment(_SOS, b"".join([*parts, bytes([first, last, 0])]))


def _room(bits: int) -> int:
    return bits // 8 * _MOST_STUFFING + _SPARE


def _interleaved(
    photo: Coefficients,
    dc: Sequence[HuffmanCode],
    ac: Sequence[HuffmanCode],
    counts: Counts,
) -> bytes:
    codes = [*dc, *ac]
    bits = sum(code.size_of(c) for code, c in zip(codes, counts, strict=False))
    room = np.empty(_room(bits), np.uint8)
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


def _scans(
    component: Component, bands: Sequence[Band], counts: Counts
) -> list[tuple[HuffmanCode, Part]]:
    """Write the scan of each band of a component; return them with their codes."""
    codes = [fit_code(each) for each in counts]
    rooms = [_room(code.size_of(each)) for code, each in zip(codes, counts, strict=True)]
    room = np.empty(sum(rooms), np.uint8)
    starts = np.concatenate([[0], np.cumsum(rooms)[:-1]]).astype(np.int64)
    sizes = np.empty(len(bands), np.int64)
    library.call(
        "kernel_write_bands",
        library.plane(component),
        library.bounds(bands),
        library.codes(codes),
        len(bands),
        library.address(room),
        library.address(starts),
        len(room),
        library.address(sizes),
        library.VECTORS,
    )
    return [
        (code, room[start : start + size].data)
        for code, start, size in zip(codes, starts, sizes, strict=True)
    ]
