"""Decode JPEG strictly, by libjpeg-turbo through simplejpeg: its warnings are errors here.

It is faster than Pillow's decoder, and finds flipped bits that Pillow's ignores.
Without simplejpeg installed, Pillow decodes.
"""

from io import BytesIO
from typing import Any, Literal

from PIL import JpegImagePlugin

from resize_core.errors import BrokenError, TruncatedError

try:
    import numpy as np
    import simplejpeg  # type: ignore[import-untyped] # it ships no types
except ImportError:
    simplejpeg = None

AVAILABLE = simplejpeg is not None
# libjpeg's words (jerror.h) for data that ends early.
_ENDS_EARLY = ("premature end", "truncated", "unexpected end")


# TurboJPEG does not support mixed chroma samplings, which libjpeg reads.
_UNKNOWN_SAMPLING = "determine subsampling"


def decode(data: bytes, mode: Literal["L", "RGB", "RGBX", "CMYK"]) -> Any:
    """Decode to an array of bytes of shape (height, width), or with the given channels.

    Raises TruncatedError, BrokenError.
    """
    try:
        pixels = simplejpeg.decode_jpeg(data, "GRAY" if mode == "L" else mode, strict=True)
    except ValueError as error:
        fault = str(error)
        if _UNKNOWN_SAMPLING in fault:
            return _by_pillow(data, mode)
        ends_early = any(words in fault.lower() for words in _ENDS_EARLY)
        raise (TruncatedError if ends_early else BrokenError)("JPEG", fault) from error
    return pixels[:, :, 0] if mode == "L" else pixels


def _by_pillow(data: bytes, mode: Literal["L", "RGB", "RGBX", "CMYK"]) -> Any:
    with JpegImagePlugin.JpegImageFile(BytesIO(data)) as image:
        if mode == "L":
            image.draft("L", None)
        return np.array(image.convert(mode))
