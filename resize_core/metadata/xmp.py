"""Change an XMP packet when its photo changes. All other bytes stay the same.

The schemas are named where they are used.
"""

import re
from collections.abc import Callable, Iterator

from resize_core.metadata import turning, xmp_places
from resize_core.metadata.xmp_packet import Edit, Property, edited, value

Sides = tuple[int, int]
Edited = Callable[[bytes], bytes]

_TIFF = "http://ns.adobe.com/tiff/1.0/"
_EXIF = "http://ns.adobe.com/exif/1.0/"
_BASIC = "http://ns.adobe.com/xap/1.0/"
_NOTE = "http://ns.adobe.com/xmp/note/"
_PANORAMA = "http://ns.google.com/photos/1.0/panorama/"
_CAMERA = "http://ns.google.com/photos/1.0/camera/"
_CONTAINERS = ("http://ns.google.com/photos/1.0/container/", "http://ns.google.com/photos/dd/1.0/")
_GAIN_MAP = "http://ns.adobe.com/hdr-gain-map/1.0/"
_OPPO = "http://ns.oplus.com/photos/1.0/camera/"

# Width and height of the picture, which become those of the rendition.
_WIDTHS = {(_TIFF, "ImageWidth"), (_EXIF, "PixelXDimension")}
_HEIGHTS = {(_TIFF, "ImageLength"), (_EXIF, "PixelYDimension")}
# Lengths in pixels, which are scaled.
_ACROSS = {
    *((_PANORAMA, name) for name in (
        "CroppedAreaImageWidthPixels", "FullPanoWidthPixels", "CroppedAreaLeftPixels",
        "LargestValidInteriorRectLeft", "LargestValidInteriorRectWidth")),
}  # fmt: skip
_DOWN = {
    *((_PANORAMA, name) for name in (
        "CroppedAreaImageHeightPixels", "FullPanoHeightPixels", "CroppedAreaTopPixels",
        "LargestValidInteriorRectTop", "LargestValidInteriorRectHeight")),
}  # fmt: skip
_NUMBER = re.compile(rb"\s*(\d{1,9})(?:\.\d{1,9})?\s*")


def resized(packet: bytes, before: Sides, after: Sides) -> bytes:
    """Return the packet with all values in pixels converted for the rendition."""
    if before == after:
        return packet

    def edits(text: bytes, found: list[Property]) -> Iterator[Edit]:
        for prop in found:
            for sides, lengths, axis in ((_WIDTHS, _ACROSS, 0), (_HEIGHTS, _DOWN, 1)):
                number = _NUMBER.fullmatch(value(text, prop))
                if prop.value is None or not number:
                    continue
                if prop.name in sides:
                    yield *prop.value, str(after[axis]).encode()
                elif prop.name in lengths:
                    length = round(int(number[1]) * after[axis] / before[axis])
                    yield *prop.value, str(length).encode()
        yield from xmp_places.moved(text, found, xmp_places.Move(before, after))

    return edited(packet, edits)


def upright(packet: bytes, sides: Sides, turn: int) -> bytes:
    """Return the packet with its orientation, if it has one, set to 1 (as stored).

    `sides` are those of the turned picture, and `turn` is its former orientation. Width, height and
    positions become those of the turned picture. Thumbnails, which show the former one, are
    removed if it was turned at all.
    """
    stored = sides[::-1] if turning.swaps_axes(turn) else sides

    def edits(text: bytes, found: list[Property]) -> Iterator[Edit]:
        for prop in found:
            if turn > 1 and prop.name == (_BASIC, "Thumbnails"):
                yield prop.start, prop.end, b""
            if prop.value is None:
                continue
            if prop.name == (_TIFF, "Orientation"):
                yield *prop.value, b"1"
            if prop.name in _WIDTHS | _HEIGHTS:
                yield *prop.value, str(sides[prop.name in _HEIGHTS]).encode()
        if turn > 1:
            yield from xmp_places.moved(text, found, xmp_places.Move(stored, stored, turn))

    return edited(packet, edits)


def has_thumbnail(packet: bytes) -> bool:
    """Return whether the packet has a thumbnail."""
    return b"Thumbnails" in packet


def without_followers(packet: bytes) -> bytes:
    """Return the packet without properties about videos and pictures that follow the picture.

    These are Google's Motion Photo and Micro Video, its container of further pictures and depth
    maps, and the gain map of Adobe and ISO 21496-1.
    """

    def announces(name: tuple[str, str]) -> bool:
        uri, local = name
        moves = uri == _CAMERA and local.startswith(("MotionPhoto", "MicroVideo"))
        return moves or uri in {_GAIN_MAP, _OPPO} or uri.startswith(_CONTAINERS)

    return edited(packet, lambda _, found: (
        (p.start, p.end, b"") for p in found if announces(p.name)
    ))  # fmt: skip


def without_extension(packet: bytes) -> bytes:
    """Return the packet without the digest of its extension."""
    return edited(packet, lambda _, found: (
        (p.start, p.end, b"") for p in found if p.name == (_NOTE, "HasExtendedXMP")
    ))  # fmt: skip


def renamed_extension(packet: bytes, digest: bytes) -> bytes:
    """Return the packet with another digest of its extension."""
    return edited(packet, lambda _, found: (
        (*p.value, digest) for p in found if p.name == (_NOTE, "HasExtendedXMP") and p.value
    ))  # fmt: skip
