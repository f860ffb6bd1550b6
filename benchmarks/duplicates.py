"""How many changed copies of photos the perceptual hash finds, and how many other photos.

    python -m benchmarks.duplicates [PHOTOS]

Copies are scaled, recompressed, made brighter or darker, and shifted. Other photos are every pair
of two of them; where they are of one flight, neighbours overlap. Writes results/duplicates.md.
"""

import argparse
from collections.abc import Iterator
from io import BytesIO
from itertools import combinations
from pathlib import Path
from time import process_time

import numpy as np
from PIL import Image, ImageEnhance

from benchmarks.photos import photos
from resize_core import hash_file, near_pairs

RESULTS = Path(__file__).parent / "results" / "duplicates.md"
DISTANCES = (0, 2, 4, 6, 8, 10, 11)
MANY = 1_000_000
HEAD = """# Near-duplicates: what the perceptual hash finds

Each of {count} photos ({source}) was changed in these ways. The hash of the copy was compared
with that of the photo. A cell is the share of copies found at that distance. The last row is the
share of pairs of *different* photos that are near, of {pairs}.

| Copies | Bits that differ, mean | most | {columns} |
|---|---:|---:|{rules}|
"""


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", nargs="?", type=Path)
    given = parser.parse_args().photos
    apart: dict[str, list[int]] = {}
    hashes = []
    for data in photos(given, 40).values():
        image = Image.open(BytesIO(data)).convert("RGB").reduce(4)
        whole = _hash(image, 95)
        hashes.append(whole)
        for name, found in _copies(image):
            apart.setdefault(name, []).append((whole ^ found).bit_count())
    others = [(one ^ other).bit_count() for one, other in combinations(hashes, 2)]
    lines = [_line(name, bits) for name, bits in apart.items()]
    lines.append(_line("*other photos*", others))
    source = "of one drone's flight" if given else "made ones"
    head = HEAD.format(
        count=len(hashes), source=source, pairs=len(others),
        columns=" | ".join(f"<= {bits}" for bits in DISTANCES),
        rules="|".join("---:" for _ in DISTANCES),
    )  # fmt: skip
    RESULTS.write_text(head + "\n".join(lines) + _scale())


def _copies(image: Image.Image) -> Iterator[tuple[str, int]]:
    width, height = image.size
    for share in (2, 8):
        yield f"1/{share} of the sides", _hash(image.resize((width // share, height // share)), 90)
    for quality in (60, 30):
        yield f"JPEG quality {quality}", _hash(image, quality)
    for by in (0.7, 1.3):
        yield f"brightness x {by}", _hash(ImageEnhance.Brightness(image).enhance(by), 90)
    yield "contrast x 1.3", _hash(ImageEnhance.Contrast(image).enhance(1.3), 90)
    for percent in (1, 2, 4, 8):
        box = width * percent // 100, 0, width, height - height * percent // 100
        yield f"shifted by {percent} % both ways", _hash(image.crop(box), 90)


def _hash(image: Image.Image, quality: int) -> int:
    file = BytesIO()
    image.save(file, "JPEG", quality=quality)
    found = hash_file(file.getvalue())
    if found is None:
        raise RuntimeError("a flat picture")
    return found


def _line(name: str, bits: list[int]) -> str:
    shares = [sum(one <= most for one in bits) / len(bits) for most in DISTANCES]
    cells = " | ".join(f"{share:.1%}" for share in shares)
    return f"| {name} | {sum(bits) / len(bits):.1f} | {max(bits)} | {cells} |"


def _scale() -> str:
    chance = np.random.default_rng(1)
    hashes = [int(value) for value in chance.integers(0, 2**63, MANY)]
    begun = process_time()
    pairs = sum(1 for _ in near_pairs(hashes, 6))
    seconds = process_time() - begun
    return (
        f"\n\nFinding the pairs at most 6 bits apart of {MANY:,} random hashes took "
        f"{seconds:.0f} CPU seconds ({pairs} pairs, by chance).\n"
    )


if __name__ == "__main__":
    main()
