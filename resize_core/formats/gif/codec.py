"""GIF, by Pillow: it is made smaller by fewer colours, then by scaling."""

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

from PIL import GifImagePlugin, Image

from resize_core.capabilities import Capabilities, QualityRange
from resize_core.formats.gif import structure as gif
from resize_core.formats.through_pillow import PillowReader, read_again, stored
from resize_core.model import Setting
from resize_core.pixels.animation import Animation, check_pixels, frames, timing
from resize_core.pixels.codec_api import Codec, DecodedPhoto, DecodeRequest
from resize_core.pixels.image import Encoder, StillImage
from resize_core.pixels.resize import reading

# Quality 100 is 256 colours, quality 0 is 2; below 64 colours, banding looks worse than fewer
# pixels.
_QUALITY = QualityRange(best=100.0, least=0.0, scale_below=24.5, quality_when_scaled=24.5)
_RESTORE_BACKGROUND = 2


def read(data: bytes, request: DecodeRequest) -> StillImage | Animation:
    """Decode a GIF file. Raises TruncatedError, BrokenError, TooLargeError."""

    def start() -> GifImagePlugin.GifImageFile:
        return GifImagePlugin.GifImageFile(BytesIO(data))

    with reading("GIF"):
        image = start()
        count = check_pixels(image, request.max_pixels)
        when = timing(image, count)
        comment = image.info.get("comment", b"")
    carried = {"comment": comment if len(comment) <= request.spare else b""}
    beside = gif.left_behind(data)
    # Pillow has one comment, and appends the others to it.
    stays = comment and comment == carried["comment"]
    dropped = tuple(name for name in beside if name != "comment" or not stays)
    capabilities = Capabilities(_QUALITY, dropped=dropped)
    if count > 1:
        options = {**carried, **when.options()}
        return Animation(
            lambda: frames("GIF", start),
            lambda pictures, setting: _save(pictures, setting, options),
            len(data),
            capabilities,
        )

    def write(picture: Image.Image, setting: Setting) -> bytes:
        return _save([picture], setting, carried)

    return StillImage(
        next(frames("GIF", start)), Encoder(write, write, lambda file, _: file), capabilities
    )


def _save(pictures: Sequence[Image.Image], setting: Setting, options: dict[str, Any]) -> bytes:
    colours = 2 + round(2.54 * (100.0 if setting.quality is None else setting.quality))
    first, *rest = every = [_indexed(picture, colours) for picture in pictures]
    _mark_clear(every)
    if any("transparency" in picture.info for picture in (first, *rest)):
        # When Pillow removes unused colours, it does not update the index of the transparent one.
        options = {**options, "disposal": _RESTORE_BACKGROUND, "optimize": False}
    file = BytesIO()
    first.save(file, "GIF", save_all=bool(rest), append_images=rest, **options)
    return file.getvalue()


def _mark_clear(pictures: Sequence[Image.Image]) -> None:
    """Give the transparent entry of each palette a colour that no picture has.

    Pillow makes every pixel with that entry's colour in the first picture transparent.
    """
    palettes = [picture.getpalette() or [] for picture in pictures]
    used = {tuple(one[i : i + 3]) for one in palettes for i in range(0, len(one), 3)}
    odd = next((v >> 16, v >> 8 & 255, v & 255) for v in range(1, 1 << 24)
               if (v >> 16, v >> 8 & 255, v & 255) not in used)  # fmt: skip
    for picture, palette in zip(pictures, palettes, strict=True):
        clear = picture.info.get("transparency")
        if clear is not None:
            picture.putpalette([*palette[: 3 * clear], *odd])


def _indexed(picture: Image.Image, colours: int) -> Image.Image:
    """Reduce a picture to a palette; mostly transparent pixels get its transparent colour."""
    if picture.mode != "RGBA":
        return picture.quantize(colours)
    indexed = picture.convert("RGB").quantize(max(1, colours - 1))
    clear = len(indexed.getpalette() or []) // 3
    indexed.paste(clear, mask=picture.getchannel("A").point(lambda v: 255 * (v < 128)))  # noqa: PLR2004 - the clearer half
    indexed.info["transparency"] = clear
    return indexed


_READER = PillowReader("GIF", GifImagePlugin.GifImageFile)


def decode(data: bytes, _: DecodeRequest) -> DecodedPhoto:
    """See `Codec.decode`. Pillow finds only some XMP packets: none is kept, and all are named."""
    decoded = _READER.decode(data, gif.left_behind(data))
    return replace(decoded, xmp=b"")


def encode(decoded: DecodedPhoto, request: DecodeRequest) -> StillImage | Animation:
    """See `Codec.encode`."""
    options = {"icc_profile": decoded.profile} if decoded.profile else {}
    file = stored(decoded, "GIF", **options)
    picture: StillImage | Animation = read_again(read, decoded, file, request)
    return picture


CODEC = Codec(read, decode, _READER.is_as_asked, encode)
