"""Decide which TIFF pages can be read correctly, before they are decoded.

Varieties that are not listed here are refused as unsupported, although undamaged: Pillow decodes
some of them to noise, and reports others as damaged.
"""

from resize_core.errors import BrokenError, UnsupportedError
from resize_core.formats.tiff.page import (
    BITS,
    COMPRESSION,
    FILL_ORDER,
    FORMATS,
    INK_SET,
    PHOTOMETRIC,
    PLANAR,
    SUBSAMPLING,
    Page,
)

MIN_IS_WHITE, MIN_IS_BLACK, RGB, PALETTE, CMYK, YCBCR, LAB = 0, 1, 2, 3, 5, 6, 8
UNSIGNED, SIGNED, FLOAT = 1, 2, 3
UNSPECIFIED, ASSOCIATED, UNASSOCIATED, _OF_COREL = 0, 1, 2, 999
_COLOURS = {MIN_IS_WHITE: 1, MIN_IS_BLACK: 1, RGB: 3, PALETTE: 1, CMYK: 4, YCBCR: 3, LAB: 3}
_UNREAD = {
    4: "a transparency mask", 9: "ICC L*a*b* colours", 10: "ITU L*a*b* colours",
    32803: "a camera's raw file", 32844: "LogL", 32845: "LogLuv", 34892: "a camera's raw file",
    51177: "a depth map",
}  # fmt: skip
_NONE, _CCITT, _OLD_JPEG, JPEG = 1, {2, 3, 4}, 6, 7
_COMPRESSIONS = {_NONE, *_CCITT, 5, JPEG, 8, 32773, 32946, 34925, 50000}
# Builds of libtiff may not support these.
MAY_BE_UNKNOWN = {34925, 50000}
_NAMES = {
    _OLD_JPEG: "old-style JPEG", 9: "JBIG", 10: "JBIG", 32766: "NeXT", 32771: "RAW 16",
    32809: "ThunderScan", 33003: "JPEG 2000", 33005: "JPEG 2000", 33004: "JPEG 2000",
    34661: "JBIG", 34676: "SGI LogL", 34677: "SGI LogLuv", 34712: "JPEG 2000",
    34713: "a Nikon raw file", 34887: "LERC", 34892: "lossy JPEG of a raw file",
    34933: "PNG", 34934: "JPEG XR", 22610: "JPEG XR", 50001: "WebP", 34927: "WebP",
    50002: "JPEG XL", 52546: "JPEG XL", 65000: "a camera's raw file", 65535: "a camera's raw file",
}  # fmt: skip
_KINDS = {UNSIGNED: "unsigned", SIGNED: "signed", FLOAT: "floating-point", 4: "undefined",
          5: "complex", 6: "complex"}  # fmt: skip
_SEPARATE, _REVERSED, _INKS_OF_CMYK = 2, 2, 1
_MOST_EXTRAS = {RGB: 3, CMYK: 2, MIN_IS_BLACK: 1, PALETTE: 1}


def check_variety(page: Page) -> None:
    """Raises UnsupportedError for an unsupported page, and BrokenError for an invalid one."""
    photometric = page.first(PHOTOMETRIC, MIN_IS_WHITE)
    compression = page.first(COMPRESSION, _NONE)
    if photometric not in _COLOURS:
        found = _UNREAD.get(photometric, f"photometric interpretation {photometric}")
        raise UnsupportedError("TIFF", found)
    if compression not in _COMPRESSIONS:
        found = _NAMES.get(compression, f"number {compression}")
        raise UnsupportedError("TIFF", f"compression: {found}")
    _check_samples(page, photometric)
    if len(set(page.each(BITS, 1))) > 1 or len(set(page.each(FORMATS, UNSIGNED))) > 1:
        raise UnsupportedError("TIFF", "samples of different depths or kinds")
    depth, kind = page.each(BITS, 1)[0], page.each(FORMATS, UNSIGNED)[0]
    if depth not in _depths(page, photometric, kind):
        stated = _KINDS.get(kind, f"kind {kind}")
        raise UnsupportedError("TIFF", f"{stated} samples of {depth} bits, {_shape(page)}")
    if page.first(FILL_ORDER, 1) == _REVERSED and (kind != UNSIGNED or depth > 8):  # noqa: PLR2004 - within one byte
        raise UnsupportedError("TIFF", f"samples of {depth} bits, their bits in reverse order")
    _check_colour(page, photometric, compression)


def is_separate(page: Page) -> bool:
    """Return whether each sample has its own plane."""
    return page.first(PLANAR, 1) == _SEPARATE and page.samples > 1


def colours(page: Page) -> int:
    """Return the number of a pixel's samples that are colours."""
    return _COLOURS[page.first(PHOTOMETRIC, MIN_IS_WHITE)]


def opacity(page: Page) -> int:
    """Return the kind of opacity in the sample after the colours: 0 for none."""
    beyond = page.samples - colours(page)
    if beyond and not page.extras:
        return UNASSOCIATED if page.first(PHOTOMETRIC, 0) == RGB else UNSPECIFIED
    said = page.extras[0] if beyond and page.extras else UNSPECIFIED
    return UNASSOCIATED if said == _OF_COREL else said


def lost(page: Page) -> tuple[str, ...]:
    """Return the names of dropped samples."""
    names: tuple[str, ...] = ()
    if page.samples - colours(page) > (opacity(page) != UNSPECIFIED):
        names += ("further channels",)
    if page.first(PHOTOMETRIC, 0) == CMYK and opacity(page) != UNSPECIFIED:
        names += ("transparency",)
    if page.each(BITS, 1)[0] == 16 and (colours(page) > 1 or opacity(page) != UNSPECIFIED):  # noqa: PLR2004 - Pillow holds 8 of them
        names += ("16-bit depth",)
    return names


def _check_samples(page: Page, photometric: int) -> None:
    beyond = page.samples - _COLOURS[photometric]
    if page.samples < 1 or beyond < 0:
        raise BrokenError("TIFF", f"it claims {page.samples} samples per pixel, {_shape(page)}")
    if beyond > _MOST_EXTRAS.get(photometric, 0):
        raise UnsupportedError("TIFF", f"{page.samples} samples per pixel, {_shape(page)}")
    if page.extras and len(page.extras) != beyond:
        raise UnsupportedError("TIFF", f"{len(page.extras)} extra samples stated, {beyond} present")
    if any(len(page.numbers.get(tag, (1,))) not in {1, page.samples} for tag in (BITS, FORMATS)):
        raise UnsupportedError("TIFF", f"{page.samples} samples per pixel, of unknown depths")


def _depths(page: Page, photometric: int, kind: int) -> set[int]:
    """Return the supported depths of a kind of samples."""
    beyond = page.samples - _COLOURS[photometric]
    if kind != UNSIGNED:
        alone = photometric == MIN_IS_BLACK and not beyond
        return {SIGNED: {16, 32}, FLOAT: {32}}.get(kind, set()) if alone else set()
    match photometric:
        case 0 | 1:
            deep = {16} | ({32} if photometric == MIN_IS_BLACK else set())
            return (
                {8}
                if beyond and not is_separate(page)
                else {8, 16}
                if beyond
                else {1, 2, 4, 8} | deep
            )
        case 3:
            return {8} if beyond else {1, 2, 4, 8}
        case 2:
            return {8, 16} if beyond <= 1 or is_separate(page) else {8}
        case 5:
            return {8, 16} if not beyond or is_separate(page) else {8}
        case _:
            return {8}


def _check_colour(page: Page, photometric: int, compression: int) -> None:
    if photometric == CMYK and page.first(INK_SET, _INKS_OF_CMYK) != _INKS_OF_CMYK:
        raise UnsupportedError("TIFF", "inks other than cyan, magenta, yellow and black")
    if photometric == YCBCR and is_separate(page):
        raise UnsupportedError("TIFF", "YCbCr colours with planes of their own")
    if photometric == YCBCR and compression != JPEG:
        sampling = page.numbers.get(SUBSAMPLING, (2, 2))
        if compression != _NONE or any(n != 1 for n in sampling):
            raise UnsupportedError("TIFF", "YCbCr colours not compressed as JPEG")
    if compression in _CCITT and (page.samples > 1 or page.each(BITS, 1)[0] > 1):
        raise UnsupportedError("TIFF", "fax compression of more than black and white")
    if compression == JPEG and page.each(BITS, 1)[0] != 8:  # noqa: PLR2004 - baseline
        raise UnsupportedError("TIFF", "JPEG of more than 8 bits inside")


def _shape(page: Page) -> str:
    said = f"photometric interpretation {page.first(PHOTOMETRIC, MIN_IS_WHITE)}"
    return f"{page.samples} per pixel, {said}"
