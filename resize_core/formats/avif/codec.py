"""AVIF, by Pillow's libavif: quality has whole steps, and encoding is slow."""

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO

from PIL import AvifImagePlugin, Image

from resize_core.capabilities import Capabilities, QualityRange
from resize_core.formats import heif as isobmff
from resize_core.formats.avif import structure
from resize_core.formats.through_pillow import (
    PREFIX,
    PillowReader,
    followed_by_nothing,
    metadata_options,
    read_again,
    stored,
)
from resize_core.metadata import xmp
from resize_core.metadata.exif import orientation, resized, upright, without_thumbnail
from resize_core.metadata.items import COLOUR, DESCRIPTION, Item, exif_items, keep
from resize_core.model import Effort, Setting
from resize_core.pixels.animation import Animation, check_pixels, frames, timing
from resize_core.pixels.codec_api import Codec, DecodedPhoto, DecodeRequest
from resize_core.pixels.image import Encoder, StillImage
from resize_core.pixels.resize import Sides, reading

_QUALITY = QualityRange(best=100.0, least=0.0, scale_below=30.0, quality_when_scaled=60.0)
_SPEEDS: dict[Effort, int] = {"balanced": 7, "best": 5}
_EXIF = b"Exif\0\0"
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def read(data: bytes, request: DecodeRequest) -> StillImage | Animation:
    """Decode an AVIF file. Raises BrokenError, TooLargeError."""

    def start() -> AvifImagePlugin.AvifImageFile:
        return AvifImagePlugin.AvifImageFile(BytesIO(data))

    with reading("AVIF"):
        image = start()
        count = check_pixels(image, request.max_pixels)
        when = timing(image, count) if count > 1 else None
        image.seek(0)
        image.load()
    meta = isobmff.read_meta(data)
    crop, cicp = isobmff.crop_of(meta), isobmff.cicp_of(meta)
    shown: Image.Image = image.crop(crop) if crop else image.copy()
    turn = _TURNS.get(orientation(_block(image))) if when else None
    if turn is not None:
        # libavif's encoder crashes on animations with an orientation: their frames are turned here.
        stored, shown = shown.size, shown.transpose(turn)
        block = _block(image)
        image.info["exif"] = upright(block, orientation(block), stored)
    kept, dropped = keep(_items(image), request.spare)

    def save(pictures: list[Image.Image], setting: Setting, **more: object) -> bytes:
        sides = pictures[0].size
        options = _options(kept, shown.size, sides)
        file = BytesIO()
        quality = round(100 if setting.quality is None else setting.quality)
        own = {"quality": quality, "speed": _SPEEDS[request.effort], "max_threads": 1}
        pictures[0].save(file, "AVIF", **own, **options, **more)
        return isobmff.with_cicp(file.getvalue(), cicp) if cicp else file.getvalue()

    capabilities = Capabilities(_QUALITY, dropped=(*isobmff.beside(data, meta), *dropped))
    if when:
        durations = {"duration": [round(time) for time in when.durations]}

        def every() -> Iterator[Image.Image]:
            for frame in frames("AVIF", start):
                part = frame.crop(crop) if crop else frame
                yield part if turn is None else part.transpose(turn)

        return Animation(
            every,
            lambda pictures, setting: save(
                list(pictures), setting, save_all=True, append_images=pictures[1:], **durations
            ),
            len(data),
            capabilities,
        )
    shown.info = {}

    def write(picture: Image.Image, setting: Setting) -> bytes:
        return save([picture], setting)

    return StillImage(shown, Encoder(write, write, lambda file, _: file), capabilities)


def _items(image: Image.Image) -> list[Item]:
    """Return the metadata that Pillow read; its EXIF has the orientation of the file's boxes."""
    items = []
    if profile := image.info.get("icc_profile"):
        items.append(Item("ICC profile", profile, COLOUR))
    if block := _block(image):
        items.append(exif_items(block, bytes))
    if packet := image.info.get("xmp"):
        items.append(Item("XMP", xmp.without_followers(packet), DESCRIPTION))
    return items


def _block(image: Image.Image) -> bytes:
    return bytes(image.info.get("exif") or b"").removeprefix(_EXIF)


def _options(kept: tuple[Item, ...], stored: Sides, sides: Sides) -> dict[str, bytes]:
    names = {"ICC profile": "icc_profile", "XMP": "xmp"}
    options = {names.get(item.name, "exif"): item.data for item in kept}
    if "exif" in options:
        block = options["exif"]
        bare = block if sides == stored else resized(without_thumbnail(block), *sides)
        options["exif"] = _EXIF + bare
    if "xmp" in options:
        options["xmp"] = xmp.resized(options["xmp"], stored, sides)
    return options


_READER = PillowReader("AVIF", AvifImagePlugin.AvifImageFile, profile_of=structure.colour_profile)


def decode(data: bytes, _: DecodeRequest) -> DecodedPhoto:
    """See `Codec.decode`."""
    decoded = _READER.decode(data, structure.left_behind(data))
    if crop := isobmff.crop_of(isobmff.read_meta(data)):
        decoded = replace(decoded, image=decoded.image.crop(crop))
    return followed_by_nothing(decoded)


def encode(decoded: DecodedPhoto, request: DecodeRequest) -> StillImage | Animation:
    """See `Codec.encode`."""
    file = stored(
        decoded,
        "AVIF",
        quality=100,
        subsampling="4:4:4",
        speed=9,
        **metadata_options(decoded, PREFIX),
    )
    picture: StillImage | Animation = read_again(read, decoded, file, request)
    return picture


CODEC = Codec(read, decode, _READER.is_as_asked, encode)
