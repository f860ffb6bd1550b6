"""Encode pixels as JPEG: by jpegli if a quality is set, else by Pillow."""

import math
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image

from resize_core.formats.jpeg import jpegli
from resize_core.formats.jpeg.quantization import coarse_step, scaled_tables
from resize_core.model import Effort, Sampling, Setting
from resize_core.pixels.array_image import Raster, raster_of
from resize_core.pixels.resize import Picture

# Below this many pixels a file is mostly tables, and optimized tables in one scan are smallest.
_TINY = 64 * 64


@dataclass(frozen=True, slots=True)
class Coding:
    """How Pillow's encoder turns coefficients into bytes."""

    progressive: bool = False
    optimize: bool = False


@dataclass(frozen=True, slots=True)
class JpegEncoder:
    """Writes one photo's pixels: with jpegli if a quality is set, else with Pillow.

    `tables` and `sampling` are the photo's own.
    """

    tables: list[list[int]]
    sampling: Sampling
    effort: Effort

    def write(self, picture: Picture, setting: Setting) -> bytes:
        """Encode progressively, as a rendition is encoded."""
        if self._is_for_jpegli(picture, setting):
            return self._jpegli(picture, setting, 2)
        return self._pillow(picture, setting, _coding(picture))

    def encode_fast(self, picture: Picture, setting: Setting) -> bytes:
        """Encode the same pixels in one scan: in less time, and into more bytes."""
        if self._is_for_jpegli(picture, setting):
            return self._jpegli(picture, setting, 0)
        return self._pillow(picture, setting, Coding())

    def recode(self, picture: Picture, coding: Coding) -> bytes:
        """Encode with the photo's own tables and sampling."""
        return self._pillow(picture, Setting(1), coding)

    def form(self, picture: Picture, setting: Setting) -> Picture:
        """Return pixels in the form that the encoder of a setting takes."""
        if isinstance(picture, Raster) and not self._is_for_jpegli(picture, setting):
            return picture.crop((0, 0, *picture.size))
        return picture

    def step(self, setting: Setting) -> float:
        """Return the mean quantization step of a setting's five lowest luma frequencies but DC."""
        if setting.quality is None:
            return coarse_step(self.tables[0])
        if jpegli.AVAILABLE and setting.quantization != "libjpeg":
            return jpegli.coarse_step(setting.quality)
        return coarse_step(scaled_tables(setting.quality)[0])

    def _is_for_jpegli(self, picture: Picture, setting: Setting) -> bool:
        large = math.prod(picture.size) > _TINY
        able = jpegli.AVAILABLE and picture.mode in {"RGBX", "RGB", "L"}
        asked = setting.quality is not None and setting.quantization != "libjpeg"
        return large and able and asked

    def _jpegli(self, picture: Picture, setting: Setting, scans: jpegli.Scans) -> bytes:
        sampling = setting.sampling or self.sampling
        pixels, quality = raster_of(picture).pixels, setting.quality or 0.0
        return jpegli.encode(pixels, quality, sampling, setting.quantization, scans)

    def _pillow(self, picture: Picture, setting: Setting, coding: Coding) -> bytes:
        if isinstance(picture, Raster):
            picture = picture.crop((0, 0, *picture.size))
        quality = setting.quality
        tables = self.tables if quality is None else scaled_tables(quality)
        options = {
            "qtables": tables[: 1 if picture.mode in {"L", "CMYK"} else 3],
            "subsampling": "4:4:4" if picture.mode == "CMYK" else setting.sampling or self.sampling,
        }
        return _save(picture, options, coding)


def _coding(picture: Picture) -> Coding:
    """Encode a tiny picture in the fewest bytes: its file is mostly tables."""
    tiny = math.prod(picture.size) <= _TINY
    return Coding(progressive=not tiny, optimize=tiny)


def _save(picture: Image.Image, options: dict[str, Any], coding: Coding) -> bytes:
    file = BytesIO()
    try:
        picture.save(
            file, "JPEG", progressive=coding.progressive, optimize=coding.optimize, **options
        )
    except OSError:
        # Pillow's buffer for optimized tables is too small for noise at high quality. Standard
        # tables need no buffer.
        file = BytesIO()
        picture.save(file, "JPEG", **options)
    return file.getvalue()
