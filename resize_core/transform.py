"""Change a decoded photo: turn it upright, convert it to sRGB, remove its location."""

from dataclasses import replace

from PIL import Image

from resize_core.formats import colours
from resize_core.formats.jpeg.segments import bare_picture
from resize_core.metadata import exif, icc, location, xmp
from resize_core.pixels.codec_api import DecodedPhoto, DecodeRequest
from resize_core.pixels.colour import is_deep, is_understood, to_srgb

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ON_ITS_SIDE = 5


def transform(photo: DecodedPhoto, request: DecodeRequest) -> DecodedPhoto:
    """Return a photo turned, converted and without its location, as the request requires.

    Its EXIF block has the new sides and no thumbnail. `orientation` stays that of the source.
    """
    turn = photo.orientation
    if request.orientation == "upright" and turn in _TURNS:
        photo = replace(photo, image=photo.image.transpose(_TURNS[turn]))
        if turn >= _ON_ITS_SIDE:
            unit, across, down = photo.density[:1], photo.density[1:3], photo.density[3:]
            photo = replace(photo, density=unit + down + across)
    if request.orientation == "upright" or photo.is_turned:
        packet = xmp.upright(photo.xmp, photo.image.size)
        photo = replace(photo, exif=exif.upright(photo.exif), xmp=packet)
    if request.location == "strip":
        photo = _without_location(photo)
    if request.colour == "srgb":
        photo = _in_srgb(photo)
    bare = exif.without_thumbnail(photo.exif)
    if bare != photo.exif:
        photo = replace(photo, dropped=(*photo.dropped, "thumbnail"))
    photo.image.info.pop("exif", None)
    return replace(photo, exif=exif.resized(bare, *photo.image.size))


def _without_location(photo: DecodedPhoto) -> DecodedPhoto:
    block = location.strip_exif(photo.exif, bare_picture) if photo.exif else b""
    lost = ("location",) if block != photo.exif or photo.xmp else ()
    return replace(photo, exif=block, xmp=b"", dropped=(*photo.dropped, *lost))


def _in_srgb(photo: DecodedPhoto) -> DecodedPhoto:
    """Convert to sRGB. A profile that does not fit the pixels is dropped, and named."""
    profile = photo.profile
    if not profile and colours.is_adobe_rgb(photo.exif):
        profile = icc.rgb_profile(icc.ADOBE, icc.ADOBE_GAMMA)
    if is_deep(photo.image):
        return photo
    lost = ("ICC profile",) if profile and not is_understood(photo.image, profile) else ()
    return replace(
        photo, image=to_srgb(photo.image, profile), profile=b"", dropped=(*photo.dropped, *lost),
        exif=colours.said_to_be_srgb(photo.exif),
    )  # fmt: skip
