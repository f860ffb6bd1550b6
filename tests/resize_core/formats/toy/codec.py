"""The pixels of the toy format."""

from PIL import Image

from resize_core.capabilities import Capabilities
from resize_core.model import Colour, Orientation, Setting
from resize_core.pixels.codec_api import Codec, DecodedPhoto, DecodeRequest
from resize_core.pixels.image import Encoder, StillImage
from tests.resize_core.formats.toy import structure


def _picture(data: bytes) -> Image.Image:
    pixels = structure.comment_and_pixels(data)[1]
    return Image.frombytes("L", structure.read_sides(data), pixels)


def _still(image: Image.Image) -> StillImage:
    def write(picture: Image.Image, _: Setting) -> bytes:
        return structure.written(picture.size, picture.convert("L").tobytes())

    encoder = Encoder(write, write, lambda file, _: file)
    return StillImage(image, encoder, Capabilities(recodes=True, dropped=("comment",)))


def _read(data: bytes, _: DecodeRequest) -> StillImage:
    return _still(_picture(data))


def _decode(data: bytes, _: DecodeRequest) -> DecodedPhoto:
    return DecodedPhoto(_picture(data), b"", b"", b"", ("comment",))


def _encode(decoded: DecodedPhoto, _: DecodeRequest) -> StillImage:
    return _still(decoded.image)


def _is_as_asked(_: bytes, orientation: Orientation, colour: Colour) -> bool:
    return (orientation, colour) != ("upright", "srgb")


CODEC = Codec(_read, _decode, _is_as_asked, _encode)
