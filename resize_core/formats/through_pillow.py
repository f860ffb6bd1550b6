"""Read photos through Pillow: decode them, inspect them undecoded, store them without loss."""

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from PIL import Image, ImageFile, PngImagePlugin

from resize_core.errors import UnsupportedError
from resize_core.formats import colours
from resize_core.metadata import exif, xmp
from resize_core.model import Colour, Orientation
from resize_core.pixels.codec_api import DecodedPhoto, DecodeRequest
from resize_core.pixels.resize import reading

PREFIX = b"Exif\0\0"
_MOST_DOTS = 65_535
# The parts of a picture's info that are still right after its pixels changed.
_STILL_HOLDS = frozenset({"transparency", "stored mode"})


def exif_in_info(_: bytes, image: Image.Image) -> bytes:
    """Return the EXIF block that Pillow found, b'' for none."""
    return bytes(image.info.get("exif") or b"").removeprefix(PREFIX)


def stated_profile(_: bytes, stated: bytes) -> bytes:
    """Return the ICC profile in the file."""
    return stated


def only_made_smaller(name: str, count: int) -> UnsupportedError:
    """Return the refusal of a file of several pictures whose pixels would have to change."""
    return UnsupportedError(
        name,
        f"{count} pictures in one file, which can only be made smaller",
        "let them keep orientation, colours, location and format, or convert the file",
    )


@dataclass(frozen=True, slots=True)
class PillowReader:
    """How one format is read through Pillow.

    `start` opens a file without decoding its pixels. `exif_of` returns its EXIF block, of the
    file's bytes and of Pillow's picture. `profile_of` returns the ICC profile that holds for the
    pixels, b'' for sRGB, of the file's bytes and of the profile it carries.
    `is_turned` is whether Pillow's decoder turns the pixels.
    """

    name: str
    start: Callable[[BytesIO], ImageFile.ImageFile]
    exif_of: Callable[[bytes, Image.Image], bytes] = exif_in_info
    profile_of: Callable[[Any, bytes], bytes] = stated_profile
    is_turned: bool = False

    def decode(self, data: bytes, dropped: tuple[str, ...] = ()) -> DecodedPhoto:
        """Decode a file of one picture as stored; `dropped` names its other data.

        Raises TruncatedError, BrokenError; UnsupportedError for several pictures.
        """
        with reading(self.name):
            image = self.start(BytesIO(data))
            count = getattr(image, "n_frames", 1)
            if count > 1:
                raise only_made_smaller(self.name, count)
            image.load()
            return self.decoded(data, image, image, dropped)

    def decoded(
        self, data: bytes, opened: Image.Image, image: Image.Image, dropped: tuple[str, ...]
    ) -> DecodedPhoto:
        """Return a decoded picture with what Pillow found in its file."""
        # PNG files may have it after their pixels.
        block = self.exif_of(data, opened)
        packet = opened.info.get("xmp") or b""
        return DecodedPhoto(
            image,
            block,
            self.profile_of(data, bytes(opened.info.get("icc_profile") or b"")),
            packet if isinstance(packet, bytes) else packet.encode(),
            dropped,
            1 if self.is_turned else exif.orientation(block),
            self.is_turned,
            density=density_in_info(opened),
        )

    def is_as_asked(self, data: bytes, orientation: Orientation, colour: Colour) -> bool:
        """See `Codec.is_as_asked`."""
        with reading(self.name):
            image = self.start(BytesIO(data))
            block = self.exif_of(data, image)
            turn = exif.orientation(block)
            stated = bytes(image.info.get("icc_profile") or b"")
            plain = image.mode not in {"CMYK", "LAB"} and not colours.is_adobe_rgb(block)
            if colour == "srgb" and plain:
                plain = not self.profile_of(data, stated)
        return (orientation == "tag" or turn == 1) and (colour == "own" or plain)


def density_in_info(image: Image.Image) -> bytes:
    """Return the density that Pillow found, as JFIF has it: unit, and two 16-bit numbers."""
    dots = [round(value) for value in image.info.get("dpi", (0, 0))]
    return b"\1" + struct.pack(">HH", *dots) if all(0 < dot <= _MOST_DOTS for dot in dots) else b""


def stored(decoded: DecodedPhoto, name: str, **options: object) -> bytes:
    """Return a photo whose pixels changed as a file without loss; `options` are Pillow's."""
    image = decoded.image.copy()
    # The rest of the source's info, above all its profile, is no longer right.
    image.info = {key: value for key, value in image.info.items() if key in _STILL_HOLDS}
    file = BytesIO()
    with reading(name):
        image.save(file, name.upper(), **options)
    return file.getvalue()


def metadata_options(decoded: DecodedPhoto, exif_prefix: bytes = b"") -> dict[str, object]:
    """Return EXIF, ICC profile and XMP as Pillow's encoders take them."""
    found = {"exif": decoded.exif and exif_prefix + decoded.exif,
             "icc_profile": decoded.profile, "xmp": decoded.xmp}  # fmt: skip
    return {key: value for key, value in found.items() if value}


def read_again(
    read: Callable[[Any, DecodeRequest], Any],
    decoded: DecodedPhoto,
    file: Any,
    request: DecodeRequest,
) -> Any:
    """Return the picture of a file that `stored` wrote, with the names of what its photo lost."""
    picture = read(file, request)
    dropped = dict.fromkeys((*decoded.dropped, *picture.capabilities.dropped))
    picture.capabilities = replace(picture.capabilities, dropped=tuple(dropped))
    return picture


def xmp_text(packet: bytes) -> PngImagePlugin.PngInfo:
    """Return an XMP packet as a chunk of text of a PNG file."""
    text = PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", packet.decode("utf-8", "replace"))
    return text


def followed_by_nothing(decoded: DecodedPhoto) -> DecodedPhoto:
    """Return a photo whose XMP does not announce lost data."""
    if not decoded.dropped:
        return decoded
    return replace(decoded, xmp=xmp.without_extension(xmp.without_followers(decoded.xmp)))
