"""A sample of a picture, to estimate sizes on: tiles from all over it, put together."""

import math

from PIL import Image

from resize_core.pixels.array_image import Raster, raster_of
from resize_core.pixels.resize import Picture, box_resized, resized, scaled_sides

_TILE, _LEAST_TILE, _BLOCK = 64, 32, 16
_FEWEST_TILES, _MOST_TILES = 8, 12
_SAMPLED_SHARE = 1 / 16


def sample(image: Picture, scale: float) -> Picture:
    """Return tiles from all over the picture at a scale, put together; all of it, if it is small.

    Tiles start at multiples of 16, like the blocks of every encoder, so that they compress as the
    whole does. At every scale they show the same areas, so that a calibration at one scale holds
    for the others. The picture must be `scalable` if the scale is below 1.
    """
    width, height = scaled_sides(image.size, scale)
    wanted = round((math.prod(image.size) * _SAMPLED_SHARE) ** 0.5 / _TILE)
    tiles = min(max(wanted, _FEWEST_TILES), _MOST_TILES)
    side = min(max(math.ceil(_TILE * scale / _BLOCK) * _BLOCK, _LEAST_TILE), _TILE)
    if min(width, height) < tiles * side:
        return resized(image, (width, height))
    starts = [
        [i * (length - side) // (tiles - 1) // _BLOCK * _BLOCK for i in range(tiles)]
        for length in (width, height)
    ]
    stitched = _stitched(image, starts, side, scale)
    return raster_of(stitched) if isinstance(image, Raster) else stitched


def _stitched(image: Picture, starts: list[list[int]], side: int, scale: float) -> Image.Image:
    """Squares of the scaled picture, by where they start across and down, put together."""
    made = Image.new(image.mode, (len(starts[0]) * side, len(starts[1]) * side))
    if isinstance(image, Image.Image) and image.mode == "P":
        made.putpalette(image.palette or b"")
        made.info.update(image.info)
    for row, top in enumerate(starts[1]):
        for column, left in enumerate(starts[0]):
            tile = _tile(image, (left, top, left + side, top + side), scale)
            made.paste(tile, (column * side, row * side))
    return made


def _tile(image: Picture, box: tuple[int, int, int, int], scale: float) -> Image.Image:
    """A box of the scaled picture, without scaling the rest."""
    if scale == 1:
        return image.crop(box)
    left, top = box[0] / scale, box[1] / scale
    right, bottom = min(box[2] / scale, image.size[0]), min(box[3] / scale, image.size[1])
    near, high = int(left), int(top)
    part = image.crop((near, high, math.ceil(right), math.ceil(bottom)))
    part_box = (left - near, top - high, right - near, bottom - high)
    return box_resized(part, (box[2] - box[0], box[3] - box[1]), part_box)
