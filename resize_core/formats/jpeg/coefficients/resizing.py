"""A photo at smaller sides, from its coefficients: no colour is converted, none sampled up."""

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
# By how much of one of its pixels the far edge may be misplaced: twice that shows.
_MISPLACED = 0.26
Box = tuple[float, float, float, float]


def at_sides(photo: Coefficients, sides: tuple[int, int]) -> Coefficients:
    """Return a photo scaled to other sides, none larger than its own, in quarters.

    Inverse transforms at whole eighths do it alone where these are the sides asked for, to a
    quarter of a pixel; otherwise the next larger eighths, or all pixels, are scaled with Lanczos.
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


def _roomy(samples: Samples, like: Component, mcus: tuple[int, int]) -> Component:
    """Transform samples, with room for the MCUs that halved colours would have."""
    rows, columns = mcus
    even = rows + rows % 2, columns + columns % 2
    made = component_of(samples, like.horizontal, like.vertical, even)
    blocks = made.blocks[: rows * like.vertical, : columns * like.horizontal]
    return replace(made, blocks=blocks, room=made.blocks)


def _samples(
    component: Component, across: tuple[float, float], down: tuple[float, float]
) -> Samples:
    """Return a component's samples: of so many across and down, now and then."""
    width, height = math.ceil(across[1]), math.ceil(down[1])
    scale = max(across[1] / across[0], down[1] / down[0])
    exact = round(scale * _EIGHTHS)
    if exact and max(_misplaced(across, exact), _misplaced(down, exact)) <= _MISPLACED:
        return _cropped(samples_of(component, exact), width, height)
    eighths = min(_EIGHTHS, math.floor(scale * _EIGHTHS) + 2)
    samples = samples_of(component, eighths)
    # What a sample of the result covers, also of one that is only half covered.
    step = across[0] / across[1] * eighths / _EIGHTHS, down[0] / down[1] * eighths / _EIGHTHS
    box = (0.0, 0.0, width * step[0], height * step[1])
    return _scaled(samples, (width, height), box)


def _misplaced(side: tuple[float, float], eighths: int) -> float:
    """Return how far from its place the far edge would be, in samples of the photo."""
    return abs(side[1] * _EIGHTHS / eighths - side[0])


def _cropped(samples: Samples, width: int, height: int) -> Samples:
    high, wide = max(0, height - samples.shape[0]), max(0, width - samples.shape[1])
    if high or wide:
        samples = np.pad(samples, ((0, high), (0, wide)), mode="edge")
    return samples[:height, :width]


def _scaled(samples: Samples, sides: tuple[int, int], box: Box) -> Samples:
    height, width = samples.shape
    left, top, right, bottom = box[0], box[1], min(box[2], width), min(box[3], height)
    if fir is None:
        raise UnsupportedError(
            "JPEG", "cykooz-resizer, which scales coefficients, is not installed"
        )
    made = fir.ImageData(*sides, fir.PixelType.U8)
    source = fir.ImageData(width, height, fir.PixelType.U8, samples.tobytes())
    options = fir.ResizeOptions(
        fir.ResizeAlg.convolution(fir.FilterType.lanczos3),
        use_alpha=False,
        crop_box=fir.CropBox(left, top, right - left, bottom - top),
    )
    fir.Resizer().resize(source, made, options)
    return np.frombuffer(bytes(made.get_buffer()), np.uint8).reshape(sides[1], sides[0])
