"""One picture, decoded once: its size at any setting estimated, compared and encoded."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image

from resize_core.capabilities import Capabilities
from resize_core.model import Setting
from resize_core.pixels.crops import Crops
from resize_core.pixels.resize import Picture, Sides, resized, scalable, scaled_sides
from resize_core.pixels.sample import sample


@dataclass(frozen=True, slots=True)
class Encoder:
    """How a format writes a picture.

    `write` encodes pixels, in the form their reader chose, at a setting's quality.
    `encode_fast` encodes the same pixels in less time, into more bytes.
    `finish` puts the metadata into the encoded file; it gets the new sides if they changed.
    `form` converts pixels to the form that a setting's encoder takes, so that no other is kept.
    `step` returns the mean quantization step of a setting's low luma frequencies, in levels of 0
    to 255; 0 if the format has none.
    `payload_size` returns the bytes of a file that grow with its pixels. If it is None, the
    others are those of a file of one pixel.
    """

    write: Callable[[Any, Setting], bytes]
    encode_fast: Callable[[Any, Setting], bytes]
    finish: Callable[[bytes, Sides | None], bytes]
    form: Callable[[Any, Setting], Any] = lambda picture, _: picture
    step: Callable[[Setting], float] = lambda _: 0.0
    payload_size: Callable[[bytes], int] | None = None


# Within this quality range, exact encoding saves about the same share of fast encoding.
_ALIKE = 6.0


class StillImage:
    """A decoded picture and the encoder of its format."""

    def __init__(self, image: Picture, encoder: Encoder, capabilities: Capabilities) -> None:
        self.capabilities = capabilities
        self._image = image
        self._encoder = encoder
        self._calibration = 1.0
        least = Setting(1, capabilities.quality.best if capabilities.quality else None)
        pixel = encoder.write(Image.new(image.mode, (1, 1)), least)
        self._header = len(pixel)
        # A scaled picture loses its thumbnail.
        self._extra = len(encoder.finish(pixel, None)), len(encoder.finish(pixel, image.size))
        self._sample: tuple[float, Picture] | None = None
        self._crops: Crops | None = None
        self._scaled: Picture | None = None
        self._known: dict[tuple[object, Setting], float] = {}
        self._saved: dict[Setting, tuple[float, float]] = {}
        self._last = 0.0, 1.0

    def estimate_size(self, setting: Setting) -> float:
        """Return about how many bytes the picture takes at a setting, from a sample of it."""
        _, saved = self._saved.get(_variant(setting), self._last)
        extra = self._extra[setting.scale < 1]
        return extra + saved * self._payload_size(setting, self._encoder.encode_fast)

    def estimate_size_exactly(self, setting: Setting) -> float:
        """Return the same, from the sample encoded exactly as the picture would be.

        The ratio to fast encoding corrects later estimates at other qualities.
        """
        variant, quality = _variant(setting), setting.quality or 0.0
        if variant not in self._saved or abs(self._saved[variant][0] - quality) > _ALIKE:
            fast = self._payload_size(setting, self._encoder.encode_fast)
            exact = self._payload_size(setting, self._encoder.write)
            self._last = quality, exact / max(1.0, fast)
            self._saved[variant] = self._last
        return self.estimate_size(setting)

    @property
    def judge(self) -> Crops | None:
        """The crops on which its encodings are compared, None for a picture that has none."""
        comparison, encoder = self.capabilities.comparison, self._encoder
        if self._crops is None and comparison:
            self._crops = Crops(
                self._image, comparison.grid, encoder.write, self._grown, encoder.step
            )
        return self._crops

    def _grown(self, file: bytes) -> int:
        if self._encoder.payload_size:
            return self._encoder.payload_size(file)
        return max(0, len(file) - self._header)

    def _payload_size(self, setting: Setting, write: Callable[[Picture, Setting], bytes]) -> float:
        if (write, setting) not in self._known:
            sampled = self.sample(setting.scale)
            wide, high = scaled_sides(self._image.size, setting.scale)
            share = wide * high / (sampled.size[0] * sampled.size[1])
            payload_size = self._grown(write(sampled, setting))
            self._known[write, setting] = payload_size * share * self._calibration
        return self._known[write, setting]

    def calibrate(self, stored: int, sampled: int) -> None:
        """Correct later estimates by the bytes of the picture and of its sample.

        Both are encoded alike, and counted without headers.
        """
        tile = self.sample(1)
        share = math.prod(self._image.size) / math.prod(tile.size)
        self._calibration = stored / (sampled * share)

    def encode(self, setting: Setting) -> bytes:
        """Return the picture at a setting as a whole file."""
        sides = scaled_sides(self._image.size, setting.scale)
        if self._scaled is None or self._scaled.size != sides:
            self._scaled = None
            self._scaled = resized(self._image, sides)
        if self._scaled is self._image:
            self._image = self._scaled = self._encoder.form(self._image, setting)
        written = self._encoder.write(self._scaled, setting)
        return self._encoder.finish(written, sides if sides != self._image.size else None)

    def sample(self, scale: float) -> Picture:
        """Return the sample at a scale."""
        if self._sample is None or self._sample[0] != scale:
            image = self._image
            if scale < 1 and isinstance(image, Image.Image):
                image = scalable(image)
            self._sample = scale, sample(image, scale)
        return self._sample[1]


def _variant(setting: Setting) -> Setting:
    """All of a setting but its quality, if it has one."""
    return setting if setting.quality is None else replace(setting, quality=-1.0)
