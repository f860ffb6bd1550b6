"""Encode JPEG by jpegli, through ajpegli: better quality in the same bytes than libjpeg-turbo.

Without ajpegli installed, Pillow encodes, with jpegli's tables.
"""

from typing import Any, Literal

from resize_core.model import Quantization, Sampling

try:
    import ajpegli
except ImportError:
    AVAILABLE = False
else:
    AVAILABLE = True

Scans = Literal[0, 1, 2]
_PLAIN_BELOW = 30


def encode(
    pixels: Any,
    quality: float,
    sampling: Sampling,
    quantization: Quantization | None,
    scans: Scans,
) -> bytes:
    """Encode an array of uint8, of shape (height, width) or (height, width, 3).

    `scans` is 0 for one scan, more for progressive coding.
    """
    return bytes(
        ajpegli.encode(
            pixels,
            distance=_distance(quality),
            subsampling=sampling.replace(":", ""),
            progressive=scans,
            adaptive_quantization=quantization != "uniform",
        )
    )


def _distance(quality: float) -> float:
    """The jpegli distance for a libjpeg quality (jpegli_quality_to_distance, encode.cc)."""
    if quality >= _PLAIN_BELOW:
        return max(0.01, 0.1 + (100 - quality) * 0.09)
    return min(25.0, 53 / 3000 * quality**2 - 23 / 20 * quality + 25)


def coarse_step(quality: float) -> float:
    """The mean step of the five lowest frequencies above none in luma, within a tenth."""
    distance = _distance(quality)
    return min(4.7 * distance, 4.2 + 2.15 * distance)
