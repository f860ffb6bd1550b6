"""Keep no-data pixels (as GDAL marks them) exact when a picture is scaled.

Mixed with its neighbours, such a value would give heights and depths that nobody measured. So every
pixel that scaling would mix with it becomes a no-data pixel, too.
"""

import math
from collections.abc import Iterable

from PIL import Image, ImageChops, ImageFilter, ImageMath

from resize_core.formats.tiff.pixels import KIND
from resize_core.formats.tiff.tags import Tag
from resize_core.formats.tiff.varieties import SIGNED

_NO_DATA, _UP = 42113, 32768
# Lanczos looks at three pixels of the smaller picture to either side.
_REACH = 2 * 3 + 1
_WHOLE = {"I;16": "I", "I": "I", "F": "F", "L": "I"}


def value_of(tags: Iterable[Tag]) -> float | None:
    """Return the no-data value, or None."""
    for tag in tags:
        if tag.number == _NO_DATA:
            try:
                return float(tag.data.rstrip(b"\0 ").decode("ascii"))
            except ValueError:
                return None
    return None


def mask(image: Image.Image, value: float) -> Image.Image | None:
    """Return a mask of that value in all channels of a picture; None if it has none."""
    value = value + _UP if _is_moved_up(image) else value
    if image.mode in {"L", "RGB"}:
        channels = [
            channel.point([255 * (i == value) for i in range(256)]) for channel in image.split()
        ]
        found = channels[0]
        for channel in channels[1:]:
            found = ImageChops.darker(found, channel)
    elif image.mode in _WHOLE:
        numbers = image.convert(_WHOLE[image.mode])
        found = ImageMath.lambda_eval(
            lambda args: (
                args["n"] != args["n"]
                if math.isnan(value)
                else args["n"] == _number(numbers, value)
            ),
            n=numbers,
        ).convert("L")
        found = found.point([255 * (i > 0) for i in range(256)])
    else:
        return None
    return found if found.getbbox() else None


def restored(scaled: Image.Image, where: Image.Image, value: float) -> Image.Image:
    """Return a scaled picture with that value wherever it was, or was mixed in."""
    small = where.resize(scaled.size, Image.Resampling.BOX).point(
        [255 * (i > 0) for i in range(256)]
    )
    wide = small.filter(ImageFilter.MaxFilter(_REACH))
    value = value + _UP if _is_moved_up(scaled) else value
    # Pillow pastes 16 bits wrongly.
    made = scaled.convert("I") if scaled.mode == "I;16" else scaled.copy()
    number = value if made.mode == "F" else int(value)
    colour = (int(value),) * 3 if made.mode == "RGB" else number
    made.paste(Image.new(made.mode, made.size, colour), (0, 0), wide)
    result = made.convert(scaled.mode)
    result.info = scaled.info.copy()
    return result


def _number(image: Image.Image, value: float) -> float:
    return value if image.mode == "F" else int(value) if math.isfinite(value) else -1


def _is_moved_up(image: Image.Image) -> bool:
    return image.mode == "I;16" and image.info.get(KIND) == SIGNED
