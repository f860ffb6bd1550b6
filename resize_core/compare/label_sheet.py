"""A picture on which a person can check the labels of a rendition and its photo."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image, ImageDraw

from resize_core.compare.as_shown import opened, shown
from resize_core.errors import CannotFitError, TooLargeError
from resize_core.pixels.resize import resized
from resize_core.probe import probe

Point = tuple[float, float]

# The maximum width and height of a picture, in pixels: on the large sheet, and on the small one.
LARGE = 960
_SIDES = (384, 320, 256, 192, 128)
_QUALITIES = (80, 60, 40)
_LARGE_QUALITY = 85
_GAP = 16
_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)
# Distinguishable for most colour-blind people: Okabe and Ito, Color Universal Design, 2008.
COLOURS = (
    (230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0),
    (204, 121, 167),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """An outline in shares of the sides of an upright picture, and its index in COLOURS."""

    points: tuple[Point, ...]
    colour: int = 0


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture, upright and in sRGB, and what is drawn on it."""

    picture: Image.Image = field(repr=False)
    shapes: tuple[Shape, ...]


Row = tuple[Drawing, Drawing]


@dataclass(frozen=True, slots=True)
class LabelSheet:
    """Two WebP files of the same rows: a large one, and a small one with fewer rows."""

    large: bytes = field(repr=False)
    small: bytes = field(repr=False)
    small_rows: int


def drawing(data: bytes, shapes: Sequence[Shape], max_pixels: int = 250_000_000) -> Drawing:
    """Decode a picture at the size of the sheet; one with too many pixels is not decoded.

    Raises TruncatedError, BrokenError, UnsupportedError, TooLargeError, NotAPhotoError.
    """
    header = probe(data, size=len(data))
    if header.width * header.height > max_pixels:
        raise TooLargeError(header.width * header.height, max_pixels)
    picture, profile = opened(data)
    return Drawing(_within(shown(picture, profile), LARGE), tuple(shapes))


def label_sheet(rows: Sequence[Row], most: int) -> LabelSheet:
    """Return the sheet of these rows, below each other; the small one has at most `most` bytes.

    Raises CannotFitError if not even one row fits.
    """
    large = _coded(_stacked(rows, LARGE), _LARGE_QUALITY)
    smallest = len(large)
    for many in range(len(rows), 0, -1):
        for side, quality in _ways(many):
            small = _coded(_stacked(rows[:many], side), quality)
            smallest = min(smallest, len(small))
            if len(small) <= most:
                return LabelSheet(large, small, many)
    raise CannotFitError(most, smallest)


def _ways(many: int) -> Iterator[tuple[int, int]]:
    """Yield sizes of pictures and qualities to try, the best first."""
    least = min(_SIDES) if many == 1 else 2 * min(_SIDES)
    yield from ((side, quality) for side in _SIDES if side >= least for quality in _QUALITIES)


def _within(picture: Image.Image, side: int) -> Image.Image:
    scale = min(1.0, side / max(picture.size))
    sides = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return resized(picture, sides)


def _stacked(rows: Sequence[Row], side: int) -> Image.Image:
    """Draw every row; both pictures of a row have the sides of the larger."""
    drawn = [_drawn(row, side) for row in rows]
    width = max(max(left.width, right.width) for left, right in drawn)
    height = sum(left.height + _GAP for left, _ in drawn) - _GAP
    sheet = Image.new("RGB", (2 * width + _GAP, height), _WHITE)
    top = 0
    for left, right in drawn:
        sheet.paste(left, (0, top))
        sheet.paste(right, (width + _GAP, top))
        top += left.height + _GAP
    return sheet


def _drawn(row: Row, side: int) -> tuple[Image.Image, Image.Image]:
    largest = max((one.picture for one in row), key=lambda picture: max(picture.size))
    sides = _within(largest, side).size
    left, right = (_outlined(resized(one.picture, sides), one.shapes) for one in row)
    return left, right


def _outlined(picture: Image.Image, shapes: Sequence[Shape]) -> Image.Image:
    picture = picture.copy()
    pen = ImageDraw.Draw(picture)
    width = max(1, round(max(picture.size) / 240))
    for shape in shapes:
        points = [(x * picture.width, y * picture.height) for x, y in shape.points]
        colour = COLOURS[shape.colour % len(COLOURS)]
        if len(points) == 1:
            pen.circle(points[0], 2 * width, fill=colour, outline=_BLACK)
            continue
        closed = [*points, points[0]]
        pen.line(closed, fill=_BLACK, width=width + 2, joint="curve")
        pen.line(closed, fill=colour, width=width, joint="curve")
    return picture


def _coded(picture: Image.Image, quality: int) -> bytes:
    file = BytesIO()
    picture.save(file, "WEBP", quality=quality, method=4)
    return file.getvalue()
