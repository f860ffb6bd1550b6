"""Files that mean harm, or were harmed: each must cost a refusal, or come out as any photo does."""

import struct
import zlib
from collections.abc import Callable

from PIL import Image

from tests.resize_core.sample_files import DRONE, animated, picture, sample, saved

SOS = b"\xff\xda"


def chunk(kind: bytes, body: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + checksum


def png(*chunks: bytes, sides: tuple[int, int] = (64, 64), depth: int = 8) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *sides, depth, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")


def rows(sides: tuple[int, int]) -> bytes:
    return chunk(b"IDAT", zlib.compress((b"\0" + b"\x55" * sides[0] * 3) * sides[1], 9))


def replaced(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data
    return data.replace(old, new, 1)


def frame(data: bytes, marker: int, *, precision: int = 8) -> bytes:
    """The JPEG with another kind of frame."""
    at = data.index(b"\xff\xc0\x00\x11")
    return b"".join(
        [data[: at + 1], bytes([marker]), data[at + 2 : at + 4], bytes([precision]), data[at + 5 :]]
    )


def many_scans() -> bytes:
    """A progressive JPEG whose last scan comes again a thousand times."""
    data = saved(picture(), "JPEG", progressive=True)
    last = data[data.rindex(SOS) : -2]
    return data[:-2] + last * 1_000 + data[-2:]


def sized(data: bytes, wide: int, high: int) -> bytes:
    """The JPEG with other sides in its frame."""
    at = data.index(b"\xff\xc0\x00\x11") + 5
    return data[:at] + struct.pack(">HH", high, wide) + data[at + 4 :]


def tiff(*entries: tuple[int, int, int, int], following: int = 0) -> bytes:
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return (
        b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + body + struct.pack("<I", following)
    )


def strips(wide: int, high: int, count: int) -> bytes:
    """A TIFF whose strips all lie in the same few bytes."""
    return tiff(
        (256, 4, 1, wide), (257, 4, 1, high), (258, 3, 1, 8), (259, 3, 1, 8), (262, 3, 1, 1),
        (273, 4, count, 200), (277, 3, 1, 1), (278, 4, 1, 1), (279, 4, count, 200),
    ) + bytes(400)  # fmt: skip


def many_frames() -> bytes:
    first = Image.new("P", (2000, 2000))
    return saved(first, "GIF", save_all=True, append_images=[
        Image.new("P", (2000, 2000), i % 256) for i in range(1, 80)])  # fmt: skip


HOSTILE: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "one byte": lambda: b"\xff",
    "a start and an end": lambda: b"\xff\xd8\xff\xd9",
    "only a start": lambda: b"\xff\xd8\xff" * 3000,
    "html": lambda: b"<html>404</html>",
    "postscript": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "svg": lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "jpeg of 65500 x 65500 px": lambda: sized(sample("jpeg"), 65_500, 65_500),
    "jpeg of 65500 x 1 px": lambda: saved(picture().resize((65_500, 1)), "JPEG"),
    "jpeg of 1 x 1 px": lambda: saved(picture().resize((1, 1)), "JPEG"),
    "jpeg of no height": lambda: sized(sample("jpeg"), 208, 0),
    "jpeg larger than its scan": lambda: sized(sample("jpeg"), 4_000, 4_000),
    "jpeg of 12 bits": lambda: frame(sample("jpeg"), 0xC1, precision=12),
    "jpeg, lossless": lambda: frame(sample("jpeg"), 0xC3),
    "jpeg, arithmetic in name": lambda: frame(sample("jpeg"), 0xC9),
    "jpeg of a thousand scans": many_scans,
    "jpeg without tables": lambda: replaced(sample("jpeg"), b"\xff\xdb", b"\xff\xe9"),
    "jpeg with a segment into nowhere": lambda: b"\xff\xd8\xff\xe1\xff\xff" + DRONE[6:2000],
    "jpeg and zip": lambda: sample("jpeg") + b"PK\x05\x06" + bytes(18),
    "jpeg with a png behind": lambda: sample("jpeg") + sample("png"),
    "jpeg whose exif chases its tail": lambda: saved(
        picture(), "JPEG", exif=b"Exif\0\0" + tiff((0x8769, 4, 1, 8), following=8)
    ),
    "jpeg with half a profile": lambda: saved(picture(), "JPEG", icc_profile=b"half" * 999),
    "png of 60000 x 60000 px": lambda: png(rows((64, 64)), sides=(60_000, 60_000)),
    "png of 36 MP in 20 KB": lambda: png(rows((6_000, 6_000)), sides=(6_000, 6_000)),
    "png with 60 MB of text": lambda: png(
        chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(60_000_000))), rows((64, 64))
    ),
    "png with a wrong checksum": lambda: sample("png")[:40] + b"\xff" + sample("png")[41:],
    "png without rows": png,
    "png with too few rows": lambda: png(rows((64, 12))),
    "png of a depth that is none": lambda: png(rows((64, 64)), depth=7),
    "apng of more frames than it has": lambda: replaced(
        animated("PNG"),
        chunk(b"acTL", struct.pack(">II", 4, 0)),
        chunk(b"acTL", struct.pack(">II", 4_000_000, 0)),
    ),
    "tiff that chases its tail": lambda: tiff((256, 4, 1, 8), (257, 4, 1, 8), following=8),
    "tiff of 4 billion entries": lambda: b"II*\0\x08\0\0\0\xff\xff" + bytes(30),
    "tiff of 100 million strips": lambda: strips(10_000, 100_000_000, 100_000_000),
    "tiff of 40000 strips at one place": lambda: strips(4_000, 40_000, 40_000),
    "gif of 80 frames of 4 MP": many_frames,
    "gif with a frame beyond its screen": lambda: replaced(
        sample("gif"), b"\x2c\0\0\0\0", b"\x2c\xff\xff\xff\xff"
    ),
    "webp with a lying length": lambda: (
        sample("webp")[:4] + b"\xff\xff\xff\x7f" + sample("webp")[8:]
    ),
    "webp of 16384 x 16384 px in name": lambda: replaced(
        sample("webp"), sample("webp")[24:30], b"\xff\x3f\0\xff\x3f\0"
    ),
    "bmp of two billion rows": lambda: (
        sample("bmp")[:22] + b"\xff\xff\xff\x7f" + sample("bmp")[26:]
    ),
    "bmp with its pixels before its start": lambda: (
        sample("bmp")[:10] + bytes(4) + sample("bmp")[14:]
    ),
    "avif without pictures": lambda: b"\0\0\0\x18ftypavif\0\0\0\0avifmif1" + bytes(64),
    "avif with endless boxes": lambda: (
        b"\0\0\0\x18ftypavif\0\0\0\0avifmif1" + b"\0\0\0\x08free" * 9000
    ),
    "heic cut short": lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\1\0meta",
}
