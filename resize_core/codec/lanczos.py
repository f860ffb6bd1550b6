"""Arrays scaled with Lanczos by fast_image_resize through cykooz-resizer: Pillow's filter, sooner.

Without cykooz-resizer or numpy installed, Pillow scales.
"""

from typing import Any

Box = tuple[float, float, float, float]

try:
    import cykooz_resizer as fir  # type: ignore[import-untyped] # it ships no types
    import numpy as np
except ImportError:
    AVAILABLE = False
else:
    AVAILABLE = True
    _ALGORITHM = fir.ResizeAlg.convolution(fir.FilterType.lanczos3)
    _TYPES = {1: fir.PixelType.U8, 3: fir.PixelType.U8x3, 4: fir.PixelType.U8x4}


def scaled(pixels: Any, sides: tuple[int, int], box: Box) -> Any:
    """Scale what lies between left, top, right and bottom of an array of uint8 to other sides.

    `pixels` has the shape (height, width) or (height, width, 3 or 4), and so has the result. All
    channels are scaled alike: none of them is taken for how clear a pixel is.
    """
    height, width = pixels.shape[:2]
    kind = _TYPES[1 if pixels.ndim == 2 else pixels.shape[2]]  # noqa: PLR2004 - no axis of channels
    left, top, right, bottom = box[0], box[1], min(box[2], width), min(box[3], height)
    options = fir.ResizeOptions(
        _ALGORITHM, use_alpha=False, crop_box=fir.CropBox(left, top, right - left, bottom - top)
    )
    made = fir.ImageData(*sides, kind)
    fir.Resizer().resize(fir.ImageData(width, height, kind, pixels.tobytes()), made, options)
    return np.frombuffer(made.get_buffer(), np.uint8).reshape(sides[1], sides[0], *pixels.shape[2:])
