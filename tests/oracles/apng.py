"""Animated PNG, composed by the words of its specification; libvips shows its first frame alone."""

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyvips

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PREVIOUS, _BACKGROUND, _OVER = 2, 1, 1


def chunk(kind: bytes, body: bytes) -> bytes:
    """Return one chunk."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield type and body of each chunk."""
    at = 8
    while at + 12 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at + 8 : at + 8 + size]
        at += 12 + size
        if kind == b"IEND":
            return


def frames(data: bytes) -> list[tuple[bytes, int]]:
    """Return each frame as a PNG file of its own and its milliseconds; nothing if it is a still."""
    parts = list(chunks(data))
    if not any(kind == b"acTL" for kind, _ in parts):
        return []
    header = next(body for kind, body in parts if kind == b"IHDR")
    width, height = struct.unpack_from(">II", header)
    shared = [
        (k, b) for k, b in parts if k not in {b"IHDR", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT"}
    ]
    pictures: list[tuple[tuple[int, ...], bytes]] = []
    for kind, body in parts:
        if kind == b"fcTL":
            pictures.append((struct.unpack(">IIIIIHHBB", body), b""))
        elif pictures and kind in {b"IDAT", b"fdAT"}:
            control, held = pictures.pop()
            pictures.append((control, held + (body if kind == b"IDAT" else body[4:])))
    canvas: Any = np.zeros((height, width, 4))
    made = []
    for (_, w, h, x, y, up, down, dispose, blend), packed in pictures:
        part = _decoded(header, shared, (w, h), packed)
        before = canvas.copy()
        spot = canvas[y : y + h, x : x + w]
        if blend == _OVER:
            over, under = part[..., 3:] / 255, spot[..., 3:] / 255
            alpha = over + under * (1 - over)
            mixed = (part[..., :3] * over + spot[..., :3] * under * (1 - over)) / np.maximum(
                alpha, 1e-9
            )
            spot[...] = np.concatenate([mixed, alpha * 255], 2)
        else:
            spot[...] = part
        made.append((_stored(canvas, shared), round(1000 * up / (down or 100))))
        if dispose == _PREVIOUS:
            canvas = before
        elif dispose == _BACKGROUND:
            canvas[y : y + h, x : x + w] = 0
    return made


def _decoded(
    header: bytes, shared: list[tuple[bytes, bytes]], size: tuple[int, int], packed: bytes
) -> Any:
    own = b"".join(chunk(k, b) for k, b in shared if k in {b"PLTE", b"tRNS"})
    file = SIGNATURE + chunk(b"IHDR", struct.pack(">II", *size) + header[8:]) + own
    image = pyvips.Image.pngload_buffer(file + chunk(b"IDAT", packed) + chunk(b"IEND", b""))
    if image.format == "ushort":
        image = (
            (image / 257).cast("uchar").copy(interpretation="srgb" if image.bands > 2 else "b-w")
        )
    image = image.colourspace("srgb")
    if not image.hasalpha():
        image = image.bandjoin(255)
    return np.asarray(image).astype("f8")


def _stored(canvas: Any, shared: list[tuple[bytes, bytes]]) -> bytes:
    """Return a canvas as a PNG file with the colour profile of the whole."""
    rows = np.rint(canvas).astype("u1")
    lines = io.BytesIO()
    for row in rows:
        lines.write(b"\0" + row.tobytes())
    head = struct.pack(">IIBBBBB", rows.shape[1], rows.shape[0], 8, 6, 0, 0, 0)
    own = b"".join(chunk(k, b) for k, b in shared if k == b"iCCP")
    body = chunk(b"IDAT", zlib.compress(lines.getvalue(), 1)) + chunk(b"IEND", b"")
    return SIGNATURE + chunk(b"IHDR", head) + own + body
