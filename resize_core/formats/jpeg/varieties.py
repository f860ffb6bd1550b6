"""Varieties of JPEG that are not decoded, found before a decoder sees them."""

from resize_core.errors import UnsupportedError
from resize_core.formats.jpeg import decoder as turbo
from resize_core.formats.jpeg.segments import JpegFile

_UNREADABLE = {
    0xC3: "lossless", 0xC5: "hierarchical", 0xC6: "hierarchical", 0xC7: "hierarchical",
    0xC8: "extensions of 1992", 0xCB: "lossless, arithmetic coding",
    0xCD: "hierarchical, arithmetic coding", 0xCE: "hierarchical, arithmetic coding",
    0xCF: "hierarchical, arithmetic coding",
}  # fmt: skip
_ARITHMETIC, _DEPTH = {0xC9, 0xCA}, 8
_DCT_FRAMES = {0xC0, 0xC1, 0xC2, *_ARITHMETIC}
# One of luma, with two of chroma, or of four inks.
_COMPONENTS = {1, 3, 4}
_COUNT_AT = 5
# Every scan of a progressive file covers all its coefficients. Encoders write about ten.
_MOST_SCANS = 200
_SCAN = b"\xff\xda"


def check_variety(file: JpegFile) -> None:
    """Raise UnsupportedError for a variety that no decoder reads, or only far too slowly."""
    for segment in file.segments:
        if segment.marker in _UNREADABLE:
            raise UnsupportedError("JPEG", _UNREADABLE[segment.marker])
        if segment.marker in _ARITHMETIC and not turbo.AVAILABLE:
            raise UnsupportedError("JPEG", "arithmetic coding")
        if segment.marker in _DCT_FRAMES and len(segment.payload) > _COUNT_AT:
            depth, components = segment.payload[0], segment.payload[_COUNT_AT]
            if depth != _DEPTH:
                raise UnsupportedError("JPEG", f"{depth} bits per sample")
            if components not in _COMPONENTS:
                raise UnsupportedError("JPEG", f"{components} components")
    start, end = file.scans
    if (scans := file.data.count(_SCAN, start, end)) > _MOST_SCANS:
        raise UnsupportedError("JPEG", f"{scans:,} scans")
