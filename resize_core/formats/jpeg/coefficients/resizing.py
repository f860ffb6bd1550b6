"""Scale a photo from its coefficients, without converting or upsampling colours."""

import math
from dataclasses import replace

import numpy as np

from resize_core.errors import UnsupportedError
from resize_core.formats.jpeg.coefficients.model import Coefficients, Component
from resize_core.formats.jpeg.coefficients.transform import Samples, component_of, samples_of

try:
    import cykooz_resizer as fir  # type: ignore[import-untyped] # it ships no types
except ImportError:
    fir = None
_EIGHTHS = 8
# By how much of one of its pixels the far edge may be misplaced: labels are mapped by one ratio for
# each axis, which has to hold to a twentieth of a pixel.
_MISPLACED = 0.05
# Half the sides by inverse transforms alone look half a point worse than by Lanczos.
_POOR = 4
# Rows of the result computed at a time, and the samples that Lanczos uses on either side.
_BAND, _REACH = 256, 3
Box = tuple[float, float, float, float]


def at_sides(photo: Coefficients, sides: tuple[int, int]) -> Coefficients:
    """Return a photo scaled to other sides, none larger than its own, in quarters.

    Inverse transforms at whole eighths do it alone where these are the sides asked for, to a
    twentieth of a pixel; otherwise samples at larger eighths are scaled with Lanczos, some at a
    time.
    """
    width, height = sides
    across = max(component.horizontal for component in photo.components)
    down = max(component.vertical for component in photo.components)
    mcus = -(-height // (8 * down)), -(-width // (8 * across))
    components = []
    for component in photo.components:
        wide, high = component.horizontal / across, component.vertical / down
        samples = _samples(
            component,
            (photo.width * wide, width * wide),
            (photo.height * high, height * high),
        )
        components.append(_roomy(samples, component, mcus))
    return Coefficients(width, height, tuple(components))


def enlarged(samples: Samples, sides: tuple[int, int]) -> Samples:
    """Return samples scaled to a width and a height, as a viewer would."""
    height, width = samples.shape
    return _scaled(samples, sides, (0.0, 0.0, width, height))


def _roomy(samples: Samples, like: Component, mcus: tuple[int, int]) -> Component:
    """Transform samples, with memory for the MCUs of halved chroma."""
    rows, columns = mcus
    even = rows + rows % 2, columns + columns % 2
    made = component_of(samples, like.horizontal, like.vertical, even)
    blocks = made.blocks[: rows * like.vertical, : columns * like.horizontal]
    return replace(made, blocks=blocks, room=made.blocks)


def _samples(
    component: Component, across: tuple[float, float], down: tuple[float, float]
) -> Samples:
    """Return a component's samples: of so many across and down, now and then."""
    sides = math.ceil(across[1]), math.ceil(down[1])
    scale = max(across[1] / across[0], down[1] / down[0])
    exact = round(scale * _EIGHTHS)
    misplaced = max(_misplaced(across, exact), _misplaced(down, exact)) if exact else math.inf
    if misplaced <= _MISPLACED and exact != _POOR:
        return _cropped(samples_of(component, exact), *sides)
    eighths = min(_EIGHTHS, math.floor(scale * _EIGHTHS) + 2)
    step = across[0] / across[1] * eighths / _EIGHTHS, down[0] / down[1] * eighths / _EIGHTHS
    made = np.empty((sides[1], sides[0]), np.uint8)
    for top in range(0, sides[1], _BAND):
        rows = range(top, min(top + _BAND, sides[1]))
        made[rows.start : rows.stop] = _band(component, eighths, (sides[0], rows), step)
    return made


def _misplaced(side: tuple[float, float], eighths: int) -> float:
    """Return the displacement of the far edge, in samples of the photo."""
    return abs(side[1] * _EIGHTHS / eighths - side[0])


def _cropped(samples: Samples, width: int, height: int) -> Samples:
    high, wide = max(0, height - samples.shape[0]), max(0, width - samples.shape[1])
    if high or wide:
        samples = np.pad(samples, ((0, high), (0, wide)), mode="edge")
    return samples[:height, :width]


def _band(
    component: Component, eighths: int, made: tuple[int, range], step: tuple[float, float]
) -> Samples:
    """Return some rows of the result: so wide, from blocks that reach around them.

    `step` is how many samples, at so many eighths, each of the result covers, across and down.
    """
    width, rows = made
    top, bottom = rows.start * step[1], rows.stop * step[1]
    reach = _REACH * max(1.0, step[1])
    first = max(0, int((top - reach) / eighths))
    last = min(component.coded_rows, math.ceil((bottom + reach) / eighths))
    blocks = component.blocks[first:last]
    samples = samples_of(replace(component, blocks=blocks, coded_rows=len(blocks)), eighths)
    above = first * eighths
    return _scaled(samples, (width, len(rows)), (0.0, top - above, width * step[0], bottom - above))


def _scaled(samples: Samples, sides: tuple[int, int], box: Box) -> Samples:
    """Scale a box with Lanczos; what of it lies beyond the last sample is left out."""
    if fir is None:
        raise UnsupportedError(
            "JPEG", "cykooz-resizer, which scales coefficients, is not installed"
        )
    height, width = samples.shape
    left, top, right, bottom = box[0], box[1], min(box[2], width), min(box[3], height)
    made = fir.ImageData(*sides, fir.PixelType.U8)
    source = fir.ImageData(width, height, fir.PixelType.U8, samples.tobytes())
    options = fir.ResizeOptions(
        fir.ResizeAlg.convolution(fir.FilterType.lanczos3),
        use_alpha=False,
        crop_box=fir.CropBox(left, top, right - left, bottom - top),
    )
    fir.Resizer().resize(source, made, options)
    return np.frombuffer(bytes(made.get_buffer()), np.uint8).reshape(sides[1], sides[0])
