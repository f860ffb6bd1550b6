"""The structure of a HEIC file: see `isobmff`."""

from resize_core.formats import heif
from resize_core.formats.colours import profile_for_cicp
from resize_core.formats.isobmff import sides_of


def read_sides(head: bytes) -> tuple[int, int]:
    """See `Format.read_sides`."""
    return sides_of("HEIC", head)


def left_behind(data: bytes) -> tuple[str, ...]:
    """Return the names of what is lost if pixels change."""
    return heif.beside(data, heif.read_meta(data))


def colour_profile(data: bytes, stated: bytes) -> bytes:
    """Return the profile of the pixels, b'' for sRGB; `stated` is the file's own."""
    return stated or profile_for_cicp("HEIC", heif.cicp_of(heif.read_meta(data)), stated)
