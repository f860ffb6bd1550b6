"""One small photo of every format and mode, made from one real drone photo.

`tests/data/drone.jpg` is a piece of a photo by Piero Toffanin (LICENSE.drone) with all that its
camera wrote beside the pixels: EXIF with maker notes and a thumbnail, XMP, an index of pictures
and a second picture behind the first.
"""

import struct
import zlib
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms

DRONE = Path(__file__).parent.parent.joinpath("data", "drone.jpg").read_bytes()
WIDTH, HEIGHT = 208, 152


@cache
def picture(mode: str = "RGB") -> Image.Image:
    photo = Image.open(BytesIO(DRONE)).convert("RGB").resize((WIDTH, HEIGHT))
    if mode in {"RGBA", "LA"}:
        clear = Image.linear_gradient("L").resize(photo.size)
        photo = photo.convert(mode.removesuffix("A") if mode == "LA" else mode)
        photo.putalpha(clear)
        return photo
    if mode == "I;16":
        return photo.convert("L").convert("I").point(lambda v: v * 257).convert("I;16")
    if mode == "F":
        return photo.convert("F")
    if mode == "P":
        return photo.quantize(64)
    return photo.convert(mode)


def saved(image: Image.Image, name: str, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, name, **options)
    return file.getvalue()


@cache
def profile() -> bytes:
    """Return a profile of a fixed date, so that the samples are the same on every day."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return made[:24] + struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + made[36:]


def turned_exif() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    exif[0x0112] = 6
    below = exif.get_ifd(0x8769)
    below[0xA002], below[0xA003] = WIDTH, HEIGHT
    exif[0x8769] = below
    return exif.tobytes()


def frames(mode: str = "RGB", count: int = 4) -> list[Image.Image]:
    whole = picture(mode)
    return [whole.transform(whole.size, Image.Transform.AFFINE, (1, 0, 9 * i, 0, 1, 5 * i))
            for i in range(count)]  # fmt: skip


def animated(name: str, **options: Any) -> bytes:
    first, *rest = frames()
    return saved(first, name, save_all=True, append_images=rest, duration=[40, 60, 80, 100],
                 loop=0, **options)  # fmt: skip


def clear_gif() -> bytes:
    image = picture("P").copy()
    image.info["transparency"] = 3
    return saved(image, "GIF", transparency=3)


def deep_png() -> bytes:
    """Colour with 16 bits a channel, which Pillow cannot write."""
    rows = picture().tobytes()
    lines = b"".join(
        b"\0" + bytes(v for value in rows[y * WIDTH * 3 : (y + 1) * WIDTH * 3] for v in (value, 7))
        for y in range(HEIGHT)
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in (
            (b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, 2, 0, 0, 0)),
            (b"IDAT", zlib.compress(lines)),
            (b"IEND", b""),
        )
    )


def pages() -> bytes:
    # Copies: Pillow leaves on a picture how it was last encoded, and would encode it so again.
    first, *rest = [picture("RGB").copy(), picture("L").resize((90, 120)), picture("1").copy()]
    return saved(first, "TIFF", save_all=True, append_images=rest, compression="tiff_lzw")


_MAKERS: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: saved(picture(), "JPEG", quality=92),
    "jpeg 4:4:4": lambda: saved(picture(), "JPEG", quality=92, subsampling="4:4:4"),
    "jpeg 4:2:2 progressive": lambda: saved(
        picture(), "JPEG", quality=90, subsampling="4:2:2", progressive=True
    ),
    "jpeg grayscale": lambda: saved(picture("L"), "JPEG", quality=90),
    "jpeg cmyk": lambda: saved(picture("CMYK"), "JPEG", quality=90),
    "jpeg rgb": lambda: saved(picture(), "JPEG", quality=90, keep_rgb=True),
    "jpeg turned, with profile": lambda: saved(
        picture(), "JPEG", quality=90, exif=turned_exif(), icc_profile=profile(), xmp=b"<x/>"
    ),
    "jpeg of a drone": lambda: DRONE,
    "png": lambda: saved(picture(), "PNG", icc_profile=profile(), exif=turned_exif()),
    "png rgba": lambda: saved(picture("RGBA"), "PNG"),
    "png gray and alpha": lambda: saved(picture("LA"), "PNG"),
    "png palette": lambda: saved(picture("P"), "PNG"),
    "png palette with clear": lambda: saved(picture("P"), "PNG", transparency=5),
    "png grayscale": lambda: saved(picture("L"), "PNG"),
    "png 16-bit grayscale": lambda: saved(picture("I;16"), "PNG"),
    "png 16-bit colour": deep_png,
    "png bilevel": lambda: saved(picture("1"), "PNG"),
    "png animated": lambda: animated("PNG"),
    "webp": lambda: saved(
        picture(), "WEBP", quality=90, icc_profile=profile(), exif=turned_exif(), xmp=b"<x/>"
    ),
    "webp lossless": lambda: saved(picture(), "WEBP", lossless=True),
    "webp rgba": lambda: saved(picture("RGBA"), "WEBP", quality=90),
    "webp animated": lambda: animated("WEBP", quality=80),
    "tiff": lambda: saved(picture(), "TIFF", icc_profile=profile(), exif=turned_exif()),
    "tiff lzw": lambda: saved(picture(), "TIFF", compression="tiff_lzw"),
    "tiff jpeg": lambda: saved(picture(), "TIFF", compression="jpeg", quality=90),
    "tiff rgba": lambda: saved(picture("RGBA"), "TIFF"),
    "tiff cmyk": lambda: saved(picture("CMYK"), "TIFF"),
    "tiff palette": lambda: saved(picture("P"), "TIFF"),
    "tiff 16-bit": lambda: saved(picture("I;16"), "TIFF"),
    "tiff bilevel": lambda: saved(picture("1"), "TIFF", compression="group4"),
    "tiff of floats": lambda: saved(picture("F"), "TIFF"),
    "tiff pages": pages,
    "gif": lambda: saved(picture("P"), "GIF"),
    "gif with clear": clear_gif,
    "gif animated": lambda: animated("GIF"),
    "avif": lambda: saved(picture(), "AVIF", quality=90),
    "bmp": lambda: saved(picture(), "BMP"),
    "bmp palette": lambda: saved(picture("P"), "BMP"),
    "bmp grayscale": lambda: saved(picture("L"), "BMP"),
}
NAMES = tuple(_MAKERS)


@cache
def sample(name: str) -> bytes:
    return _MAKERS[name]()
