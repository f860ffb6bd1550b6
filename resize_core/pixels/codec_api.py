"""The interface of a format's codec: its requests and its results."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PIL import Image

from resize_core.metadata.items import Item
from resize_core.model import Colour, Effort, Location, Orientation


@dataclass(frozen=True, slots=True)
class DecodeRequest:
    """How to decode a photo.

    `spare` is how many bytes metadata may take in the rendition, `max_pixels` how many pixels all
    frames together may have. The other fields are those of `Options`.
    """

    effort: Effort
    spare: int
    max_pixels: int
    orientation: Orientation = "tag"
    colour: Colour = "own"
    location: Location = "keep"


@dataclass(frozen=True, slots=True)
class DecodedPhoto:
    """A photo in memory with its EXIF block, ICC profile and XMP, b'' for none.

    `orientation` is EXIF's, 1 to 8, of the pixels in memory; `is_turned` is whether the decoder has
    already turned them, whatever EXIF contains, and `turned_by` the orientation, 1 to 8, in which
    they are stored then. `dropped` names the data that was lost. `density`
    is unit and density as in a JFIF header. `segments` are the kept segments of a JPEG file.
    `source` is what the codec of the same format needs to write it again.
    """

    image: Image.Image
    exif: bytes
    profile: bytes
    xmp: bytes
    dropped: tuple[str, ...] = ()
    orientation: int = 1
    is_turned: bool = False
    turned_by: int = 1
    density: bytes = b""
    segments: tuple[Item, ...] = ()
    source: Any = None


@dataclass(frozen=True, slots=True)
class Codec:
    """How the pixels of one format are read and written. `file` is what `Format.parse` returns.

    `read` decodes a file, to be encoded in the same format; None if the format is not written.
    It returns a `Picture`. `decode` decodes a file as stored, before its pixels change. `encode`
    encodes a photo whose pixels changed, and returns a `Picture` too. `is_as_asked` returns,
    without decoding the pixels, whether an orientation and a colour space require no change.
    `check` decodes a file and discards it; None if `read` is as strict.

    All of them raise TruncatedError, BrokenError, UnsupportedError or TooLargeError.
    """

    read: Callable[[Any, DecodeRequest], Any] | None
    decode: Callable[[Any, DecodeRequest], DecodedPhoto]
    is_as_asked: Callable[[Any, Orientation, Colour], bool]
    encode: Callable[[DecodedPhoto, DecodeRequest], Any] | None = None
    check: Callable[[Any], None] | None = None
