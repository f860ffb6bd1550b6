"""A photo whose pixels change before they are fitted: turned, brought to sRGB, or transcoded."""

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    ImageMath,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from resize_core.errors import UnsupportedError
from resize_core.formats import carried, colours
from resize_core.formats import heif as isobmff
from resize_core.formats.bmp import codec as bmp
from resize_core.formats.heic import codec as heic
from resize_core.formats.jpeg import carried as jpeg_items
from resize_core.formats.jpeg import codec as jpeg
from resize_core.formats.jpeg import decoder as turbo
from resize_core.formats.jpeg import segments as jpeg_layout
from resize_core.formats.jpeg.segments import bare_picture
from resize_core.formats.png import structure as png
from resize_core.formats.tiff import codec as tiff
from resize_core.formats.tiff.tags import exif_block, keep_tags
from resize_core.metadata import exif, icc, location, xmp
from resize_core.metadata.items import Item
from resize_core.model import Colour, Header, Orientation
from resize_core.pixels.codec_api import DecodeRequest
from resize_core.pixels.colour import is_deep, is_understood, to_srgb
from resize_core.pixels.image import StillImage
from resize_core.pixels.resize import reading, scalable

_PLUGINS: dict[str, Callable[[BytesIO], ImageFile.ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WebP": WebPImagePlugin.WebPImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
    "HEIC": heic.start,
}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
ALREADY_UPRIGHT = {"HEIC"}  # pillow-heif turns it; Pillow tells in EXIF how AVIF is to be turned
_OF_CAMERAS = {
    0x010E, 0x010F, 0x0110, 0x0112, 0x011A, 0x011B, 0x0128, 0x0131, 0x0132, 0x013B, 0x8298, 0x8769,
    0x8825,
}  # fmt: skip
_ON_ITS_SIDE = 5
_PROFILE, _XMP = 0x8773, 0x02BC
_CARRIED = _OF_CAMERAS | {_PROFILE, _XMP}
_WHITE = (255, 255, 255, 255)
_MOST_DOTS = 65_535
_LONGEST = 65_500  # of a JPEG file, by libjpeg
# What a JPEG file says in segments of their own, of whatever pixels.
_STAYS = {"IPTC", "comment"}
_PREFIX = b"Exif\0\0"
_LOSSLESS: dict[str, dict[str, object]] = {
    "PNG": {"compress_level": 1},
    "WebP": {"lossless": True, "quality": 0, "method": 0},
    "AVIF": {"quality": 100, "subsampling": "4:4:4", "speed": 9},
}


@dataclass(frozen=True, slots=True)
class Developed:
    """A picture in memory, and what it carries: EXIF block, ICC profile and XMP, b'' for none.

    `density` is as a JFIF header tells it; `beside` are segments of a JPEG file that go along.
    """

    image: Image.Image
    exif: bytes
    profile: bytes
    xmp: bytes
    lost: tuple[str, ...] = ()
    file: tiff.TiffFile | None = None
    turn: int = 1
    density: bytes = b""
    beside: tuple[Item, ...] = ()


def develop(data: bytes, header: Header, request: DecodeRequest) -> Developed:
    """Decode a photo and change its pixels as the request says.

    Raises TruncatedError, BrokenError, UnsupportedError, TooLargeError.
    """
    name = header.format.name
    if name == "TIFF":
        return _develop_tiff(data, request)
    with reading(name):
        image = _PLUGINS[name](BytesIO(data))
        if getattr(image, "n_frames", 1) > 1 and name != "JPEG":
            raise UnsupportedError(name, f"{image.n_frames} pictures, which cannot be changed so")  # type: ignore[attr-defined] # those that have frames have this
        picture: Image.Image = image
        if name == "PNG":
            image.load()  # it may say more behind its pixels
        if name == "JPEG" and turbo.AVAILABLE and image.mode in {"RGB", "L"}:
            pixels = turbo.decode(data, "L" if image.mode == "L" else "RGB")
            picture = Image.fromarray(pixels)
        else:
            image.load()
        # PNG files may tell this after their pixels.
        block = _exif_of(data, image)
        turn = 1 if name in ALREADY_UPRIGHT else exif.orientation(block)
        profile = colours.profile_of(data, name, bytes(image.info.get("icc_profile") or b""))
        # Pillow finds only some packets of GIF: none is kept, and all are told.
        packet = (name != "GIF" and image.info.get("xmp")) or b""
    packet = packet if isinstance(packet, bytes) else packet.encode()
    made = Developed(picture, block, profile, packet, density=_density_of(data, image))
    if name in {"AVIF", "HEIC"}:
        meta = isobmff.read_meta(data)
        made = replace(made, lost=isobmff.beside(data, meta))
        if name == "AVIF" and (crop := isobmff.crop_of(meta)):
            made = replace(made, image=picture.crop(crop))
    made = replace(made, lost=(*made.lost, *carried.beside(data, name)))
    if name == "JPEG" and request.location == "keep":
        along = tuple(item for item in jpeg_layout.metadata(data) if item.name in _STAYS)
        told = {item.name for item in along} - set(jpeg_layout.not_carried(data))
        left = tuple(lost for lost in made.lost if lost not in told)
        made = replace(made, beside=along, lost=left)
    if name == "PNG" and png.is_deep(data) and not is_deep(made.image):
        made = replace(made, lost=(*made.lost, "16-bit depth"))
    if made.lost:
        made = replace(made, xmp=xmp.without_extension(xmp.without_followers(made.xmp)))
    return _changed(made, turn, request, is_upright=name in ALREADY_UPRIGHT)


def _exif_of(data: bytes, image: Image.Image) -> bytes:
    """The EXIF block of a photo, wherever in its file it stands."""
    told = png.exif_of(data) if image.format == "PNG" else image.info.get("exif")
    return bytes(told or b"").removeprefix(_PREFIX)


def _density_of(data: bytes, image: Image.Image) -> bytes:
    """How dense the pixels are, as JFIF tells it."""
    if image.format == "JPEG":
        return jpeg_layout.density(data)
    dots = [round(value) for value in image.info.get("dpi", (0, 0))]
    return b"\1" + struct.pack(">HH", *dots) if all(0 < dot <= _MOST_DOTS for dot in dots) else b""


def _changed(made: Developed, turn: int, request: DecodeRequest, *, is_upright: bool) -> Developed:
    """Turn a picture, convert its colours and take away what it tells, as the request says."""
    if request.orientation == "upright" and turn in _TURNS:
        made = replace(made, image=made.image.transpose(_TURNS[turn]))
        if turn >= _ON_ITS_SIDE:
            unit, across, down = made.density[:1], made.density[1:3], made.density[3:]
            made = replace(made, density=unit + down + across)
    if request.orientation == "upright" or is_upright:
        made = replace(
            made, exif=exif.upright(made.exif), xmp=xmp.upright(made.xmp, made.image.size)
        )
    if request.location == "strip":
        block = location.strip_exif(made.exif, bare_picture) if made.exif else b""
        told = ("location",) if block != made.exif or made.xmp else ()
        made = replace(made, exif=block, xmp=b"", lost=(*made.lost, *told))
    if request.colour == "srgb":
        made = _in_srgb(made)
    small = exif.without_thumbnail(made.exif)
    if small != made.exif:
        made = replace(made, lost=(*made.lost, "thumbnail"))
    bare = exif.resized(small, *made.image.size)
    made.image.info.pop("exif", None)
    return replace(made, exif=bare)


def _in_srgb(made: Developed) -> Developed:
    """Bring it to sRGB. A profile that says nothing of its pixels goes, and is told."""
    profile = made.profile
    if not profile and colours.is_adobe_rgb(made.exif):
        profile = icc.rgb_profile(icc.ADOBE, icc.ADOBE_GAMMA)
    if is_deep(made.image):
        return made
    lost = ("ICC profile",) if profile and not is_understood(made.image, profile) else ()
    return replace(
        made, image=to_srgb(made.image, profile), profile=b"", lost=(*made.lost, *lost),
        exif=colours.said_to_be_srgb(made.exif),
    )  # fmt: skip


def _develop_tiff(data: bytes, request: DecodeRequest) -> Developed:
    file = tiff.opened(data)
    if len(file.pages) > 1:
        raise UnsupportedError("TIFF", f"{len(file.pages)} pictures, which cannot be changed so")
    file.check_pixels(request.max_pixels)
    tags = file.tags[0]
    block = exif_block([tag for tag in tags if tag.number in _OF_CAMERAS])
    profile, packet = (tiff.value_of(tags, number) for number in (_PROFILE, _XMP))
    left = [tag for tag in tags if tag.number not in _CARRIED]
    lost = (*file.lost, *keep_tags(left, 0)[1])
    made = Developed(file.picture(0), block, profile, packet, lost, file)
    turn = exif.orientation(block)
    return replace(_changed(made, turn, request, is_upright=False), turn=turn)


def stands_so_already(data: bytes, name: str, orientation: Orientation, colour: Colour) -> bool:
    """Whether nothing need be turned, or no colour converted, as far as that is asked for."""
    if name == "TIFF":
        plain = colour == "own" or (tiff.is_plain(data) and not colours.is_adobe_rgb(data))
        return plain and (orientation == "tag" or exif.orientation(data) == 1)
    with reading(name):
        image = _PLUGINS[name](BytesIO(data))
        block = _exif_of(data, image)
        turn = exif.orientation(block)
        stated = bytes(image.info.get("icc_profile") or b"")
        plain = image.mode not in {"CMYK", "LAB"} and not colours.is_adobe_rgb(block)
        if colour == "srgb" and plain:
            plain = not colours.profile_of(data, name, stated)
    return (orientation == "tag" or turn == 1) and (colour == "own" or plain)


def to_jpeg(made: Developed, request: DecodeRequest) -> StillImage:
    """Put a developed picture into a JPEG file. What is clear becomes white."""
    if max(made.image.size) > _LONGEST:
        raise UnsupportedError("JPEG", f"sides of more than {_LONGEST:,} pixels", "scale it first")
    image, profile = scalable(made.image), made.profile
    lost = list(made.lost)
    if is_deep(image):
        if profile and image.mode.startswith("F"):
            profile = b""
            lost.append("ICC profile")
        image, clear = _to_bytes(image), _clear_of(image)
        if clear:
            image.paste(_WHITE[0], mask=clear)
            lost.append("transparency")
        lost.append("depth")
    if image.mode == "LA":
        flat = Image.new("L", image.size, _WHITE[0])
        flat.paste(image.getchannel("L"), mask=image.getchannel("A"))
        image = flat
        lost.append("transparency")
    if image.mode == "RGBA":
        flat = Image.new("RGBA", image.size, _WHITE)
        flat.alpha_composite(image.convert("RGBA"))
        image = flat.convert("RGB")
        lost.append("transparency")
    if image.mode not in {"RGB", "L", "CMYK"}:
        image = image.convert("RGB")
    image.info = {}
    items = [*jpeg_items.items_of(made.exif, profile, made.xmp), *made.beside]
    return jpeg.still_image(image, items, made.density, request, tuple(lost))


def to_tiff(made: Developed, request: DecodeRequest) -> StillImage:
    """Put a TIFF file's picture, developed, into one again, with all its tags that still hold."""
    if made.file is None:
        raise UnsupportedError("TIFF", "a photo of another format")
    gone = {_PROFILE} if request.colour == "srgb" and not made.profile else set[int]()
    tags = [tag for tag in made.file.tags[0] if tag.number not in gone]
    lost = (*made.file.lost, *(name for name in made.lost if name == "ICC profile"))
    if request.orientation == "upright":
        return tiff.upright(tags, made.image, request, lost, made.turn)
    return tiff.still_image(
        made.image, tags, request, lost, may_lose=made.image.mode in {"L", "RGB"}
    )


def stored(made: Developed, name: str) -> bytes:
    """Store a developed picture without loss, so that it can be read as any photo of its format."""
    options = dict(_LOSSLESS.get(name, {}))
    if made.exif and name in {"PNG", "WebP", "AVIF", "TIFF"}:
        options |= {"exif": _PREFIX + made.exif if name == "AVIF" else made.exif}
    if made.profile and name != "BMP":
        options |= {"icc_profile": made.profile}
    if made.xmp and name in {"WebP", "AVIF"}:
        options |= {"xmp": made.xmp}
    if made.xmp and name == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", made.xmp.decode("utf-8", "replace"))
        options |= {"pnginfo": text}
    image = made.image.copy()
    # What the source said, its profile above all, no longer holds for these pixels.
    image.info = {k: v for k, v in image.info.items() if k in {"transparency", "stored mode"}}
    if name in {"BMP", "WebP"} and image.mode == "CMYK":
        image = image.convert("RGB")
    file = BytesIO()
    with reading(name):
        image.save(file, name.upper(), **options)
    if name == "BMP":
        return bmp.completed(file.getvalue(), image, made.profile)
    return file.getvalue()


def _clear_of(image: Image.Image) -> Image.Image | None:
    """A mask of the pixels that a deep picture's one clear value makes clear."""
    value = image.info.get("transparency")
    if not isinstance(value, int):
        return None
    mask: Image.Image = ImageMath.lambda_eval(
        lambda known: known["convert"]((known["i"] == value) * 255, "L"), i=image.convert("I")
    )
    return mask


def _to_bytes(image: Image.Image) -> Image.Image:
    """Spread what was measured over the 256 grays of 8 bits; 16 bits keep their black and white."""
    low, high = image.convert("F").getextrema()
    if image.mode != "F" and isinstance(high, int | float) and high > 255:  # noqa: PLR2004 - 8 bits
        low, high = 0.0, 65535.0
    if not (isinstance(low, int | float) and isinstance(high, int | float)) or high <= low:
        low, high = 0.0, 255.0
    share = 255 / (high - low)
    return image.convert("F").point(lambda v: v * share - low * share).convert("L")
