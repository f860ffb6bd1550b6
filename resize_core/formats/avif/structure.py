"""How an AVIF file is laid out: as `isobmff` says."""

from resize_core.formats.isobmff import sides_of


def read_sides(head: bytes) -> tuple[int, int]:
    """See `Format.read_sides`."""
    return sides_of("AVIF", head)
