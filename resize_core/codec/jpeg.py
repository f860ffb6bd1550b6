"""JPEG: decoded strictly where simplejpeg is installed, encoded by jpegli or by Pillow."""

from dataclasses import replace
from io import BytesIO
from typing import Literal

from PIL import Image, JpegImagePlugin

from resize_core.choices import Effort
from resize_core.codec import jpegli, turbo
from resize_core.codec.jpeg_hand import Coding, Hand
from resize_core.codec.jury import suits
from resize_core.codec.pixels import Picture, reading
from resize_core.codec.raster import Raster
from resize_core.codec.reading import Terms, Traits
from resize_core.codec.still import Pen, Still
from resize_core.codec.tables import scaled_tables
from resize_core.codec.varieties import check_variety
from resize_core.layout import jpeg
from resize_core.layout.jpeg_items import items_of
from resize_core.layout.metadata import keep
from resize_core.model import Dial, Sampling

_FINEST = 98.0
_GRIDS: dict[Effort, tuple[int, int]] = {"fast": (2, 2), "balanced": (2, 2), "best": (4, 3)}
_DIAL = Dial(98.0, holds=45.0, fair=75.0, least=0.0)
_DIALS: dict[Effort, Dial] = {
    "fast": replace(_DIAL, calm=45.0, calm_colour=25.0),
    "balanced": _DIAL,
    "best": replace(_DIAL, calm=75.0),
}
_SAMPLINGS: tuple[Sampling, ...] = ("4:4:4", "4:2:2", "4:2:0")


def read(data: bytes, terms: Terms) -> Still:
    """Decode the first picture of a JPEG file.

    Raises TruncatedError, BrokenError, UnsupportedError.
    """
    check_variety(data)
    with reading("JPEG"):
        image = JpegImagePlugin.JpegImageFile(BytesIO(data))
        is_ycbcr = image.mode == "RGB" and _is_ycbcr(image)
        tables = [list(image.quantization[layer[3]]) for layer in image.layer]
        stored = JpegImagePlugin.get_sampling(image)
        picture = _decoded(image, data, "YCbCr" if is_ycbcr else image.mode, terms.effort)
    density = image.info.get("dpi", (0, 0)) if "jfif_unit" in image.info else (0, 0)
    # Samplings that the encoders do not know become 4:2:0.
    sampling: Sampling = _SAMPLINGS[stored] if 0 <= stored < len(_SAMPLINGS) else "4:2:0"
    hand = Hand(tables, sampling, density, terms.effort)
    start, end = jpeg.scans(data)
    kept, dropped = keep(jpeg.metadata(data), terms.spare)
    more = ("what follows the picture",) if end < len(data) else ()
    pen = Pen(hand.write, hand.sketch, lambda file, sides: jpeg.with_metadata(file, kept, sides))
    recodes = is_ycbcr or image.mode == "L"
    traits = Traits(_DIALS[terms.effort], recodes, (*dropped, *more), samplings=(sampling,))
    if suits(picture) and image.mode != "CMYK":
        ways = (sampling,) if image.mode == "L" else _ways(sampling, terms.effort)
        traits = replace(traits, grid=_GRIDS[terms.effort], samplings=ways)
    if is_ycbcr:
        own: tuple[Sampling, ...] = (sampling,)
        if sampling == "4:2:2":
            own = (sampling, "4:2:0")
        traits = replace(traits, own_tables=own)
    still = Still(picture, pen, traits)
    if recodes:
        coding = Coding(jpeg.is_progressive(data), not jpeg.has_standard_huffman_tables(data))
        sampled = jpeg.scans(hand.recode(still.sample(1), coding))
        still.calibrate(end - start, sampled[1] - sampled[0])
    return still


def still_of(
    picture: Image.Image,
    carried: tuple[bytes, bytes, bytes],
    terms: Terms,
    lost: tuple[str, ...],
) -> Still:
    """Put a picture in mode RGB, L or CMYK, with its EXIF block, ICC profile and XMP, into JPEG."""
    kept, dropped = keep(items_of(*carried), terms.spare)
    hand = Hand(scaled_tables(_FINEST), "4:4:4", (0, 0), terms.effort)
    pen = Pen(hand.write, hand.sketch, lambda file, sides: jpeg.with_metadata(file, kept, sides))
    traits = Traits(_DIALS[terms.effort], dropped=(*lost, *dropped), samplings=("4:4:4",))
    if suits(picture):
        ways = traits.samplings if picture.mode == "L" else _ways("4:4:4", terms.effort)
        traits = replace(traits, grid=_GRIDS[terms.effort], samplings=ways)
    return Still(picture, pen, traits)


def _ways(sampling: Sampling, effort: Effort) -> tuple[Sampling, ...]:
    """The chroma samplings worth a try for a photo stored with one, the likeliest first."""
    if sampling == "4:2:0":
        return (sampling,)
    if effort == "fast":
        return (sampling, "4:2:0")
    # On the two 4:2:2 photos tried, at four budgets, the jury of `best` never chose 4:2:2.
    if sampling == "4:2:2" and effort == "balanced":
        return ("4:2:0",)
    return ("4:2:0", sampling)


def _decoded(
    image: JpegImagePlugin.JpegImageFile, data: bytes, mode: str, effort: Effort
) -> Picture:
    """The picture, in the form that its encoder takes without another copy."""
    if turbo.AVAILABLE and mode != "CMYK":
        if jpegli.AVAILABLE and effort != "fast":
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
    """Whether three components are luma and chroma, by libjpeg's own rule (jdapimin.c)."""
    if "jfif" in image.info:
        return True
    if "adobe_transform" in image.info:
        return bool(image.info["adobe_transform"])
    return bytes(layer[0] for layer in image.layer) != b"RGB"
