"""How good a rendition is: SSIMULACRA2 on fixed crops at the photo's own size, and what it kept.

Every file is decoded by Pillow, and a scaled one is enlarged with Lanczos, before crops are taken:
five squares of 512 px, at the same places of every photo. The scores come from the ssimulacra2
package, a port of the reference program.
"""

import tempfile
from functools import cache
from io import BytesIO
from pathlib import Path

import ssimulacra2
from PIL import Image, ImageStat

_SIDE = 512
_PLACES = ((0.5, 0.5), (0.2, 0.25), (0.8, 0.25), (0.2, 0.75), (0.8, 0.75))


def scores(photo: bytes, made: bytes, places: int) -> list[float]:
    """The score of each crop: 100 for the photo itself, 90 for no visible difference."""
    with Image.open(BytesIO(made)) as image:
        image.load()
        return [
            _compared(original, _crop(image, box, whole))
            for original, box, whole in _originals(photo, places)
        ]


def kept(photo: bytes, made: bytes) -> tuple[bool, bool, bool]:
    """Whether EXIF, ICC profile and orientation are what they were."""
    with Image.open(BytesIO(photo)) as before, Image.open(BytesIO(made)) as after:
        exif, made_exif = before.getexif(), after.getexif()
        return (
            not exif or exif.get(0x010F) == made_exif.get(0x010F) != None,  # noqa: E711 - a chain
            before.info.get("icc_profile") == after.info.get("icc_profile"),
            exif.get(0x0112, 1) == made_exif.get(0x0112, 1),
        )


Box = tuple[int, int, int, int]


@cache
def _originals(photo: bytes, places: int) -> list[tuple[Image.Image, Box, tuple[int, int]]]:
    with Image.open(BytesIO(photo)) as image:
        whole = image.size
        boxes = []
        for x, y in _PLACES[:places]:
            left = min(max(0, int(whole[0] * x) - _SIDE // 2), max(0, whole[0] - _SIDE))
            top = min(max(0, int(whole[1] * y) - _SIDE // 2), max(0, whole[1] - _SIDE))
            right, bottom = min(whole[0], left + _SIDE), min(whole[1], top + _SIDE)
            boxes.append((left, top, right, bottom))
        return [(_crop(image, box, whole), box, whole) for box in boxes]


def _crop(image: Image.Image, box: Box, whole: tuple[int, int]) -> Image.Image:
    if image.size == whole:
        return image.crop(box).convert("RGB")
    wide, high = image.width / whole[0], image.height / whole[1]
    scaled = (box[0] * wide, box[1] * high, box[2] * wide, box[3] * high)
    sides = (box[2] - box[0], box[3] - box[1])
    return image.convert("RGB").resize(sides, Image.Resampling.LANCZOS, scaled)


def crop_to_look_at(photo: bytes, side: int) -> Box:
    """The square with the most contrast, of those around the places that are scored."""
    with Image.open(BytesIO(photo)) as image:
        grey = image.convert("L")
    boxes = []
    for x, y in _PLACES:
        left, top = int(grey.width * x) - side // 2, int(grey.height * y) - side // 2
        boxes.append((left, top, left + side, top + side))
    return max(boxes, key=lambda box: ImageStat.Stat(grey.crop(box)).stddev[0])


def crop_of(photo: bytes, made: bytes, box: Box) -> Image.Image:
    """A part of a rendition at the photo's own size, to look at."""
    with Image.open(BytesIO(photo)) as image:
        whole = image.size
    with Image.open(BytesIO(made)) as image:
        return _crop(image, box, whole)


def _compared(one: Image.Image, other: Image.Image) -> float:
    with tempfile.TemporaryDirectory() as folder:
        names = [Path(folder, name) for name in ("one.png", "other.png")]
        for image, name in zip((one, other), names, strict=True):
            image.save(name, compress_level=1)
        return float(ssimulacra2.compute_ssimulacra2(*map(str, names)))
