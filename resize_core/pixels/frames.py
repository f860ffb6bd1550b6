"""The frames of an animation as whole pictures, and their timing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageFile

from resize_core.errors import TooLargeError
from resize_core.pixels.resize import reading


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
            # How the source stored it (its profile, disposal, blending) is not for its encoder.
            whole.info = {}
            yield whole
