"""HEIC, which phones write, decoded by pillow-heif where it is installed; never encoded."""

from dataclasses import replace
from io import BytesIO

from PIL import ImageFile

from resize_core.errors import UnsupportedError
from resize_core.formats import heif_turn
from resize_core.formats.heic import structure
from resize_core.formats.through_pillow import PillowReader, followed_by_nothing
from resize_core.pixels.codec_api import Codec, DecodedPhoto, DecodeRequest

try:
    from pillow_heif import HeifImageFile
except ImportError:
    AVAILABLE = False
else:
    AVAILABLE = True


def start(file: BytesIO) -> ImageFile.ImageFile:
    """Open a HEIC file. Raises UnsupportedError if pillow-heif is not installed."""
    if not AVAILABLE:
        raise UnsupportedError("HEIC", "its decoder is not installed: pip install pillow-heif")
    try:
        opened: ImageFile.ImageFile = HeifImageFile(file)  # type: ignore[no-untyped-call] # its own
    except SyntaxError as error:
        # The first thing it checks is the brand.
        raise UnsupportedError("HEIC", "brands that its decoder does not support") from error
    return opened


_READER = PillowReader("HEIC", start, profile_of=structure.colour_profile, is_turned=True)


def decode(data: bytes, _: DecodeRequest) -> DecodedPhoto:
    """See `Codec.decode`. pillow-heif turns the pixels by the boxes of the file."""
    decoded = _READER.decode(data, structure.left_behind(data))
    return followed_by_nothing(replace(decoded, turned_by=heif_turn.read_shown(data).turn or 1))


CODEC = Codec(None, decode, _READER.is_as_asked)
