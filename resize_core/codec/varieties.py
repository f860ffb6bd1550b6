"""Which varieties of JPEG are not decoded, told before a decoder sees them."""

from resize_core.codec import turbo
from resize_core.errors import UnsupportedError
from resize_core.layout import jpeg

_UNREADABLE = {0xC3: "lossless", 0xC5: "hierarchical", 0xC6: "hierarchical", 0xC7: "hierarchical"}
_DCT_FRAMES, _ARITHMETIC, _DAC, _DEPTH = range(0xC0, 0xC3), range(0xC9, 0xD0), 0xCC, 8
# Every scan of a progressive file passes over all its coefficients. Encoders write about ten.
_MOST_SCANS = 200
_SCAN = b"\xff\xda"


def check_variety(data: bytes) -> None:
    """Raises UnsupportedError for what no decoder here reads, or reads only at a ruinous cost."""
    for segment in jpeg.segments(data):
        if segment.marker in _UNREADABLE:
            raise UnsupportedError("JPEG", _UNREADABLE[segment.marker])
        if segment.marker in _ARITHMETIC and segment.marker != _DAC and not turbo.AVAILABLE:
            raise UnsupportedError("JPEG", "arithmetic coding")
        if segment.marker in _DCT_FRAMES and segment.payload[0] != _DEPTH:
            raise UnsupportedError("JPEG", f"{segment.payload[0]} bits a sample")
    start, end = jpeg.scans(data)
    if (scans := data.count(_SCAN, start, end)) > _MOST_SCANS:
        raise UnsupportedError("JPEG", f"{scans:,} scans")
