"""Pictures that let a person see what was lost: one place of a photo, before and after."""

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageFilter, ImageStat, JpegImagePlugin

from resize_core.decoding import first_sound
from resize_core.errors import CannotFitError
from resize_core.pixels.codec_api import DecodeRequest
from resize_core.pixels.colour import to_srgb
from resize_core.pixels.resize import reading, scalable
from resize_core.probe import probe
from resize_core.transform import develop

Box = tuple[float, float, float, float]

SIDE = 256
# As wide as the blocks of JPEG, so that both halves of a strip are coded alike.
_GAP = 8
_WHITE = (255, 255, 255)
_GRID = (1 / 6, 1 / 2, 5 / 6)
_GRAIN = 4
# As a strip is made, nothing that is seen in it is its own doing.
_FAITHFUL = {"quality": 96, "subsampling": "4:4:4"}
# Smaller pieces of the places, rather than pieces that are coded worse than what they show.
_SIDES = (256, 208, 176, 144, 128, 112, 96, 80, 64, 32)
_QUALITIES = (92, 84, 76)


def side_by_side(before: bytes, after: bytes) -> bytes:
    """Return a JPEG of the same place of a photo and of its rendition, pixel for pixel.

    That is where the photo has the most edges, of nine places that are looked at; upright, in
    sRGB, and at most 256 px a side. A rendition of fewer pixels is enlarged to the photo's.

    Raises TruncatedError, BrokenError, UnsupportedError, TooLargeError.
    """
    photo, profile = opened(before)
    box = _busiest(photo)
    sides = round(box[2] - box[0]), round(box[3] - box[1])
    left = shown(photo.crop((round(box[0]), round(box[1]), round(box[2]), round(box[3]))), profile)
    rendition, profile = opened(after)
    across, down = (mine / its for mine, its in zip(rendition.size, photo.size, strict=True))
    place = (box[0] * across, box[1] * down, box[2] * across, box[3] * down)
    right = shown(rendition.resize(sides, Image.Resampling.BICUBIC, place), profile)
    strip = Image.new("RGB", (2 * sides[0] + _GAP, sides[1]), _WHITE)
    strip.paste(left, (0, 0))
    strip.paste(right, (sides[0] + _GAP, 0))
    file = BytesIO()
    strip.save(file, "JPEG", **_FAITHFUL)
    return file.getvalue()


def contact_sheet(strips: Sequence[bytes], most: int) -> bytes:
    """Return a WebP of at most so many bytes with the strips below each other.

    Where there is too little room, it shows smaller pieces of the same places.

    Raises CannotFitError.
    """
    pictures = []
    for strip in strips:
        with reading("JPEG"):
            picture = JpegImagePlugin.JpegImageFile(BytesIO(strip))
            picture.load()
            pictures.append(picture)
    smallest = 0
    for side in _SIDES:
        whole = _stacked([_middle(picture, side) for picture in pictures])
        for quality in _QUALITIES:
            file = BytesIO()
            whole.save(file, "WEBP", quality=quality, method=4)
            smallest = file.tell()
            if smallest <= most:
                return file.getvalue()
    raise CannotFitError(most, smallest)


def opened(data: bytes) -> tuple[Image.Image, bytes]:
    """Decode a photo upright; its pixels, and the profile that says what they mean."""
    header = probe(data, size=len(data))
    request = DecodeRequest(
        "balanced", len(data), header.width * header.height, orientation="upright"
    )
    data, _ = first_sound(header.format, data, request)
    made = develop(data, header, request)
    return scalable(made.image), made.profile


def shown(piece: Image.Image, profile: bytes) -> Image.Image:
    """Bring a small piece to what every screen shows."""
    plain = to_srgb(piece, profile)
    if plain.mode.startswith(("I", "F")):
        low, high = plain.convert("F").getextrema()
        spread = 255 / max(float(high) - float(low), 1e-9)  # type: ignore[arg-type] # of one band
        plain = plain.convert("F").point(lambda v: (v - float(low)) * spread)  # type: ignore[arg-type]
    if plain.mode in {"RGBA", "LA"}:
        flat = Image.new("RGBA", plain.size, (*_WHITE, 255))
        flat.alpha_composite(plain.convert("RGBA"))
        plain = flat
    return plain.convert("RGB")


def _busiest(photo: Image.Image) -> Box:
    """The place of a photo with the most edges, grain left aside."""
    sides = min(SIDE, photo.width), min(SIDE, photo.height)

    def at(across: float, down: float) -> tuple[int, int, int, int]:
        left = round((photo.width - sides[0]) * across)
        top = round((photo.height - sides[1]) * down)
        return left, top, left + sides[0], top + sides[1]

    places = [at(across, down) for down in _GRID for across in _GRID]
    return max(places, key=lambda box: _edges(photo.crop(box)))


def _edges(piece: Image.Image) -> float:
    coarse = piece.convert("L").reduce(_GRAIN)
    return float(ImageStat.Stat(coarse.filter(ImageFilter.FIND_EDGES)).mean[0])


def _middle(strip: Image.Image, side: int) -> Image.Image:
    """The same strip with smaller pieces: the middle of each half."""
    half = (strip.width - _GAP) // 2
    width, height = min(side, half), min(side, strip.height)
    left, top = (half - width) // 2, (strip.height - height) // 2
    made = Image.new("RGB", (2 * width + _GAP, height), _WHITE)
    made.paste(strip.crop((left, top, left + width, top + height)), (0, 0))
    left += half + _GAP
    made.paste(strip.crop((left, top, left + width, top + height)), (width + _GAP, 0))
    return made


def _stacked(pictures: Sequence[Image.Image]) -> Image.Image:
    width = max(picture.width for picture in pictures)
    height = sum(picture.height + _GAP for picture in pictures) - _GAP
    sheet = Image.new("RGB", (width, height), _WHITE)
    top = 0
    for picture in pictures:
        sheet.paste(picture, (0, top))
        top += picture.height + _GAP
    return sheet
