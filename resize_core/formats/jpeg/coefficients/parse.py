"""Parse and check the headers of a JPEG file, before the kernel gets a scan.

Source: ITU-T T.81, annexes B and G. Photos refused here as unsupported are decoded to pixels.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from resize_core.errors import BrokenError, TruncatedError, UnsupportedError

_FORMAT = "JPEG"
_SOI = b"\xff\xd8"
_EOI, _SOS, _DQT, _DHT, _DRI, _APP0, _APP14 = 0xD9, 0xDA, 0xDB, 0xC4, 0xDD, 0xE0, 0xEE
_SEQUENTIAL, _PROGRESSIVE = frozenset({0xC0, 0xC1}), 0xC2
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ARITHMETIC_OR_UNKNOWN = frozenset({0xCC, 0xDC, 0xDE, 0xDF})
_MOST_SIDE_BLOCKS, _MOST_TABLES, _MOST_STEP, _LAST = 10, 4, 255, 63
_DEEPEST = 13
_GREY, _COLOUR = 1, 3


@dataclass(frozen=True, slots=True)
class FrameComponent:
    """A component as the frame header names it."""

    identifier: int
    horizontal: int
    vertical: int
    table: int


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame header, B.2.2."""

    progressive: bool
    width: int
    height: int
    components: tuple[FrameComponent, ...]

    @property
    def columns(self) -> int:
        """MCUs side by side."""
        return -(-self.width // (8 * max(c.horizontal for c in self.components)))

    @property
    def rows(self) -> int:
        """MCUs below each other."""
        return -(-self.height // (8 * max(c.vertical for c in self.components)))

    def coded(self, component: FrameComponent) -> tuple[int, int]:
        """Return rows and columns of blocks of which the picture covers a part, A.2.2."""
        wide = self.width * component.horizontal
        high = self.height * component.vertical
        return (
            -(-high // (8 * max(c.vertical for c in self.components))),
            -(-wide // (8 * max(c.horizontal for c in self.components))),
        )


@dataclass(frozen=True, slots=True)
class ScanHeader:
    """The scan header, B.2.3. `components` are places in the frame; `start` is of coded bytes."""

    components: tuple[int, ...]
    dc_tables: tuple[int, ...]
    ac_tables: tuple[int, ...]
    first: int
    last: int
    high: int
    low: int
    start: int


@dataclass(slots=True)
class Headers:
    """The headers read so far. Tables may change between scans; `steps` are a component's first.

    A Huffman table is the sixteen counts of its codes by length, and its symbols.
    """

    frame: Frame | None = None
    quantization: dict[int, tuple[int, ...]] = field(default_factory=dict)
    dc_codes: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    ac_codes: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    restart_interval: int = 0
    steps: dict[int, tuple[int, ...]] = field(default_factory=dict)
    has_jfif: bool = False
    adobe_transform: int | None = None
    precision: dict[tuple[int, int], int] = field(default_factory=dict)

    def next_scan(self, data: bytes, at: int) -> ScanHeader | None:
        """Read segments from `at` up to the next scan; None if the picture ends before it.

        Raises BrokenError, TruncatedError, UnsupportedError.
        """
        for marker, payload, after in _segments(data, at):
            if marker == _EOI:
                return None
            if marker == _SOS:
                scan = _scan(self.the_frame(), payload, after)
                self._check_tables(scan)
                self._check_progression(scan)
                return scan
            self._take(marker, payload)
        raise TruncatedError(_FORMAT, "its end marker is missing")

    def check_complete(self) -> None:
        """Raises UnsupportedError if scans omit coefficients: decoders replace them differently."""
        for component in range(len(self.the_frame().components)):
            if any(self.precision.get((component, k)) != 0 for k in range(_LAST + 1)):
                raise UnsupportedError(_FORMAT, "scans that leave coefficients out")

    def the_frame(self) -> Frame:
        """Return the frame header. Raises BrokenError if there was none."""
        if self.frame is None:
            raise BrokenError(_FORMAT, "its scan comes before its frame")
        return self.frame

    def _take(self, marker: int, payload: bytes) -> None:
        if marker == _DQT:
            self.quantization.update(_quantization(payload))
        elif marker == _DHT:
            for kind, place, code in _huffman(payload):
                (self.ac_codes if kind else self.dc_codes)[place] = code
        elif marker == _DRI:
            if len(payload) != 2:  # noqa: PLR2004 - B.2.4.4
                raise BrokenError(_FORMAT, "its restart interval")
            self.restart_interval = int.from_bytes(payload)
        elif marker in _FRAMES:
            if self.frame is not None:
                raise BrokenError(_FORMAT, "it has two frames")
            self.frame = _frame(marker, payload)
        elif marker in _ARITHMETIC_OR_UNKNOWN:
            raise UnsupportedError(_FORMAT, f"marker {marker:X}")
        elif marker == _APP0 and payload.startswith(b"JFIF\0"):
            self.has_jfif = True
        elif marker == _APP14 and payload.startswith(b"Adobe") and len(payload) >= 12:  # noqa: PLR2004
            self.adobe_transform = payload[11]

    def _check_tables(self, scan: ScanHeader) -> None:
        """Check that the scan's tables exist; a component keeps the steps of its first scan."""
        frame = self.the_frame()
        _check_colours(self, frame)
        for place, dc, ac in zip(scan.components, scan.dc_tables, scan.ac_tables, strict=True):
            table = frame.components[place].table
            if place not in self.steps:
                if table not in self.quantization:
                    raise BrokenError(_FORMAT, "a quantization table is missing")
                self.steps[place] = self.quantization[table]
            elif self.steps[place] != self.quantization[table]:
                raise UnsupportedError(_FORMAT, "quantization that changes between scans")
            needs_dc = scan.first == 0 and scan.high == 0
            needs_ac = scan.last > 0
            if (needs_dc and dc not in self.dc_codes) or (needs_ac and ac not in self.ac_codes):
                raise BrokenError(_FORMAT, "a Huffman table is missing")

    def _check_progression(self, scan: ScanHeader) -> None:
        """Check that each scan continues the previous one of these coefficients, G.1.1.1."""
        for place in scan.components:
            if scan.first > 0 and (place, 0) not in self.precision:
                raise BrokenError(_FORMAT, "AC coefficients come before DC")
            for k in range(scan.first, scan.last + 1):
                known = self.precision.get((place, k))
                expected = 0 if known is None else known
                if scan.high != expected or (known is not None and scan.low != known - 1):
                    raise BrokenError(_FORMAT, "its scans do not follow each other")
                self.precision[place, k] = scan.low


def _segments(data: bytes, at: int) -> Iterator[tuple[int, bytes, int]]:
    """Yield marker, payload and the byte after it, B.1.1.4; the end marker has no payload."""
    while True:
        start = at
        while data[at : at + 1] == b"\xff" and data[at + 1 : at + 2] == b"\xff":
            at += 1
        if at + 2 > len(data):
            raise TruncatedError(_FORMAT, "its end marker is missing")
        marker = data[at + 1]
        if data[at] != 0xFF or marker == 0 or 0xD0 <= marker <= 0xD8 or marker == 1:  # noqa: PLR2004
            raise BrokenError(_FORMAT, f"no segment where one should start, at byte {start:,}")
        if marker == _EOI:
            yield marker, b"", at + 2
            return
        length = int.from_bytes(data[at + 2 : at + 4])
        end = at + 2 + length
        if end > len(data) or at + 4 > len(data):
            raise TruncatedError(_FORMAT, "its headers do not end")
        if length < 2:  # noqa: PLR2004 - its own two bytes
            raise BrokenError(_FORMAT, f"a segment without a length, at byte {at:,}")
        yield marker, data[at + 4 : end], end
        at = end


def first_segment(data: bytes) -> int:
    """Return the start of the first segment. Raises BrokenError if it is not a JPEG file."""
    if not data.startswith(_SOI):
        raise BrokenError(_FORMAT, "its start marker is missing")
    return len(_SOI)


def _frame(marker: int, payload: bytes) -> Frame:
    if marker not in _SEQUENTIAL and marker != _PROGRESSIVE:
        raise UnsupportedError(_FORMAT, f"frame {marker:X}")
    if len(payload) < 6 or len(payload) != 6 + 3 * payload[5]:  # noqa: PLR2004 - B.2.2
        raise BrokenError(_FORMAT, "its frame header")
    if payload[0] != 8:  # noqa: PLR2004
        raise UnsupportedError(_FORMAT, f"{payload[0]} bits per sample")
    height, width = int.from_bytes(payload[1:3]), int.from_bytes(payload[3:5])
    if not width or not height:
        raise UnsupportedError(_FORMAT, "a height that is not in its header")
    if payload[5] not in {_GREY, _COLOUR}:
        raise UnsupportedError(_FORMAT, f"{payload[5]} components")
    found = tuple(
        FrameComponent(payload[i], payload[i + 1] >> 4, payload[i + 1] & 15, payload[i + 2])
        for i in range(6, len(payload), 3)
    )
    if len({c.identifier for c in found}) < len(found):
        raise BrokenError(_FORMAT, "two components of one name")
    if any(not (1 <= c.horizontal <= 4 and 1 <= c.vertical <= 4) for c in found):  # noqa: PLR2004
        raise BrokenError(_FORMAT, "its sampling factors")
    if any(c.table >= _MOST_TABLES for c in found):
        raise BrokenError(_FORMAT, "its quantization tables")
    if len(found) == _GREY:  # a lone component is never interleaved, whatever its factors: A.2.2
        found = (replace(found[0], horizontal=1, vertical=1),)
    elif sum(c.horizontal * c.vertical for c in found) > _MOST_SIDE_BLOCKS:
        raise UnsupportedError(_FORMAT, "its sampling factors")
    return Frame(marker == _PROGRESSIVE, width, height, found)


def _scan(frame: Frame, payload: bytes, start: int) -> ScanHeader:
    count = payload[0] if payload else 0
    if len(payload) != 4 + 2 * count or not 1 <= count <= len(frame.components):
        raise BrokenError(_FORMAT, "its scan header")
    places = {c.identifier: place for place, c in enumerate(frame.components)}
    names, tables = payload[1 : 1 + 2 * count : 2], payload[2 : 2 + 2 * count : 2]
    if any(name not in places for name in names):
        raise BrokenError(_FORMAT, "a scan of a component that is not there")
    components = tuple(places[name] for name in names)
    if list(components) != sorted(set(components)):
        raise BrokenError(_FORMAT, "the order of its components")
    if any(table >> 4 >= _MOST_TABLES or table & 15 >= _MOST_TABLES for table in tables):
        raise BrokenError(_FORMAT, "its Huffman tables")
    first, last, bits = payload[-3:]
    scan = ScanHeader(
        components,
        tuple(table >> 4 for table in tables),
        tuple(table & 15 for table in tables),
        *((first, last, bits >> 4, bits & 15) if frame.progressive else (0, _LAST, 0, 0)),
        start,
    )
    if frame.progressive and not _is_band(scan):
        raise BrokenError(_FORMAT, "the band of its scan")
    return scan


def _is_band(scan: ScanHeader) -> bool:
    """Whether a scan is of DC alone, or of AC coefficients of one component, G.1.1.1."""
    if scan.low > _DEEPEST or not scan.first <= scan.last <= _LAST:
        return False
    return scan.last == 0 if scan.first == 0 else len(scan.components) == 1


def _quantization(payload: bytes) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield the tables of a segment, B.2.4.1, each with its place."""
    at = 0
    while at < len(payload):
        wide, place = payload[at] >> 4, payload[at] & 15
        size = 64 * (wide + 1)
        values = payload[at + 1 : at + 1 + size]
        if wide > 1 or place >= _MOST_TABLES or len(values) < size:
            raise BrokenError(_FORMAT, "its quantization tables")
        steps = tuple(int.from_bytes(values[i : i + wide + 1]) for i in range(0, size, wide + 1))
        if min(steps) == 0:
            raise BrokenError(_FORMAT, "a quantization step of nothing")
        if max(steps) > _MOST_STEP:
            raise UnsupportedError(_FORMAT, "quantization steps of 16 bits")
        yield place, steps
        at += 1 + size


def _huffman(payload: bytes) -> Iterator[tuple[int, int, tuple[bytes, bytes]]]:
    """Yield the tables of a segment, B.2.4.2: 0 for DC or 1 for AC, the place, and the code."""
    at = 0
    while at < len(payload):
        kind, place = payload[at] >> 4, payload[at] & 15
        counts = payload[at + 1 : at + 17]
        symbols = payload[at + 17 : at + 17 + sum(counts)]
        if kind > 1 or place >= _MOST_TABLES or len(counts) < 16 or sum(counts) > 256:  # noqa: PLR2004
            raise BrokenError(_FORMAT, "its Huffman tables")
        if len(symbols) < sum(counts):
            raise BrokenError(_FORMAT, "its Huffman tables")
        yield kind, place, (counts, symbols)
        at += 17 + sum(counts)


def _check_colours(headers: Headers, frame: Frame) -> None:
    """Check that three components are luma and chroma, by the rules of libjpeg."""
    if len(frame.components) == _GREY or headers.has_jfif:
        return
    names = bytes(c.identifier for c in frame.components)
    if headers.adobe_transform == 0 or (headers.adobe_transform is None and names == b"RGB"):
        raise UnsupportedError(_FORMAT, "RGB components")
