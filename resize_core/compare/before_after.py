"""A picture small enough for a Dagster event: one crop of each photo, before and after."""

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, JpegImagePlugin

from resize_core.compare.places import Place
from resize_core.errors import CannotFitError
from resize_core.pixels.resize import reading

# A person cannot judge a smaller crop at one pixel to one.
SIDE = 160
# As wide as a block of WebP, so that both halves are encoded in the same way.
_GAP = 16
_WHITE = (255, 255, 255)
_SIDES = (256, 224, 192, SIDE)
_QUALITIES = (92, 86, 80)
# Of a single photo that is all grain.
_LAST_SIDES, _LAST_QUALITIES = (SIDE, 128, 96, 64, 32), (80, 60)


def contact_sheet(places: Sequence[Place], most: int) -> tuple[bytes, int]:
    """Return a WebP of at most `most` bytes, and the number of crops it shows, one below another.

    It shows the middle of each crop, before to the left and after to the right, at one pixel to
    one. If there is too little room, it shows fewer crops, of at least SIDE pixels.

    Raises CannotFitError if not even one crop fits.
    """
    pairs = [(_opened(place.before), _opened(place.after)) for place in places]
    smallest = 0
    for many in range(len(pairs), 0, -1):
        for side, quality in _ways(many):
            made = _coded(_stacked(pairs[:many], side), quality)
            smallest = min(smallest or len(made), len(made))
            if len(made) <= most:
                return made, many
    raise CannotFitError(most, smallest)


def _ways(many: int) -> list[tuple[int, int]]:
    """Yield widths of pieces and qualities to try, the best first."""
    ways = [(side, quality) for side in _SIDES for quality in _QUALITIES]
    if many == 1:
        ways += [(side, quality) for side in _LAST_SIDES for quality in _LAST_QUALITIES]
    return ways


def _opened(data: bytes) -> Image.Image:
    with reading("JPEG"):
        picture = JpegImagePlugin.JpegImageFile(BytesIO(data))
        picture.load()
    return picture


def _coded(picture: Image.Image, quality: int) -> bytes:
    file = BytesIO()
    picture.save(file, "WEBP", quality=quality, method=4)
    return file.getvalue()


def _stacked(pairs: Sequence[tuple[Image.Image, Image.Image]], side: int) -> Image.Image:
    rows = [[_middle(picture, side) for picture in pair] for pair in pairs]
    width = max(row[0].width for row in rows)
    height = sum(row[0].height + _GAP for row in rows) - _GAP
    sheet = Image.new("RGB", (2 * width + _GAP, height), _WHITE)
    top = 0
    for before, after in rows:
        sheet.paste(before, (0, top))
        sheet.paste(after, (width + _GAP, top))
        top += before.height + _GAP
    return sheet


def _middle(picture: Image.Image, side: int) -> Image.Image:
    width, height = min(side, picture.width), min(side, picture.height)
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))
