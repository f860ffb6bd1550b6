"""Several pictures in one file: all are kept, and all are encoded alike at a setting."""

import math
from collections.abc import Callable, Iterable, Sequence

from PIL import Image

from resize_core.model import Setting
from resize_core.pixels.codec_api import Traits
from resize_core.pixels.resize import resized, scaled_sides


class Movie:
    """The frames of an animation or the pages of a document, and how their format writes them.

    `read` decodes them anew for each encoding, so that only scaled ones stay in memory; `write`
    encodes them at a setting's quality as a whole file. `stored` is what the source weighs.
    """

    def __init__(
        self,
        read: Callable[[], Iterable[Image.Image]],
        write: Callable[[Sequence[Image.Image], Setting], bytes],
        stored: int,
        traits: Traits,
    ) -> None:
        self.traits = traits
        self._read = read
        self._write = write
        self._stored = stored

    def weigh(self, setting: Setting) -> float:
        """Return a rough idea of the bytes at a setting: no sample tells how frames repeat."""
        quality = 100.0 if setting.quality is None else setting.quality
        return self._stored * setting.scale**2 * (0.1 + 0.9 * quality / 100)

    weigh_well = weigh

    def score(self, _: Setting) -> float:
        """Nothing is judged: a movie's traits name no places."""
        return 100.0

    def weigh_places(self, _: Setting) -> float:
        """Nothing is judged: there are no places."""
        return 1.0

    def halving(self, _: Setting) -> float:
        """Nothing is judged: there are no places."""
        return math.inf

    def encode(self, setting: Setting) -> bytes:
        """Return all pictures at a setting as a whole file."""
        pictures = [
            resized(picture, scaled_sides(picture.size, setting.scale)) for picture in self._read()
        ]
        return self._write(pictures, setting)
