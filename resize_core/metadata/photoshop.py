"""Photoshop's image resources, which contain IPTC and often a thumbnail.

Source: Adobe Photoshop File Formats Specification (2019), image resource blocks.
"""

import struct
from collections.abc import Iterator

_SIGNATURES = {b"8BIM", b"MeSa", b"AgHg", b"PHUT", b"DCSR"}
_THUMBNAILS = {1033, 1036}


def without_thumbnail(resources: bytes) -> bytes:
    """Return resources without their thumbnail; unchanged if they cannot be read to the end."""
    parts = list(_blocks(resources))
    if not parts or parts[-1][2] < len(resources.rstrip(b"\0")):
        return resources
    if not any(number in _THUMBNAILS for number, _, _ in parts):
        return resources
    return b"".join(resources[a:b] for number, a, b in parts if number not in _THUMBNAILS)


def _blocks(resources: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the number, start and end of each resource that is whole."""
    at = 0
    while at + 12 <= len(resources) and resources[at : at + 4] in _SIGNATURES:
        (number,) = struct.unpack_from(">H", resources, at + 4)
        name = 1 + resources[at + 6]
        sized = at + 6 + name + name % 2
        if sized + 4 > len(resources):
            return
        (size,) = struct.unpack_from(">I", resources, sized)
        end = sized + 4 + size
        if end > len(resources):
            return
        yield number, at, min(end + size % 2, len(resources))
        at = end + size % 2
