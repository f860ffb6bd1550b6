"""Several pictures in one file: all are kept and encoded at the same setting."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageFile

from resize_core.capabilities import Capabilities
from resize_core.errors import TooLargeError
from resize_core.model import Setting
from resize_core.pixels.resize import reading, resized, scaled_sides


class Animation:
    """The frames of an animation or the pages of a document, and how their format writes them.

    `read` decodes them again for each encoding, so that only scaled ones stay in memory; `write`
    encodes them at a setting's quality as a whole file. `stored` is the size of the source in
    bytes. There is no judge: renditions of several pictures are not compared.
    """

    def __init__(
        self,
        read: Callable[[], Iterable[Image.Image]],
        write: Callable[[Sequence[Image.Image], Setting], bytes],
        stored: int,
        capabilities: Capabilities,
    ) -> None:
        self.capabilities = capabilities
        self.judge = None
        self._read = read
        self._write = write
        self._stored = stored

    def estimate_size(self, setting: Setting) -> float:
        """Return a rough estimate of the bytes at a setting: no sample shows repeated frames."""
        quality = 100.0 if setting.quality is None else setting.quality
        return self._stored * setting.scale**2 * (0.1 + 0.9 * quality / 100)

    estimate_size_exactly = estimate_size

    def encode(self, setting: Setting) -> bytes:
        """Return all pictures at a setting as a whole file."""
        pictures = [
            resized(picture, scaled_sides(picture.size, setting.scale)) for picture in self._read()
        ]
        return self._write(pictures, setting)


@dataclass(frozen=True, slots=True)
class Timing:
    """How long each frame stays, in milliseconds, and how often all play: 0 for ever, None once."""

    durations: tuple[float, ...]
    loop: int | None

    def options(self) -> dict[str, Any]:
        """Return the timing as Pillow's encoders take it."""
        loop = {} if self.loop is None else {"loop": self.loop}
        return {"duration": list(self.durations), **loop}


def check_pixels(image: ImageFile.ImageFile, at_most: int) -> int:
    """Return the number of frames. Raises TooLargeError when they hold too many pixels together."""
    count: int = getattr(image, "n_frames", 1)
    if count * image.width * image.height > at_most:
        raise TooLargeError(count * image.width * image.height, at_most)
    return count


def timing(image: ImageFile.ImageFile, count: int) -> Timing:
    """Read the timing of an animation, decoding it once."""
    durations = []
    for i in range(count):
        image.seek(i)
        image.load()
        durations.append(float(image.info.get("duration", 0)))
    return Timing(tuple(durations), image.info.get("loop"))


def frames(name: str, start: Callable[[], ImageFile.ImageFile]) -> Iterator[Image.Image]:
    """Yield the frames, composed, in RGBA or without alpha in RGB. Raises as `reading` does."""
    with reading(name):
        image = start()
        for i in range(getattr(image, "n_frames", 1)):
            image.seek(i)
            image.load()
            whole = image.convert("RGBA" if image.has_transparency_data else "RGB")
            # The source's info (profile, disposal, blending) must not reach the encoder.
            whole.info = {}
            yield whole
