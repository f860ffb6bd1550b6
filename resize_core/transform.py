"""Change a decoded photo: turn it upright, convert it to sRGB, remove its location."""

from dataclasses import replace

from PIL import Image

from resize_core.formats import colours
from resize_core.formats.jpeg import carried
from resize_core.formats.jpeg.segments import bare_picture
from resize_core.metadata import exif, icc, location, turning, xmp
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


def transform(photo: DecodedPhoto, request: DecodeRequest) -> DecodedPhoto:
    """Return a photo turned, converted and without its location, as the request requires.

    Its EXIF block has the new sides and no thumbnail. `orientation` stays that of the source.
    """
    turn = photo.orientation
    if request.orientation == "upright" and turn in _TURNS:
        photo = replace(photo, image=photo.image.transpose(_TURNS[turn]))
    if request.orientation == "upright" or photo.is_turned:
        photo = _described_upright(photo, photo.turned_by if photo.is_turned else turn)
    if request.location == "strip":
        photo = _without_location(photo)
    if request.colour == "srgb":
        photo = _in_srgb(photo)
    bare = exif.without_thumbnail(photo.exif)
    if bare != photo.exif:
        photo = replace(photo, dropped=(*photo.dropped, "thumbnail"))
    photo.image.info.pop("exif", None)
    return replace(photo, exif=exif.resized(bare, *photo.image.size))


def _described_upright(photo: DecodedPhoto, turn: int) -> DecodedPhoto:
    """Change the metadata of a photo whose pixels were turned; `turn` is its former orientation."""
    sides, density, lost = photo.image.size, photo.density, tuple[str, ...]()
    if turning.swaps_axes(turn):
        density = density[:1] + density[3:] + density[1:3]
    if turn > 1 and xmp.has_thumbnail(photo.xmp):
        lost = ("thumbnail",)
    segments = photo.segments
    if turn > 1:
        segments = tuple(carried.without_thumbnail(item) for item in segments)
        lost += ("thumbnail",) if segments != photo.segments else ()
    return replace(
        photo,
        exif=exif.upright(photo.exif, turn, turning.lengths(turn, sides)),
        xmp=xmp.upright(photo.xmp, sides, turn),
        density=density,
        segments=segments,
        dropped=(*photo.dropped, *lost),
    )


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
