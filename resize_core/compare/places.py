"""Find where a rendition lost most, and cut these crops out of photo and rendition."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from math import ceil
from typing import Any

from PIL import Image

from resize_core.compare.as_shown import opened, shown
from resize_core.errors import TooLargeError
from resize_core.pixels.resize import resized
from resize_core.probe import probe

try:
    import numpy as np

    from resize_core.pixels.metric import SIDE, SimilarityMetric, rating
except ImportError:
    AVAILABLE = False
else:
    AVAILABLE = True
    Numbers = np.ndarray[tuple[int, ...], np.dtype[np.floating[Any]]]

Sides = tuple[int, int]
Box = tuple[int, int, int, int]

# Compared pictures do not begin with a JPEG block, because such pictures look better.
_RIM = 4
# Places begin so many of their sides apart: twice, as long as there is room.
_APART = (2, 1)
_QUALITIES = (96, 93, 90, 85, 80)
_OVERVIEW_QUALITY = 78


@dataclass(frozen=True, slots=True)
class Look:
    """The number and the size of crops; the longest side of the overview, in pixels.

    Each file of a crop has at most this many bytes, if quality 80 suffices for that. A photo of
    more than `max_pixels` is not decoded.
    """

    places: int = 3
    sides: Sides = (512, 384)
    overview: int = 640
    most_bytes: int = 90_000
    max_pixels: int = 250_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """A crop before and after, as JPEG files with the same size and quality.

    `box` is left, top, width and height in the upright rendition; `score` is as Comparison's.
    """

    box: Box
    score: float | None
    quality: int
    before: bytes = field(repr=False)
    after: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A photo and its rendition: upright sides, crops (most loss first), an overview in JPEG.

    `score` is 100 for no difference and about 90 for no visible one, by the library's metric: at
    the photo's size, to which a scaled rendition is enlarged. It is None if the photo is too small,
    or numpy is missing.
    """

    sides_before: Sides
    sides_after: Sides
    score: float | None
    overview: bytes = field(repr=False)
    places: tuple[Place, ...] = ()  # none where both are the same bytes

    @property
    def is_scaled(self) -> bool:
        """Whether the rendition has other sides than its photo."""
        return self.sides_before != self.sides_after


def compare_places(photo: bytes, rendition: bytes, look: Look | None = None) -> Comparison:
    """Compare a rendition with its photo, both upright and in sRGB.

    Places are cut out at the rendition's sides, to which the photo is scaled.

    Raises TruncatedError, BrokenError, UnsupportedError, TooLargeError, NotAPhotoError.
    """
    look = look or Look()
    right, _ = _plain(rendition, look)
    if photo == rendition:
        return Comparison(right.size, right.size, 100.0, _overview(right, look))
    left, sides = _plain(photo, look)
    score, boxes = (
        _worst(left, resized(right, sides), look, right.size) if AVAILABLE else (None, [])
    )
    left = resized(left, right.size)
    places = (_cut(left, right, box, local, look) for box, local in boxes or _middle(right, look))
    return Comparison(sides, right.size, score, _overview(right, look), (*places,))


def _plain(data: bytes, look: Look) -> tuple[Image.Image, Sides]:
    """Decode a picture to upright RGB in sRGB; return it and its sides."""
    header = probe(data, size=len(data))
    if header.width * header.height > look.max_pixels:
        raise TooLargeError(header.width * header.height, look.max_pixels)
    image, profile = opened(data)
    return shown(image, profile), image.size


def _worst(
    left: Image.Image, right: Image.Image, look: Look, sides: Sides
) -> tuple[float | None, list[tuple[Box, float | None]]]:
    """Rate the whole picture, and find separate areas with the lowest ratings.

    Both pictures have the photo's sides, boxes are those of a rendition of these sides.
    """
    rows = [*_rows(left, right)]
    if not rows:
        return None, []
    terms = np.stack(rows, axis=1)
    score = float(rating(terms.mean(axis=(1, 2))))
    scales = [its / whole for its, whole in zip(sides, right.size, strict=True)]
    wide, high = (
        max(1, min(int(length / scale) // SIDE, count))
        for length, scale, count in zip(look.sides, scales, terms.shape[:0:-1], strict=True)
    )
    rated = rating(_moving_means(terms, high, wide))
    boxes: list[tuple[Box, float | None]] = []
    across, down = (
        ceil(length / scale / SIDE) for length, scale in zip(look.sides, scales, strict=True)
    )
    for row, column in _lowest(rated, (down, across), look.places):
        middle = (_RIM + SIDE * (column + wide / 2), _RIM + SIDE * (row + high / 2))
        centre = middle[0] * scales[0], middle[1] * scales[1]
        boxes.append((_around(centre, sides, look.sides), float(rated[row, column])))
    return score, boxes


def _lowest(rated: "Numbers", reach: Sides, most: int) -> list[tuple[int, int]]:
    """Return the positions of the lowest ratings: far apart if possible, at least by `reach`."""
    high, wide = reach
    found: list[tuple[int, int]] = []
    for apart in _APART:
        left = rated.astype(np.float64)
        while len(found) < most:
            for above, before in found:
                top, begin = max(0, above - apart * high + 1), max(0, before - apart * wide + 1)
                left[top : above + apart * high, begin : before + apart * wide] = np.inf
            if not np.isfinite(left).any():
                break
            row, column = np.unravel_index(np.argmin(left), left.shape)
            found.append((int(row), int(column)))
    return found


def _rows(left: Image.Image, right: Image.Image) -> "Iterator[Numbers]":
    """Yield the differences in each row of pictures, of shape (terms, pictures)."""
    across, down = ((length - _RIM) // SIDE for length in right.size)
    for at in range(down if across > 0 else 0):
        band = (_RIM, _RIM + SIDE * at, _RIM + SIDE * across, _RIM + SIDE * (at + 1))
        known, other = (
            np.asarray(image.crop(band)).reshape(SIDE, across, SIDE, 3).swapaxes(0, 1)
            for image in (left, right)
        )
        yield SimilarityMetric(known).terms(other)


def _moving_means(terms: "Numbers", high: int, wide: int) -> "Numbers":
    """Average every window of so many rows and columns; of shape (terms, rows, columns)."""
    sums = np.zeros((terms.shape[0], terms.shape[1] + 1, terms.shape[2] + 1))
    sums[:, 1:, 1:] = terms.cumsum(axis=1, dtype=np.float64).cumsum(axis=2)
    rows = sums[:, high:] - sums[:, :-high]
    windows = rows[:, :, wide:] - rows[:, :, :-wide]
    return np.maximum(windows / (high * wide), 0).astype(np.float32)


def _around(middle: tuple[float, float], whole: Sides, sides: Sides) -> Box:
    """The box of these sides around a point, moved and cut to lie within the whole."""
    width, height = min(sides[0], whole[0]), min(sides[1], whole[1])
    left = min(max(0, round(middle[0] - width / 2)), whole[0] - width)
    top = min(max(0, round(middle[1] - height / 2)), whole[1] - height)
    return left, top, width, height


def _middle(picture: Image.Image, look: Look) -> list[tuple[Box, float | None]]:
    return [(_around((picture.width / 2, picture.height / 2), picture.size, look.sides), None)]


def _cut(left: Image.Image, right: Image.Image, box: Box, score: float | None, look: Look) -> Place:
    """Cut a crop out of both, encoded in the same way, so that encoding adds no difference."""
    across, down, width, height = box
    pieces = [image.crop((across, down, across + width, down + height)) for image in (left, right)]
    for quality in _QUALITIES:
        before, after = (_jpeg(piece, quality) for piece in pieces)
        if max(len(before), len(after)) <= look.most_bytes:
            break
    return Place(box, score, quality, before, after)


def _overview(picture: Image.Image, look: Look) -> bytes:
    scale = min(1.0, look.overview / max(picture.size))
    sides = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return _jpeg(resized(picture, sides), _OVERVIEW_QUALITY)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    file = BytesIO()
    sampling = "4:2:0" if quality == _OVERVIEW_QUALITY else "4:4:4"
    picture.save(file, "JPEG", quality=quality, subsampling=sampling, optimize=True)
    return file.getvalue()
