"""A dozen photos to try the project with.

Four small aerial photos (Piero Toffanin, sample_photos/LICENSE) are enlarged to a camera's
size and given grain, so that they look like camera photos and have their size in bytes.
"""

import random
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

_PIECES = Path(__file__).parent
_MAKE, _MODEL, _ORIENTATION, _TAKEN, _EXIF = 0x010F, 0x0110, 0x0112, 0x0132, 0x8769
_WIDTH, _HEIGHT = 0xA002, 0xA003
_UPRIGHT, _TURNED = 1, 6


@dataclass(frozen=True, slots=True)
class _Sample:
    """One photo to create: the piece, its framing and brightness, and its format."""

    name: str
    piece: str
    width: int
    flip: Literal["", "mirror", "turn"] = ""
    light: float = 1.0
    quality: int = 96
    orientation: int = _UPRIGHT
    stored: Literal["JPEG", "PNG"] = "JPEG"
    keep: float = 1.0


_SAMPLES = (
    _Sample("2024/site-a/IMG_0001.jpg", "shore", 4000),
    _Sample("2024/site-a/IMG_0002.jpg", "park", 4000, orientation=_TURNED),
    _Sample("2024/site-a/IMG_0003.jpeg", "roads", 2600, quality=88),
    _Sample("2024/site-a/IMG_0004.jpg", "lawn", 3200, quality=90, keep=0.6),
    _Sample("2024/site-b/IMG_0001.jpg", "roads", 4600, "mirror", 1.1, quality=98),
    _Sample("2024/site-b/IMG_0002.jpg", "lawn", 4000, "turn", quality=97),
    _Sample("2024/site-b/plan.png", "park", 2200, stored="PNG"),
    _Sample("2024/site-b/IMG_0004.jpg", "shore", 1600, "mirror", stored="PNG"),
    _Sample("2025/site-a/IMG_0001.jpg", "park", 4600, "mirror", 0.9, quality=97),
    _Sample("2025/site-a/IMG_0002.jpg", "shore", 3000, "turn", 1.1, quality=85),
    _Sample("2025/site-a/IMG_0003.JPG", "roads", 4000, "turn", 0.85),
    _Sample("2025/site-a/IMG_0004.jpg", "lawn", 2400, "mirror", 1.15, quality=90),
)


def make_samples(folder: Path) -> None:
    """Write the samples into a folder; existing ones are not changed.

    More than half of them are over 6 MB. One is truncated, one is a PNG, and one is a PNG named
    .jpg. Their bytes are the same every time.
    """
    for sample in _SAMPLES:
        path = folder / sample.name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            # Whole or not at all, because an existing file is not written again.
            part = path.with_name(f".photo-mirror-{path.name}")
            part.write_bytes(_taken(sample))
            part.replace(path)


def _taken(sample: _Sample) -> bytes:
    with Image.open(_PIECES / f"{sample.piece}.webp") as piece:
        scene = _FRAMINGS[sample.flip](piece)
    scene = ImageEnhance.Brightness(scene.convert("RGB")).enhance(sample.light)
    sides = sample.width, sample.width * 3 // 4
    photo = ImageOps.fit(scene, sides, Image.Resampling.BICUBIC)
    photo = ImageChops.add(photo, _grain().crop((0, 0, *sides)), offset=-128)
    data = _stored(photo, sample)
    return data[: int(len(data) * sample.keep)]


def _turned(picture: Image.Image) -> Image.Image:
    return picture.transpose(Image.Transpose.ROTATE_180)


_FRAMINGS = {"": Image.Image.copy, "mirror": ImageOps.mirror, "turn": _turned}


@cache
def _grain() -> Image.Image:
    """Return grain around a middle gray, as of a sensor: equal in all colours, slightly soft."""
    width, height = 4600, 3450
    noise = Image.frombytes("L", (width, height), random.Random(7).randbytes(width * height))  # noqa: S311 - grain is no secret
    faint = noise.filter(ImageFilter.BoxBlur(0.3)).point(lambda v: 128 + (v - 128) * 0.24)
    return Image.merge("RGB", (faint, faint, faint))


def _stored(photo: Image.Image, sample: _Sample) -> bytes:
    exif = Image.Exif()
    exif[_MAKE], exif[_MODEL], exif[_ORIENTATION] = "photo-mirror", "sample", sample.orientation
    exif[_TAKEN] = f"{sample.name[:4]}:06:23 16:31:59"
    exif[_EXIF] = {_WIDTH: photo.width, _HEIGHT: photo.height}
    file = BytesIO()
    if sample.stored == "PNG":
        photo.save(file, "PNG", exif=exif, compress_level=3)
    else:
        photo.save(file, "JPEG", exif=exif, quality=sample.quality, subsampling="4:2:2")
    return file.getvalue()
