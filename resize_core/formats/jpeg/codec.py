"""JPEG pixels: decoded strictly if simplejpeg is installed, encoded by jpegli or by Pillow."""

import math
from dataclasses import replace
from io import BytesIO
from typing import Literal

from PIL import (
    Image,
    JpegImagePlugin,
)

from resize_core.capabilities import Capabilities, Comparison, QualityRange, Variant
from resize_core.formats.jpeg import carried, jpegli, xmp_segments
from resize_core.formats.jpeg import decoder as turbo
from resize_core.formats.jpeg import segments as jpeg
from resize_core.formats.jpeg.convert import to_jpeg_mode
from resize_core.formats.jpeg.encoder import Coding, JpegEncoder
from resize_core.formats.jpeg.quantization import scaled_tables
from resize_core.formats.jpeg.segments import JpegFile
from resize_core.formats.jpeg.varieties import check_variety
from resize_core.formats.through_pillow import (
    PillowReader,
    followed_by_nothing,
)
from resize_core.metadata.items import Item, keep
from resize_core.model import Colour, Effort, Orientation, Sampling
from resize_core.pixels.array_image import Raster
from resize_core.pixels.codec_api import Codec, DecodedPhoto, DecodeRequest
from resize_core.pixels.crops import Grid, scales_of, suits
from resize_core.pixels.image import Encoder, StillImage
from resize_core.pixels.resize import Picture, Sides, reading

_FINEST = 98.0
_GRIDS: dict[Effort, Grid] = {
    "balanced": (4, 3, 128),
    "best": (3, 3, 256),
}
_QUALITY = QualityRange(best=100.0, least=0.0, scale_below=45.0, quality_when_scaled=75.0)
_COMPARED_BALANCED = Comparison(
    _GRIDS["balanced"],
    scales_of(_GRIDS["balanced"]),
    always_try_scales_below=45.0,
    half_size_max_loss_ratio=3.0,
    three_quarter_max_loss_ratio=12.0,
    uniform_above=40.0,
    compare_quantization_below=75.0,
    try_libjpeg_above=80.0,
)
_COMPARED: dict[Effort, Comparison] = {
    "balanced": _COMPARED_BALANCED,
    "best": replace(
        _COMPARED_BALANCED,
        grid=_GRIDS["best"],
        scales=scales_of(_GRIDS["best"]),
        half_size_max_loss_ratio=8.0,
        three_quarter_max_loss_ratio=30.0,
        try_libjpeg_above=70.0,
    ),
}
# For photos with fewer pixels, fewer crops are used, so that they take less time than an encode.
_SMALL = 13_000_000
_GRIDS_IF_SMALL: dict[Effort, Grid] = {"balanced": (3, 3, 128)}
_SAMPLINGS: tuple[Sampling, ...] = ("4:4:4", "4:2:2", "4:2:0")


def read(file: JpegFile, request: DecodeRequest) -> StillImage:
    """Decode the first picture of a JPEG file.

    Raises TruncatedError, BrokenError, UnsupportedError.
    """
    check_variety(file)
    data = file.data
    with reading("JPEG"):
        image = JpegImagePlugin.JpegImageFile(BytesIO(data))
        is_ycbcr = image.mode == "RGB" and _is_ycbcr(image)
        tables = [list(image.quantization[layer[3]]) for layer in image.layer]
        stored = JpegImagePlugin.get_sampling(image)
        picture = _decoded(image, data, "YCbCr" if is_ycbcr else image.mode)
    # Subsamplings that the encoders do not support become 4:2:0.
    sampling: Sampling = _SAMPLINGS[stored] if 0 <= stored < len(_SAMPLINGS) else "4:2:0"
    jpeg_encoder = JpegEncoder(tables, sampling, request.effort)
    start, end = file.scans
    kept, dropped = keep(xmp_segments.arranged(carried.metadata(file)), request.spare)
    more = carried.not_carried(file)
    encoder = _encoder(jpeg_encoder, kept, picture.size, carried.density(file))
    recodes = is_ycbcr or image.mode == "L"
    capabilities = Capabilities(_QUALITY, recodes, (*dropped, *more), variants=(Variant(sampling),))
    if suits(picture) and image.mode != "CMYK":
        capabilities = _compared(
            capabilities, _variants(sampling, image.mode, request.effort), request.effort, picture
        )
    if sampling == "4:2:2" and is_ycbcr:
        capabilities = replace(capabilities, softer_samplings=("4:2:0",))
    still = StillImage(picture, encoder, capabilities)
    if recodes:
        coding = Coding(jpeg.is_progressive(file), not jpeg.has_standard_huffman_tables(file))
        stored = jpeg.coded(data) if coding.progressive else end - start
        still.calibrate(stored, jpeg.coded(jpeg_encoder.recode(still.sample(1), coding)))
    return still


def check_decodes(file: JpegFile) -> None:
    """Decode a file as strictly as possible, and discard it. Raises as `read`."""
    check_variety(file)
    data = file.data
    with reading("JPEG"):
        image = JpegImagePlugin.JpegImageFile(BytesIO(data))
        if turbo.AVAILABLE:
            turbo.decode(data, "CMYK" if image.mode == "CMYK" else "L")
        else:
            image.load()


def still_image(
    picture: Image.Image,
    items: list[Item],
    density: bytes,
    request: DecodeRequest,
    lost: tuple[str, ...],
) -> StillImage:
    """Return a picture in mode RGB, L or CMYK, with its metadata, to be encoded as JPEG."""
    kept, dropped = keep(items, request.spare)
    jpeg_encoder = JpegEncoder(scaled_tables(_FINEST), "4:4:4", request.effort)
    encoder = _encoder(jpeg_encoder, kept, picture.size, density)
    capabilities = Capabilities(_QUALITY, dropped=(*lost, *dropped), variants=(Variant("4:4:4"),))
    if suits(picture):
        capabilities = _compared(
            capabilities, _variants("4:4:4", picture.mode, request.effort), request.effort, picture
        )
    return StillImage(picture, encoder, capabilities)


def _encoder(
    jpeg_encoder: JpegEncoder, kept: tuple[Item, ...], stored: Sides, density: bytes
) -> Encoder:
    def finish(file: bytes, sides: Sides | None) -> bytes:
        items = xmp_segments.resized(kept, stored, sides) if sides else kept
        return carried.with_metadata(carried.with_density(file, density), items, sides)

    return Encoder(
        jpeg_encoder.write,
        jpeg_encoder.encode_fast,
        finish,
        jpeg_encoder.form,
        jpeg_encoder.step,
        payload_size=jpeg.coded,
    )


def _compared(
    capabilities: Capabilities, variants: tuple[Variant, ...], effort: Effort, picture: Picture
) -> Capabilities:
    comparison = _COMPARED[effort]
    if math.prod(picture.size) < _SMALL and (grid := _GRIDS_IF_SMALL.get(effort)):
        comparison = replace(comparison, grid=grid, scales=scales_of(grid))
    return replace(capabilities, comparison=comparison, variants=variants)


def _variants(sampling: Sampling, mode: str, effort: Effort) -> tuple[Variant, ...]:
    """Return the variants worth a try for a photo stored with a sampling, most promising first.

    With jpegli, chroma subsampling nearly always gains, because it quantizes chroma well. If
    libjpeg is good at all, it is better with the photo's own sampling.
    """
    if not jpegli.AVAILABLE:
        fewer = (Variant("4:2:0"),) if sampling != "4:2:0" and mode != "L" else ()
        return (Variant(sampling), *fewer)
    if sampling == "4:2:0" or mode == "L":
        return (Variant(sampling, "uniform"), Variant(sampling, "libjpeg"))
    thorough = sampling == "4:4:4" or effort == "best"
    own = (Variant(sampling, "uniform"),) if thorough else ()
    return (Variant("4:2:0", "uniform"), *own, Variant(sampling, "libjpeg"))


def _decoded(image: JpegImagePlugin.JpegImageFile, data: bytes, mode: str) -> Picture:
    """Return the picture in the form that its encoder takes without another copy."""
    if turbo.AVAILABLE and mode != "CMYK":
        if jpegli.AVAILABLE:
            return Raster(turbo.decode(data, "L" if mode == "L" else "RGB"))
        form: Literal["L", "RGBX"] = "L" if mode == "L" else "RGBX"
        pixels = turbo.decode(data, form)
        return Image.frombuffer(form, image.size, pixels, "raw", form, 0, 1)
    if mode == "YCbCr":
        image.draft("YCbCr", None)
    image.load()
    image.info = {}
    return image


def _is_ycbcr(image: JpegImagePlugin.JpegImageFile) -> bool:
    """Return whether three components are luma and chroma, by libjpeg's rule (jdapimin.c)."""
    if "jfif" in image.info:
        return True
    if "adobe_transform" in image.info:
        return bool(image.info["adobe_transform"])
    return bytes(layer[0] for layer in image.layer) != b"RGB"


_READER = PillowReader("JPEG", JpegImagePlugin.JpegImageFile)
# Metadata in segments that hold for any pixels.
_STAYS = {"IPTC", "comment"}


def decode(file: JpegFile, request: DecodeRequest) -> DecodedPhoto:
    """See `Codec.decode`."""
    data = file.data
    with reading("JPEG"):
        opened = JpegImagePlugin.JpegImageFile(BytesIO(data))
        image: Image.Image = opened
        if turbo.AVAILABLE and opened.mode in {"RGB", "L"}:
            image = Image.fromarray(turbo.decode(data, "L" if opened.mode == "L" else "RGB"))
        else:
            opened.load()
        decoded = _READER.decoded(data, opened, image, carried.left_behind(file))
    decoded = replace(decoded, density=carried.density(file))
    if request.location == "keep":
        along = tuple(item for item in carried.metadata(file) if item.name in _STAYS)
        kept = {item.name for item in along} - set(carried.not_carried(file))
        dropped = tuple(name for name in decoded.dropped if name not in kept)
        decoded = replace(decoded, segments=along, dropped=dropped)
    return followed_by_nothing(decoded)


def encode(decoded: DecodedPhoto, request: DecodeRequest) -> StillImage:
    """See `Codec.encode`: of a photo of any format. Transparent pixels become white."""
    image, profile, dropped = to_jpeg_mode(decoded)
    items, too_large = carried.items_of(decoded.exif, profile, decoded.xmp)
    every = [*items, *decoded.segments]
    return still_image(image, every, decoded.density, request, (*dropped, *too_large))


def is_as_asked(file: JpegFile, orientation: Orientation, colour: Colour) -> bool:
    """See `Codec.is_as_asked`."""
    return _READER.is_as_asked(file.data, orientation, colour)


CODEC = Codec(read, decode, is_as_asked, encode, check_decodes)
