"""Arrays scaled with Lanczos by fast_image_resize, through cykooz-resizer: faster than Pillow.

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
    _LANCZOS = fir.ResizeAlg.convolution(fir.FilterType.lanczos3)
    _TYPES = {1: fir.PixelType.U8, 3: fir.PixelType.U8x3, 4: fir.PixelType.U8x4}


def scaled(pixels: Any, sides: tuple[int, int], box: Box) -> Any:
    """Scale what lies between left, top, right and bottom of an array of uint8 to other sides.

    `pixels` has the shape (height, width) or (height, width, 3 or 4), and so has the result. All
    channels are scaled alike: none of them is taken for opacity.
    """
    made = scaled_bytes((pixels.tobytes(), pixels.shape[1], pixels.shape[0]), sides, box)
    return np.frombuffer(made, np.uint8).reshape(sides[1], sides[0], *pixels.shape[2:])


def scaled_bytes(pixels: tuple[bytes, int, int], sides: tuple[int, int], box: Box) -> bytes:
    """Do the same with pixels as bytes, width and height."""
    data, width, height = pixels
    kind = _TYPES[len(data) // (width * height)]
    left, top, right, bottom = box[0], box[1], min(box[2], width), min(box[3], height)
    options = fir.ResizeOptions(
        _LANCZOS,
        use_alpha=False,
        crop_box=fir.CropBox(left, top, right - left, bottom - top),
    )
    made = fir.ImageData(*sides, kind)
    fir.Resizer().resize(fir.ImageData(width, height, kind, data), made, options)
    return bytes(made.get_buffer())
