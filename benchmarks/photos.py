"""Photos to measure on, when none are given: small real ones, grown to what cameras deliver.

Four aerial photos ship with the project (orchestration/sample_photos). Each is enlarged, given
another camera's grain, sharpness, tables and chroma sampling; one picture is drawn. They stand in
for photos; PHOTOS=dir measures on real ones.
"""

import random
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

PIECES = Path(__file__).parents[1] / "orchestration" / "sample_photos"


@dataclass(frozen=True, slots=True)
class Made:
    """One photo to make: from which piece, how wide, how noisy, and how it was stored."""

    piece: str
    width: int
    grain: float
    quality: int
    sampling: str
    sharp: int = 0
    options: tuple[tuple[str, Any], ...] = ()


MADE = {
    "noisy 12 MP 4:2:0": Made("lawn", 4000, 6, 93, "4:2:0"),
    "soft 16 MP 4:2:0": Made("shore", 4600, 1.2, 97, "4:2:0"),
    "detailed 24 MP 4:2:2": Made("roads", 5700, 3, 93, "4:2:2", 180),
    "sharp 6 MP 4:4:4": Made("park", 2900, 2, 95, "4:4:4", 150),
    "progressive 20 MP 4:2:0": Made("park", 5200, 3, 92, "4:2:0", 0, (("progressive", True),)),
}
_DRAWN, _DRAWN_SIDES = "drawn 8 MP 4:4:4", (3400, 2400)


def photos(folder: Path | None, most: int) -> dict[str, bytes]:
    """Return photos by name: those of a folder, spread evenly over it, or made ones."""
    if folder:
        found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in {".jpg", ".jpeg"})
        step = max(1, -(-len(found) // most))
        return {path.name: path.read_bytes() for path in found[::step]}
    made = {name: _photo(made, seed) for seed, (name, made) in enumerate(MADE.items())}
    return {**made, _DRAWN: _drawing()}


def _photo(made: Made, seed: int) -> bytes:
    with Image.open(PIECES / f"{made.piece}.webp") as piece:
        sides = made.width, made.width * piece.height // piece.width
        photo = piece.convert("RGB").resize(sides, Image.Resampling.BICUBIC)
    if made.sharp:
        photo = photo.filter(ImageFilter.UnsharpMask(3, made.sharp, 0))
    chance = np.random.default_rng(seed)
    noise = chance.normal(0, made.grain, (sides[1], sides[0], 1)) + chance.normal(
        0, made.grain / 2, (sides[1], sides[0], 3)
    )
    pixels = np.clip(np.asarray(photo) + noise, 0, 255).astype(np.uint8)
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "A camera", 6 if seed % 2 else 1
    return _stored(
        Image.fromarray(pixels), quality=made.quality, subsampling=made.sampling,
        exif=exif.tobytes(), **dict(made.options),
    )  # fmt: skip


def _drawing() -> bytes:
    chance = random.Random(3)
    picture = Image.new("RGB", _DRAWN_SIDES, (250, 248, 240))
    pen = ImageDraw.Draw(picture)
    for i in range(900):
        x, y, side = chance.randrange(3400), chance.randrange(2400), chance.randrange(10, 300)
        colour = tuple(chance.randrange(256) for _ in range(3))
        if i % 3:
            pen.rectangle((x, y, x + side, y + side // 2), fill=colour, outline=(0, 0, 0))
        else:
            pen.line((x, y, x + side, y + side // 2), fill=colour, width=3)
        pen.text((x, y), f"label {i}", fill=(20, 20, 20))
    return _stored(picture, quality=95, subsampling="4:4:4")


def _stored(picture: Image.Image, **options: Any) -> bytes:
    file = BytesIO()
    picture.save(file, "JPEG", **options)
    return file.getvalue()
