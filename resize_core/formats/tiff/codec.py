"""TIFF, by Pillow: recoded without loss first, then with JPEG inside if pixels have 8 bits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from PIL import Image, ImageMath

from resize_core.capabilities import Capabilities, QualityRange
from resize_core.errors import NeedsMoreBytesError, TooLargeError, TruncatedError, UnsupportedError
from resize_core.formats import colours
from resize_core.formats.through_pillow import only_made_smaller
from resize_core.formats.tiff import (
    descriptions,
    georeference,
    no_data,
    structure,
    varieties,
)
from resize_core.formats.tiff.page import BITS, FORMATS, PHOTOMETRIC, Page, read_pages
from resize_core.formats.tiff.pixels import KIND, offset_again, page_pixels
from resize_core.formats.tiff.tags import (
    Tag,
    exif_block,
    keep_tags,
    read_tags,
    sample_format,
    turned,
    with_tags,
)
from resize_core.metadata import exif, photoshop, turning, xmp
from resize_core.model import Colour, Orientation, Setting
from resize_core.pixels.animation import Animation
from resize_core.pixels.codec_api import Codec, DecodedPhoto, DecodeRequest
from resize_core.pixels.image import Encoder, StillImage
from resize_core.pixels.resize import Sides, like

# Below 25 libjpeg warns on stderr that its tables are too coarse.
_QUALITY = QualityRange(best=100.0, least=25.0, scale_below=50.0, quality_when_scaled=75.0)
_PREDICTOR, _HORIZONTAL = 0x013D, 2
_LAYERS, _ORIENTATION, _PROFILE, _XMP, _PHOTOSHOP = 37724, 0x0112, 0x8773, 0x02BC, 0x8649
# Kinds of values that are bytes, as XMP is written.
_UNITS = {1: 1, 2: 1, 7: 1}
_OF_CAMERAS = {
    0x010E, 0x010F, 0x0110, 0x0112, 0x011A, 0x011B, 0x0128, 0x0131, 0x0132, 0x013B, 0x8298, 0x8769,
    0x8825,
}  # fmt: skip
_CARRIED = _OF_CAMERAS | {_PROFILE, _XMP}
_IN_JPEG = {varieties.MIN_IS_WHITE, varieties.MIN_IS_BLACK, varieties.RGB, varieties.YCBCR}


@dataclass(frozen=True, slots=True)
class TiffFile:
    """The pages of a file that are pictures of their own, their tags, and other data.

    `lost` names pictures and samples that are dropped.
    """

    data: bytes
    pages: tuple[Page, ...]
    tags: tuple[tuple[Tag, ...], ...]
    lost: tuple[str, ...]

    def check_pixels(self, at_most: int) -> None:
        """Raises TooLargeError when the pages hold too many pixels together."""
        pixels = sum(page.sides[0] * page.sides[1] for page in self.pages)
        if pixels > at_most:
            raise TooLargeError(pixels, at_most)

    def picture(self, number: int) -> Image.Image:
        """Decode a page. Raises TruncatedError, BrokenError, UnsupportedError."""
        return page_pixels(self.data, self.pages[number])


def opened(data: bytes) -> TiffFile:
    """Read the directories of a file.

    Raises TruncatedError, BrokenError, UnsupportedError for unsupported varieties.
    """
    try:
        every = list(read_pages(data))
        if every:
            structure.check_not_raw(data, every[0])
    except NeedsMoreBytesError as error:
        raise TruncatedError("TIFF", "a directory of it is missing") from error
    pages, lost = structure.pictures(every)
    for page in pages:
        varieties.check_variety(page)
    tags = read_tags(data, [page.at for page in pages])
    names = dict.fromkeys(name for page in pages for name in varieties.lost(page))
    return TiffFile(data, tuple(pages), tuple(map(tuple, tags)), (*lost, *names))


def read(data: bytes, request: DecodeRequest) -> StillImage | Animation:
    """Decode a TIFF file. Raises TruncatedError, BrokenError, UnsupportedError, TooLargeError.

    16 bits are kept in grayscale; colour becomes 8, because Pillow supports no more.
    """
    file = opened(data)
    file.check_pixels(request.max_pixels)
    if len(file.pages) == 1:
        may_lose = _may_lose(file.pages[0])
        return still_image(file.picture(0), file.tags[0], request, file.lost, may_lose=may_lose)
    kept = [keep_tags(tags, request.spare // len(file.pages)) for tags in file.tags]
    dropped = dict.fromkeys(name for _, names in kept for name in names)
    tags = [page for page, _ in kept]
    capabilities = Capabilities(
        _QUALITY if all(map(_may_lose, file.pages)) else None,
        recodes=True,
        dropped=(*file.lost, *dropped),
        dropped_when_scaled=_lost_by_scaling([tag for page in tags for tag in page]),
    )

    def write(pictures: Sequence[Image.Image], setting: Setting) -> bytes:
        every = [
            _tags_for(page_tags, page.sides, picture.size) + _kind(picture)
            for page_tags, page, picture in zip(tags, file.pages, pictures, strict=True)
        ]
        return with_tags(_save(pictures, setting), every, [picture.size for picture in pictures])

    every = range(len(file.pages))
    return Animation(lambda: map(file.picture, every), write, len(data), capabilities)


def upright(
    tags: Sequence[Tag],
    image: Image.Image,
    request: DecodeRequest,
    lost: tuple[str, ...],
    turn: int,
) -> StillImage:
    """Return a turned picture, to be written into a TIFF file with tags that are still right."""
    kept = [tag for tag in tags if tag.number != _ORIENTATION]
    if turn > 1:
        lost += ("layers",) if any(tag.number == _LAYERS for tag in kept) else ()
        lost += ("georeference",) if georeference.is_there(kept) else ()
        kept = [tag for tag in georeference.without(kept) if tag.number != _LAYERS]
        kept = turned(kept, turn, turning.lengths(turn, image.size))
        bare = [_without_thumbnail(tag) for tag in kept]
        shown = xmp.has_thumbnail(value_of(kept, _XMP))
        lost += ("thumbnail",) if bare != kept or shown else ()
        kept = bare
    kept = [_with_xmp(tag, lambda packet: xmp.upright(packet, image.size, turn)) for tag in kept]
    return still_image(image, kept, request, lost, may_lose=image.mode in {"L", "RGB"})


def _with_xmp(tag: Tag, change: Callable[[bytes], bytes]) -> Tag:
    if tag.number != _XMP:
        return tag
    packet = change(tag.data)
    size = len(packet) // _UNITS.get(tag.kind, 1)
    return replace(tag, data=packet, count=size) if packet and tag.kind in _UNITS else tag


def _without_thumbnail(tag: Tag) -> Tag:
    if tag.number != _PHOTOSHOP or tag.kind not in _UNITS:
        return tag
    bare = photoshop.without_thumbnail(tag.data)
    return replace(tag, data=bare, count=len(bare)) if bare else tag


def is_plain(data: bytes) -> bool:
    """Return whether the colours of the first page are sRGB, or treated as sRGB."""
    try:
        page = next(read_pages(data), None)
    except NeedsMoreBytesError as error:
        raise TruncatedError("TIFF", "a directory of it is missing") from error
    if page is None or _PROFILE in page.entries:
        return False
    plain = {*_IN_JPEG, varieties.PALETTE}
    return page.first(PHOTOMETRIC, varieties.MIN_IS_WHITE) in plain


def value_of(tags: Sequence[Tag], number: int) -> bytes:
    """Return the value of a tag, b'' if it is missing."""
    return next((tag.data for tag in tags if tag.number == number), b"")


def still_image(
    image: Image.Image,
    tags: Sequence[Tag],
    request: DecodeRequest,
    lost: tuple[str, ...],
    *,
    may_lose: bool,
) -> StillImage:
    """Return a picture and its tags, to be written into a TIFF file."""
    kept, dropped = keep_tags(tags, request.spare)
    before = image.size
    absent = no_data.value_of(kept)
    kind = _kind(image)
    where = None if absent is None else no_data.mask(image, absent)

    def write(picture: Image.Image, setting: Setting) -> bytes:
        if where is not None and absent is not None and picture.size != before:
            picture = no_data.restored(picture, where, absent)
        return _save([picture], setting)

    def finish(file: bytes, sides: Sides | None) -> bytes:
        after = sides or before
        return with_tags(file, [_tags_for(kept, before, after) + kind], [after])

    capabilities = Capabilities(
        _QUALITY if may_lose and absent is None else None,
        recodes=True,
        dropped=(*lost, *dropped),
        dropped_when_scaled=_lost_by_scaling(kept),
    )
    return StillImage(image, Encoder(write, write, finish), capabilities)


def _tags_for(tags: Sequence[Tag], before: Sides, after: Sides) -> list[Tag]:
    """Return the tags of a page, converted for other sides."""
    if after == before:
        return list(tags)
    kept = [tag for tag in georeference.scaled(tags, before, after) if tag.number != _LAYERS]
    kept = descriptions.scaled(kept, before, after)
    return [_with_xmp(tag, lambda packet: xmp.resized(packet, before, after)) for tag in kept]


def _kind(picture: Image.Image) -> list[Tag]:
    """Return the kind of the samples, if Pillow does not know it."""
    kind = picture.info.get(KIND, varieties.UNSIGNED)
    return [sample_format(kind)] if picture.mode in {"I", "I;16"} else []


def _lost_by_scaling(tags: Sequence[Tag]) -> tuple[str, ...]:
    names = ("georeference",) if georeference.is_lost(tags) else ()
    return (*names, "layers") if any(tag.number == _LAYERS for tag in tags) else names


def _may_lose(page: Page) -> bool:
    """Return whether JPEG can store a page."""
    depth, gray = page.each(BITS, 1)[0], varieties.colours(page) == 1
    return (
        page.first(PHOTOMETRIC, varieties.MIN_IS_WHITE) in _IN_JPEG
        and page.each(FORMATS, varieties.UNSIGNED)[0] == varieties.UNSIGNED
        and varieties.opacity(page) == varieties.UNSPECIFIED
        and depth > 1
        and not (gray and depth > 8)  # noqa: PLR2004 - what JPEG holds
    )


def _save(every: Sequence[Image.Image], setting: Setting) -> bytes:
    ready = [_ready(page, setting) for page in every]
    for page in ready:
        page.encoderinfo = _options(page, setting)
    file = BytesIO()
    ready[0].save(file, "TIFF", save_all=True, append_images=ready[1:])
    return file.getvalue()


def _ready(page: Image.Image, setting: Setting) -> Image.Image:
    if setting.quality is not None:
        return page.convert("YCbCr" if page.mode == "RGB" else page.mode)
    kind = page.info.get(KIND, varieties.UNSIGNED)
    if page.mode == "I;16" and kind == varieties.SIGNED:
        return offset_again(page)
    if page.mode == "I" and kind == varieties.UNSIGNED:
        # Lanczos may go below zero, where unsigned numbers become huge.
        made: Image.Image = ImageMath.lambda_eval(
            lambda args: args["max"](args["page"], 0), page=page
        )
        return made
    return like(page, page.info.get("stored mode", page.mode))


def _options(page: Image.Image, setting: Setting) -> dict[str, Any]:
    if setting.quality is not None:
        return {"compression": "jpeg", "quality": round(setting.quality)}
    if page.mode == "1":
        return {"compression": "group4"}
    mixes = page.mode in {"L", "LA", "RGB", "RGBA", "CMYK", "I;16"}
    return {
        "compression": "tiff_adobe_deflate",
        **({"tiffinfo": {_PREDICTOR: _HORIZONTAL}} if mixes else {}),
    }


def decode(data: bytes, request: DecodeRequest) -> DecodedPhoto:
    """See `Codec.decode`."""
    file = opened(data)
    if len(file.pages) > 1:
        raise only_made_smaller("TIFF", len(file.pages))
    file.check_pixels(request.max_pixels)
    tags = file.tags[0]
    block = exif_block([tag for tag in tags if tag.number in _OF_CAMERAS])
    profile, packet = (value_of(tags, number) for number in (_PROFILE, _XMP))
    lost = keep_tags([tag for tag in tags if tag.number not in _CARRIED], 0)[1]
    dropped = (*file.lost, *lost)
    turn = exif.orientation(block)
    return DecodedPhoto(file.picture(0), block, profile, packet, dropped, turn, source=file)


def encode(decoded: DecodedPhoto, request: DecodeRequest) -> StillImage:
    """See `Codec.encode`: with all tags that are still right."""
    file = decoded.source
    if not isinstance(file, TiffFile):
        raise UnsupportedError("TIFF", "a photo of another format")
    gone = {_PROFILE} if request.colour == "srgb" and not decoded.profile else set[int]()
    tags = [tag for tag in file.tags[0] if tag.number not in gone]
    lost = (*file.lost, *(name for name in decoded.dropped if name == "ICC profile"))
    if request.orientation == "upright":
        return upright(tags, decoded.image, request, lost, decoded.orientation)
    may_lose = decoded.image.mode in {"L", "RGB"}
    return still_image(decoded.image, tags, request, lost, may_lose=may_lose)


def is_as_asked(data: bytes, orientation: Orientation, colour: Colour) -> bool:
    """See `Codec.is_as_asked`."""
    plain = colour == "own" or (is_plain(data) and not colours.is_adobe_rgb(data))
    return plain and (orientation == "tag" or exif.orientation(data) == 1)


CODEC = Codec(read, decode, is_as_asked, encode)
