"""The pixels of a TIFF page, by Pillow, which gets only what it reads correctly.

Planes are read one by one as gray pictures, because Pillow may read several wrongly. 16 bits get
one byte order. Signed numbers are shifted to unsigned ones, so that gray is one kind of picture.
"""

from io import BytesIO

from PIL import Image, TiffImagePlugin

from resize_core.errors import BrokenError, UnsupportedError
from resize_core.formats.tiff.alone import COLOUR_MAP, page_alone, plane_alone
from resize_core.formats.tiff.page import BITS, COMPRESSION, EXTRAS, FORMATS, PHOTOMETRIC, Page
from resize_core.formats.tiff.varieties import (
    ASSOCIATED,
    CMYK,
    FLOAT,
    LAB,
    MAY_BE_UNKNOWN,
    MIN_IS_BLACK,
    MIN_IS_WHITE,
    PALETTE,
    RGB,
    SIGNED,
    UNSIGNED,
    UNSPECIFIED,
    check_variety,
    colours,
    is_separate,
    opacity,
)
from resize_core.metadata.ifd import Order, read_order
from resize_core.pixels.resize import reading

KIND = "kind of samples"
"""The key in `info` of a picture for the kind of its numbers: 1 or 2, as in the file."""
_DEEP, _WIDE = 16, 32
_NOT = bytes(255 - value for value in range(256))
_FLIP = bytes(value ^ 0x80 for value in range(256))


def page_pixels(data: bytes, page: Page) -> Image.Image:
    """Return the picture of a page as stored, not turned.

    Raises TruncatedError, BrokenError, UnsupportedError.
    """
    check_variety(page)
    try:
        with reading("TIFF"):
            image = _planes(data, page) if is_separate(page) else _chunky(data, page)
    except BrokenError as error:
        if page.first(COMPRESSION, 1) in MAY_BE_UNKNOWN and "decoder error" in error.fault:
            fault = f"compression {page.first(COMPRESSION, 1)}: {error.fault}"
            raise UnsupportedError("TIFF", fault) from error
        raise
    image.info = {"stored mode": image.mode, KIND: page.each(FORMATS, UNSIGNED)[0]}
    return image


def offset_again(image: Image.Image) -> Image.Image:
    """Shift 16 bits of gray from signed to unsigned values, or back."""
    raw = bytearray(image.tobytes())
    raw[1::2] = raw[1::2].translate(_FLIP)
    return _sixteen(image, bytes(raw))


def _chunky(data: bytes, page: Page) -> Image.Image:
    order = _order(data)
    depth, kind = page.each(BITS, 1)[0], page.each(FORMATS, UNSIGNED)[0]
    photometric = page.first(PHOTOMETRIC, MIN_IS_WHITE)
    changes: dict[int, tuple[int, ...]] = {}
    if beyond := page.samples - colours(page):
        alpha = UNSPECIFIED if photometric == CMYK else opacity(page)
        changes[EXTRAS] = (alpha, *[UNSPECIFIED] * (beyond - 1))
    if depth == _DEEP and colours(page) == 1:
        changes |= {FORMATS: (UNSIGNED,), PHOTOMETRIC: (MIN_IS_BLACK,)}
    if depth == _WIDE and kind == UNSIGNED:
        changes[FORMATS] = (SIGNED,)
    if photometric == PALETTE and (table := _eight_bit_table(data, page, order)):
        changes[COLOUR_MAP] = table
    image = _load(page_alone(data, page, changes))
    if depth == _WIDE and order.mark == ">" and page.first(COMPRESSION, 1) != 1:
        # libtiff has already swapped these bytes, and Pillow swaps them again.
        raw = "F;32BF" if kind == FLOAT else "I;32BS"
        image = Image.frombytes(image.mode, image.size, image.tobytes(), "raw", raw)
    if depth == _WIDE and kind == UNSIGNED and _least(image) < 0:
        raise UnsupportedError("TIFF", "unsigned samples of 32 bits, of 2,147,483,648 or more")
    if depth == _DEEP and colours(page) == 1:
        return _gray(image, photometric, kind)
    if image.mode in {"La", "YCbCr"}:
        return image.convert("LA" if image.mode == "La" else "RGB")
    return image


def _gray(image: Image.Image, photometric: int, kind: int) -> Image.Image:
    """Return 16 bits of gray, little-endian, unsigned, black at 0."""
    if image.mode == "I;16B":
        big, little = image.tobytes(), bytearray(2 * image.width * image.height)
        little[0::2], little[1::2] = big[1::2], big[0::2]
        image = _sixteen(image, bytes(little))
    if photometric == MIN_IS_WHITE:
        image = _sixteen(image, image.tobytes().translate(_NOT))
    return offset_again(image) if kind == SIGNED else image


def _planes(data: bytes, page: Page) -> Image.Image:
    photometric = page.first(PHOTOMETRIC, MIN_IS_WHITE)
    alpha = 0 if photometric == CMYK else opacity(page)
    count = colours(page) + (alpha != UNSPECIFIED)
    planes = [_load(plane_alone(data, page, i, {})) for i in range(count)]
    if count == 1 and page.each(BITS, 1)[0] == _DEEP:
        return _gray(planes[0], photometric, UNSIGNED)
    if count == 1 and photometric == PALETTE:
        raise UnsupportedError("TIFF", "palette colours with planes of their own")
    bytewise = [_upper(plane) for plane in planes]
    if photometric == MIN_IS_WHITE:
        bytewise[0] = bytewise[0].point(lambda value: 255 - value)
    if count == 1:
        return bytewise[0]
    if count == 2:  # noqa: PLR2004 - gray and how opaque it is
        made = Image.merge("LA", bytewise)
        return Image.merge("La", bytewise).convert("LA") if alpha == ASSOCIATED else made
    if photometric == LAB:
        mixed = Image.merge("RGB", bytewise)
        return Image.frombytes("LAB", mixed.size, mixed.tobytes(), "raw", "LAB")
    if photometric == RGB and alpha == ASSOCIATED:
        mixed = Image.merge("RGBA", bytewise)
        return Image.frombytes("RGBA", mixed.size, mixed.tobytes(), "raw", "RGBa")
    return Image.merge({RGB: "RGB", CMYK: "CMYK"}[photometric] + "A" * bool(alpha), bytewise)


def _upper(plane: Image.Image) -> Image.Image:
    """The upper eight bits of a plane."""
    if plane.mode == "L":
        return plane
    raw = plane.tobytes()
    return Image.frombytes("L", plane.size, raw[0::2] if plane.mode == "I;16B" else raw[1::2])


def _load(file: bytes) -> Image.Image:
    image = TiffImagePlugin.TiffImageFile(BytesIO(file))
    image.load()
    return image.copy()


def _sixteen(image: Image.Image, raw: bytes) -> Image.Image:
    made = Image.frombytes("I;16", image.size, raw)
    made.info = image.info.copy()
    return made


def _least(image: Image.Image) -> float:
    low = image.getextrema()[0]
    return low if isinstance(low, int | float) else 0.0


def _eight_bit_table(data: bytes, page: Page, order: Order) -> tuple[int, ...]:
    """Return the colours of a palette, which some programs write with 8 bits instead of 16."""
    entry = page.entries.get(COLOUR_MAP)
    if entry is None:
        raise BrokenError("TIFF", "its palette is missing")
    values = entry.integers(data, order)
    return tuple(value * 257 for value in values) if max(values, default=256) < 256 else ()  # noqa: PLR2004 - 8 bits


def _order(data: bytes) -> Order:
    found = read_order(data)
    return found[0] if found else Order("<")
