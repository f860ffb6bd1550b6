"""BMP, by Pillow: it is not compressed, so only scaling makes it smaller."""

from dataclasses import replace
from io import BytesIO

from PIL import BmpImagePlugin, Image

from resize_core.capabilities import Capabilities
from resize_core.formats.bmp import structure as bmp
from resize_core.formats.through_pillow import PillowReader, read_again, stored
from resize_core.metadata.items import COLOUR, Item, keep
from resize_core.model import Setting
from resize_core.pixels.codec_api import Codec, DecodedPhoto, DecodeRequest
from resize_core.pixels.image import Encoder, StillImage
from resize_core.pixels.resize import like, reading


def read(data: bytes, request: DecodeRequest) -> StillImage:
    """Decode a BMP file. Raises TruncatedError, BrokenError, UnsupportedError."""
    with reading("BMP"):
        image = BmpImagePlugin.BmpImageFile(BytesIO(data))
        image.load()
    density = image.info.get("dpi", (96, 96))
    original = image.copy()
    profile = bmp.profile(data)
    kept, dropped = keep([Item("ICC profile", profile, COLOUR)] if profile else [], request.spare)
    icc = b"".join(item.data for item in kept)

    def write(picture: Image.Image, _: Setting) -> bytes:
        file = BytesIO()
        stored = like(picture, original.mode)
        stored.save(file, "BMP", dpi=density)
        return completed(file.getvalue(), stored, icc)

    encoder = Encoder(write, write, lambda file, _: file)
    return StillImage(original, encoder, Capabilities(recodes=True, dropped=dropped))


def completed(file: bytes, picture: Image.Image, profile: bytes) -> bytes:
    """Return Pillow's file with a profile and opacity, for which its header has no room."""
    is_clear = picture.mode == "RGBA"
    return bmp.extended(file, profile, is_clear=is_clear) if profile or is_clear else file


_READER = PillowReader(
    "BMP", BmpImagePlugin.BmpImageFile, profile_of=lambda data, _: bmp.profile(data)
)


def decode(data: bytes, _: DecodeRequest) -> DecodedPhoto:
    """See `Codec.decode`."""
    return _READER.decode(data)


def encode(decoded: DecodedPhoto, request: DecodeRequest) -> StillImage:
    """See `Codec.encode`."""
    if decoded.image.mode == "CMYK":
        decoded = replace(decoded, image=decoded.image.convert("RGB"))
    file = completed(stored(decoded, "BMP"), decoded.image, decoded.profile)
    picture: StillImage = read_again(read, decoded, file, request)
    return picture


CODEC = Codec(read, decode, _READER.is_as_asked, encode)
