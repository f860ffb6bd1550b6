"""What the pictures show, and what cameras and programs write beside them."""

import struct
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
from hypothesis import strategies as st
from PIL import Image, ImageCms

WIDTH, HEIGHT = 96, 72
XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    'rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmp:Rating="4" dc:format="image/x"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
).encode()
IPTC = b"\x1c\x02\x00\x00\x02\x00\x02\x1c\x02\x69\x00\x08Headline\x1c\x02\x74\x00\x05(c) X"


def samples(bands: int = 3, top: int = 255, width: int = WIDTH, height: int = HEIGHT) -> Any:
    """Return a smooth picture with a different colour in each corner; bands beyond three differ."""
    y, x = np.mgrid[0:height, 0:width]
    waves = [0.5 + 0.35 * np.sin(x / (9 + 4 * i) + y / (17 - 3 * i) + i) for i in range(bands)]
    shown = np.stack(waves, -1)
    side, far = height // 4, slice(-(height // 4), None)
    corners = ((slice(0, side), slice(0, side), (0.9, 0.1, 0.1)),
               (slice(0, side), far, (0.1, 0.9, 0.1)),
               (far, slice(0, side), (0.1, 0.1, 0.9)))  # fmt: skip
    for rows, columns, colour in corners:
        shown[rows, columns, :] = [colour[i % 3] for i in range(bands)]
    return np.rint(shown * top)


def image(mode: str = "RGB", shift: int = 0) -> Image.Image:
    """Return the picture in one of Pillow's modes of eight bits; `shift` moves it for a frame."""
    bands = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4}[mode]
    pixels = np.roll(samples(bands).astype("u1"), shift, axis=1)
    layers = [Image.fromarray(np.ascontiguousarray(pixels[..., i])) for i in range(bands)]
    return Image.merge(mode, layers) if bands > 1 else layers[0]


def saved(picture: Image.Image, name: str, **options: Any) -> bytes:
    file = BytesIO()
    picture.save(file, name, **options)
    return file.getvalue()


@cache
def profile(kind: str) -> bytes:
    """Return an ICC profile: 'sRGB', or 'swapped', whose red is what others call green."""
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    if kind == "sRGB":
        return plain
    return plain.replace(b"rXYZ", b"tXYZ").replace(b"gXYZ", b"rXYZ").replace(b"tXYZ", b"gXYZ")


Row = tuple[int, int, int, bytes]
"""Tag, type, count and value of one entry of a directory."""


def directory(order: str, rows: Sequence[Row], at: int, following: int = 0) -> bytes:
    """Return a directory that lies at an offset, with its values behind it."""
    head = struct.pack(order + "H", len(rows))
    values, places = b"", at + 2 + 12 * len(rows) + 4
    for tag, kind, count, value in rows:
        held = value.ljust(4, b"\0")
        if len(value) > 4:
            held = struct.pack(order + "I", places + len(values))
            values += value + bytes(len(value) % 2)
        head += struct.pack(order + "HHI", tag, kind, count) + held
    return head + struct.pack(order + "I", following) + values


@st.composite
def exif_blocks(draw: st.DrawFn, turns: Sequence[int] = range(1, 9)) -> bytes:
    """Draw an EXIF block: byte order, orientation, GPS, maker notes and a thumbnail or none."""
    order = draw(st.sampled_from("<>"))
    text = draw(st.sampled_from([b"Cam\0", b"A camera of many letters\0"]))
    rows: list[Row] = [(0x010F, 2, len(text), text)]
    if turn := draw(st.sampled_from([0, *turns])):
        rows.append((0x0112, 3, 1, struct.pack(order + "H", turn)))
    rows.append((0x0132, 2, 20, b"2024:05:06 07:08:09\0"))
    has_gps, has_thumbnail = draw(st.booleans()), draw(st.booleans())
    below: list[Row] = [
        (0x829A, 5, 1, struct.pack(order + "II", 1, 250)),
        (0x9000, 7, 4, b"0232"),
        (0xA002, 4, 1, struct.pack(order + "I", WIDTH)),
        (0xA003, 4, 1, struct.pack(order + "I", HEIGHT)),
    ]
    if draw(st.booleans()):
        below.insert(2, (0x927C, 7, 24, b"MAKERS' OWN NOTES, 24 B."))
    more = 2 if has_gps else 1
    size = len(directory(order, [*rows, *[(0, 4, 1, bytes(4))] * more], 8))
    lower = directory(order, below, 8 + size)
    gps: list[Row] = [
        (1, 2, 2, b"N\0"), (2, 5, 3, struct.pack(order + "6I", 47, 1, 22, 1, 1234, 100)),
        (3, 2, 2, b"E\0"), (4, 5, 3, struct.pack(order + "6I", 8, 1, 32, 1, 4321, 100)),
    ]  # fmt: skip
    place = directory(order, gps, 8 + size + len(lower)) if has_gps else b""
    rows.append((0x8769, 4, 1, struct.pack(order + "I", 8 + size)))
    if has_gps:
        rows.append((0x8825, 4, 1, struct.pack(order + "I", 8 + size + len(lower))))
    second = 8 + size + len(lower) + len(place)
    block = directory(order, rows, 8, second if has_thumbnail else 0) + lower + place
    if has_thumbnail:
        small = saved(image().resize((16, 12)), "JPEG")
        start = second + 2 + 3 * 12 + 4
        place = struct.pack(order + "I", draw(st.sampled_from([start, start, start, 8])))
        block += directory(
            order,
            [(0x0103, 3, 1, struct.pack(order + "H", 6)),
             (0x0201, 4, 1, place),
             (0x0202, 4, 1, struct.pack(order + "I", len(small)))],
            second,
        ) + small  # fmt: skip
    return (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8) + block
