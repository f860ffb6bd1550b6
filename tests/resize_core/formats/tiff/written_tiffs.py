"""TIFF files and EXIF blocks of any structure, written tag by tag."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

FORMS = {1: "B", 3: "H", 4: "I", 5: "I", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I", 16: "Q"}
# A row of a directory: its tag, the kind of its values, and these: bytes as they are, or numbers.
Row = tuple[int, int, bytes | Sequence[float]]
WIDTH, HEIGHT = 120, 88
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 8: 2, 9: 4, 11: 4, 12: 8, 13: 4, 16: 8}


@dataclass
class Directory:
    """Its rows, the strips of its pixels, and what pages a SubIFDs tag points at."""

    rows: list[Row] = field(default_factory=list)
    strips: list[bytes] = field(default_factory=list)
    below: list["Directory"] = field(default_factory=list)
    pointers: dict[int, "Directory"] = field(default_factory=dict)
    at: int = 0


class File:
    def __init__(self, mark: str = "<", *, big: bool = False) -> None:
        self.mark, self.big = mark, big
        head = (b"II" if mark == "<" else b"MM") + struct.pack(mark + "H", 43 if big else 42)
        head += struct.pack(mark + "HHQ", 8, 0, 0) if big else bytes(4)
        self.out = bytearray(head)

    def __call__(self, pages: Sequence[Directory]) -> bytes:
        link = 8 if self.big else 4
        for page in pages:
            at = self.write(page)
            struct.pack_into(self.mark + ("Q" if self.big else "I"), self.out, link, at)
            link = len(self.out) - self.room if not self.last else self.last
        return bytes(self.out)

    @property
    def room(self) -> int:
        return 8 if self.big else 4

    def put(self, data: bytes) -> int:
        self.out += bytes(len(self.out) % 2)
        self.out += data
        return len(self.out) - len(data)

    def write(self, page: Directory) -> int:
        rows = list(page.rows)
        if page.strips:
            rows.append((273, 4, [self.put(strip) for strip in page.strips]))
            rows.append((279, 4, [len(strip) for strip in page.strips]))
        rows += [(tag, 4, [self.write(below)]) for tag, below in page.pointers.items()]
        if page.below:
            rows.append((330, 4, [self.write(below) for below in page.below]))
        lines = b""
        for tag, kind, values in sorted(rows, key=lambda row: row[0]):
            if isinstance(values, bytes):
                value = values
            else:
                value = struct.pack(f"{self.mark}{len(values)}{FORMS[kind]}", *values)
            count = len(value) // SIZES[kind]
            if len(value) > self.room:
                value = struct.pack(self.mark + ("Q" if self.big else "I"), self.put(value))
            lines += struct.pack(self.mark + ("HHQ" if self.big else "HHI"), tag, kind, count)
            lines += value.ljust(self.room, b"\0")
        head = struct.pack(self.mark + ("Q" if self.big else "H"), len(rows))
        page.at = self.put(head + lines + bytes(self.room))
        self.last = len(self.out) - self.room
        return page.at


def tiff(*pages: Directory, mark: str = "<", big: bool = False) -> bytes:
    return File(mark, big=big)(pages)


def page(pixels: Any, *more: Row, photometric: int, mark: str = "<", **options: Any) -> Directory:
    """A page of an array of shape (height, width) or (height, width, samples), not compressed."""
    high, wide = pixels.shape[:2]
    samples = 1 if pixels.ndim == 2 else pixels.shape[2]
    kind = {"u": 1, "i": 2, "f": 3, "c": 6}[pixels.dtype.kind]
    stored = pixels.astype(pixels.dtype.newbyteorder(mark))
    separate = options.pop("separate", False)
    planes = [stored[..., i] for i in range(samples)] if separate and samples > 1 else [stored]
    rows: dict[int, Row] = {
        row[0]: row
        for row in (
            (256, 4, [wide]),
            (257, 4, [high]),
            (258, 3, [8 * pixels.dtype.itemsize] * samples),
            (259, 3, [1]),
            (262, 3, [photometric]),
            (277, 3, [samples]),
            (278, 4, [high]),
            (284, 3, [2 if separate and samples > 1 else 1]),
            (339, 3, [kind] * samples),
        )
    }
    given = {row[0] for row in more}
    kept = [row for tag, row in rows.items() if tag not in given]
    return Directory([*kept, *more], [plane.tobytes() for plane in planes], **options)


def gradient(channels: int = 3) -> Any:
    """Bytes that differ from channel to channel, smooth enough to be scaled and noisy enough."""
    down, right = np.mgrid[0:HEIGHT, 0:WIDTH]
    noise = np.random.default_rng(1).integers(-4, 5, (HEIGHT, WIDTH, 6))
    ramps = [right * 200 / WIDTH, down * 200 / HEIGHT, (right + down) * 100 / HEIGHT,
             200 - right, 200 - down, down + right]  # fmt: skip
    every = np.clip(np.stack(ramps, -1) + 20 + noise, 0, 255).astype(np.uint8)
    return every[..., 0] if channels == 1 else every[..., :channels]


def rows_of(data: bytes) -> list[tuple[int, int, int, bytes]]:
    """The rows of the first directory of a little-endian file: tag, kind, count, value or place."""
    (at,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, at)
    return [struct.unpack_from("<HHI4s", data, at + 2 + 12 * i) for i in range(count)]


def value_of(data: bytes, number: int) -> tuple[float, ...]:
    """The values of a tag of the first directory, () where it is missing."""
    for tag, kind, count, stored in rows_of(data):
        if tag == number:
            size = SIZES[kind] * count
            (place,) = struct.unpack("<I", stored)
            value = stored[:size] if size <= 4 else data[place : place + size]
            form = FORMS.get(kind, "B")
            return struct.unpack(f"<{size // struct.calcsize(form)}{form}", value)
    return ()
