"""Frames of an animated PNG, composed by its specification: Pillow blends opacity differently.

Source: PNG, third edition (W3C), section 12.
"""

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO

from PIL import Image, PngImagePlugin

from resize_core.formats.png import structure as png
from resize_core.pixels.resize import reading

_OVER, _TO_BACKGROUND, _TO_PREVIOUS = 1, 1, 2
_WITH_ALPHA = {4, 6}
_COLOUR_AT = 25
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def frames(data: bytes) -> Iterator[Image.Image]:
    """Yield the frames as shown, after the picture that is not part of the animation, if any."""
    parts = [(chunk.kind, data[chunk.start + 8 : chunk.end - 4]) for chunk in png.chunks(data)]
    controls = [struct.unpack(">IIIIIHHBB", body) for kind, body in parts if kind == b"fcTL"]
    is_clear = data[_COLOUR_AT] in _WITH_ALPHA or any(
        [kind == b"tRNS" for kind, _ in parts]
        + [c[7] == _TO_BACKGROUND for c in controls]
        + [c[7] == _TO_PREVIOUS for c in controls[:1]]  # before it, all was transparent
    )
    mode = "RGBA" if is_clear else "RGB"
    header = next(body for kind, body in parts if kind == b"IHDR")
    shared = b"".join(_chunk(kind, body) for kind, body in parts if kind in {b"PLTE", b"tRNS"})
    canvas = Image.new("RGBA", struct.unpack(">II", header[:8]))
    for control, packed in _coded(parts):
        sides = control[1:3] if control else canvas.size
        part = _decoded(struct.pack(">II", *sides) + header[8:], shared, packed)
        if not control:
            yield part.convert(mode)
            continue
        left, top, dispose, blend = *control[3:5], *control[7:9]
        before, box = canvas.copy(), (left, top, left + sides[0], top + sides[1])
        if blend == _OVER:
            canvas.alpha_composite(part, box[:2])
        else:
            canvas.paste(part, box)
        yield canvas.convert(mode)
        if dispose == _TO_PREVIOUS:
            canvas = before
        elif dispose == _TO_BACKGROUND:
            canvas.paste((0, 0, 0, 0), box)


def _coded(parts: list[tuple[bytes, bytes]]) -> Iterator[tuple[tuple[int, ...], bytes]]:
    """Yield each picture's control, () for one outside the animation, and its coded pixels."""
    control: tuple[int, ...] = ()
    packed = b""
    for kind, body in (*parts, (b"fcTL", b"")):
        if kind == b"fcTL":
            if packed:
                yield control, packed
            control, packed = struct.unpack(">IIIIIHHBB", body) if body else (), b""
        elif kind == b"IDAT":
            packed += body
        elif kind == b"fdAT":
            packed += body[4:]


def _decoded(header: bytes, shared: bytes, packed: bytes) -> Image.Image:
    file = _chunk(b"IHDR", header) + shared + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")
    with reading("PNG"):
        image: Image.Image = PngImagePlugin.PngImageFile(BytesIO(_SIGNATURE + file))
        image.load()
        if image.mode.startswith("I"):
            image = image.convert("I").point(lambda v: v / 257).convert("L")
        return image.convert("RGBA")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
