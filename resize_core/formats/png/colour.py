"""The colours of a PNG file as one ICC profile: cICP comes before iCCP, and that before cHRM."""

import struct

from resize_core.formats.colours import profile_for_cicp
from resize_core.formats.png.structure import chunks
from resize_core.metadata import icc

_GREY_KINDS = {0, 4}
_SRGB_GAMMA, _NEAR = 45_455, 3_000
_COLOUR_TYPE_AT = 25


def colour_profile(data: bytes, stated: bytes) -> bytes:
    """Return the profile of the pixels, b'' for sRGB; `stated` is the file's own."""
    if cicp := _cicp(data):
        return profile_for_cicp("PNG", cicp, stated)
    return stated or _from_chromaticities(data)


def _cicp(data: bytes) -> tuple[int, int, int] | None:
    for chunk in chunks(data):
        if chunk.kind == b"cICP" and chunk.end - chunk.start >= 16:  # noqa: PLR2004 - four bytes inside
            primaries, transfer, matrix = data[chunk.start + 8 : chunk.start + 11]
            return primaries, transfer, matrix
        if chunk.kind == b"IDAT":
            break
    return None


def _from_chromaticities(data: bytes) -> bytes:
    """Return the profile that gAMA and cHRM describe; the sRGB chunk overrides them."""
    gamma, chromaticities = _SRGB_GAMMA, icc.SRGB
    for chunk in chunks(data):
        body = data[chunk.start + 8 : chunk.end - 4]
        if chunk.kind in {b"sRGB", b"IDAT"}:
            if chunk.kind == b"sRGB":
                return b""
            break
        if chunk.kind == b"gAMA" and len(body) == 4:  # noqa: PLR2004 - one number
            gamma = int.from_bytes(body)
        if chunk.kind == b"cHRM" and len(body) == 32:  # noqa: PLR2004 - eight numbers
            wx, wy, *rest = (value / 100_000 for value in struct.unpack(">8I", body))
            rx, ry, gx, gy, bx, by = rest
            chromaticities = (rx, ry, gx, gy, bx, by, wx, wy)
    plain = not gamma or abs(gamma - _SRGB_GAMMA) < _NEAR
    near = max(abs(a - b) for a, b in zip(chromaticities, icc.SRGB, strict=True)) < 0.005  # noqa: PLR2004 - not seen
    exponent = None if plain else 100_000 / gamma
    if data[_COLOUR_TYPE_AT] in _GREY_KINDS:
        return b"" if plain else icc.grey_profile(exponent)
    try:
        return b"" if plain and near else icc.rgb_profile(chromaticities, exponent)
    except (ValueError, struct.error):
        return b""
