"""Change an XMP packet when its photo changes. All other bytes stay the same.

expat parses the packet and returns the position of each property, which is edited in place. So the
data of other programs is kept. A packet with a document type, which could define entities, or one
that is not well-formed XML, is not changed.

Source: XMP part 1 (Adobe, ISO 16684-1); the schemas are named where they are used.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat  # entities are refused before any could be expanded

Sides = tuple[int, int]
Edited = Callable[[bytes], bytes]

_TIFF = "http://ns.adobe.com/tiff/1.0/"
_EXIF = "http://ns.adobe.com/exif/1.0/"
_NOTE = "http://ns.adobe.com/xmp/note/"
_PANORAMA = "http://ns.google.com/photos/1.0/panorama/"
_CAMERA = "http://ns.google.com/photos/1.0/camera/"
_CONTAINERS = ("http://ns.google.com/photos/1.0/container/", "http://ns.google.com/photos/dd/1.0/")
_GAIN_MAP = "http://ns.adobe.com/hdr-gain-map/1.0/"
_OPPO = "http://ns.oplus.com/photos/1.0/camera/"
_DIMENSIONS = "http://ns.adobe.com/xap/1.0/sType/Dimensions#"
_AREA = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"

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
_IN_PIXELS_ACROSS = {(_DIMENSIONS, "w"), (_AREA, "rbX"), (_AREA, "rbW"), (_AREA, "rbRx")}
_IN_PIXELS_DOWN = {(_DIMENSIONS, "h"), (_AREA, "rbY"), (_AREA, "rbH")}
_UNITS = {(_DIMENSIONS, "unit"), (_AREA, "rbUnit")}
_ATTRIBUTE = re.compile(rb"""([^\s=<>"'/]+)\s*=\s*("[^"]*"|'[^']*')""")
_TAG_END = re.compile(rb""""[^"]*"|'[^']*'|>""")
_NUMBER = re.compile(rb"\s*(\d{1,9})(?:\.\d{1,9})?\s*")
_DEEPEST = 200


@dataclass(frozen=True, slots=True)
class Property:
    """A property: its position, and that of its value if it is plain text.

    `around` is a number that the properties of one structure share.
    """

    name: tuple[str, str]
    start: int
    end: int
    value: tuple[int, int] | None
    around: int


def resized(packet: bytes, before: Sides, after: Sides) -> bytes:
    """Return the packet with all values in pixels converted for the rendition."""
    if before == after:
        return packet

    def edits(text: bytes, found: list[Property]) -> Iterator[tuple[int, int, bytes]]:
        in_pixels = {p.around for p in found if p.name in _UNITS and _value(text, p) == b"pixel"}
        for prop in found:
            pixels = prop.around in in_pixels
            for sides, lengths, units, axis in (
                (_WIDTHS, _ACROSS, _IN_PIXELS_ACROSS, 0), (_HEIGHTS, _DOWN, _IN_PIXELS_DOWN, 1),
            ):  # fmt: skip
                number = _NUMBER.fullmatch(_value(text, prop))
                if prop.value is None or not number:
                    continue
                if prop.name in sides:
                    yield *prop.value, str(after[axis]).encode()
                elif prop.name in lengths or (pixels and prop.name in units):
                    length = round(int(number[1]) * after[axis] / before[axis])
                    yield *prop.value, str(length).encode()

    return _edited(packet, edits)


def upright(packet: bytes, sides: Sides) -> bytes:
    """Return the packet with its orientation, if it has one, set to 1 (as stored).

    Its width and height become those of the turned picture.
    """

    def edits(_: bytes, found: list[Property]) -> Iterator[tuple[int, int, bytes]]:
        for prop in found:
            if prop.value is None:
                continue
            if prop.name == (_TIFF, "Orientation"):
                yield *prop.value, b"1"
            if prop.name in _WIDTHS | _HEIGHTS:
                yield *prop.value, str(sides[prop.name in _HEIGHTS]).encode()

    return _edited(packet, edits)


def without_followers(packet: bytes) -> bytes:
    """Return the packet without properties about videos and pictures that follow the picture.

    These are Google's Motion Photo and Micro Video, its container of further pictures and depth
    maps, and the gain map of Adobe and ISO 21496-1.
    """

    def announces(name: tuple[str, str]) -> bool:
        uri, local = name
        moves = uri == _CAMERA and local.startswith(("MotionPhoto", "MicroVideo"))
        return moves or uri in {_GAIN_MAP, _OPPO} or uri.startswith(_CONTAINERS)

    return _edited(packet, lambda _, found: (
        (p.start, p.end, b"") for p in found if announces(p.name)
    ))  # fmt: skip


def without_extension(packet: bytes) -> bytes:
    """Return the packet without the digest of its extension."""
    return _edited(packet, lambda _, found: (
        (p.start, p.end, b"") for p in found if p.name == (_NOTE, "HasExtendedXMP")
    ))  # fmt: skip


def renamed_extension(packet: bytes, digest: bytes) -> bytes:
    """Return the packet with another digest of its extension."""
    return _edited(packet, lambda _, found: (
        (*p.value, digest) for p in found if p.name == (_NOTE, "HasExtendedXMP") and p.value
    ))  # fmt: skip


Edit = tuple[int, int, bytes]


def _edited(packet: bytes, edits: Callable[[bytes, list[Property]], Iterable[Edit]]) -> bytes:
    found = _decoded(packet)
    if found is None:
        return packet
    text, encoding = found
    properties = _properties(text)
    if properties is None:
        return packet
    made, last = bytearray(), 0
    for start, end, value in sorted(edits(text, properties), key=lambda edit: (edit[0], -edit[1])):
        if start >= last:  # otherwise it was removed with its parent
            made += text[last:start] + value
            last = end
    if not last:
        return packet
    made += text[last:]
    return bytes(made) if encoding == "utf-8" else made.decode("utf-8").encode(encoding)


def _decoded(packet: bytes) -> tuple[bytes, str] | None:
    """Return the packet in UTF-8, and its former encoding."""
    for mark, encoding in (
        (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"),
        (b"<\0?\0", "utf-16-le"), (b"\0<\0?", "utf-16-be"),
    ):  # fmt: skip
        if packet.startswith(mark):
            try:
                return packet.decode(encoding).encode(), encoding
            except UnicodeError:
                return None
    return packet, "utf-8"


def _value(text: bytes, prop: Property) -> bytes:
    return text[slice(*prop.value)] if prop.value else b""


def _properties(text: bytes) -> list[Property] | None:
    """Return all properties of a packet, inner ones first; None if it cannot be read."""
    reader = _Reader(text)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    reader.at = lambda: parser.CurrentByteIndex
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(text.rstrip(b"\0"), True)  # noqa: FBT003 - expat's way to say that this is all
    except (expat.ExpatError, _NotReadError):
        return None
    return reader.found


class _NotReadError(Exception):
    pass


def _refuse(*_: object) -> None:
    raise _NotReadError


@dataclass(slots=True)
class _Open:
    """An open element: its name, its position, and the prefixes defined in it."""

    name: tuple[str, str]
    start: int
    inside: int
    prefixes: dict[str, str]
    holds: bool = False


@dataclass(slots=True)
class _Reader:
    text: bytes
    at: Callable[[], int] = field(default=lambda: 0)
    found: list[Property] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.open) > _DEEPEST:
            raise _NotReadError
        at = self.at()
        inside = next(m.end() for m in _TAG_END.finditer(self.text, at) if m[0] == b">")
        prefixes = self.open[-1].prefixes if self.open else {}
        own = {k[6:]: uri for k, uri in attributes.items() if k.startswith("xmlns:")}
        prefixes = prefixes | own if own else prefixes
        if self.open:
            self.open[-1].holds = True
        self.open.append(_Open(_name(name, prefixes), at, inside, prefixes))
        for found in _ATTRIBUTE.finditer(self.text, at + 1 + len(name.encode()), inside):
            key = _name(found[1].decode("utf-8", "replace"), prefixes)
            start = found.start()
            while self.text[start - 1 : start].isspace():
                start -= 1
            value = found.start(2) + 1, found.end(2) - 1
            self.found.append(Property(key, start, found.end(), value, at))

    def end(self, _: str) -> None:
        element = self.open.pop()
        at = self.at()
        closes = self.text.startswith(b"</", at)
        end = self.text.index(b">", at) + 1 if closes else element.inside
        value = (element.inside, at) if closes and not element.holds else None
        around = self.open[-1].start if self.open else -1
        self.found.append(Property(element.name, element.start, end, value, around))


def _name(name: str, prefixes: dict[str, str]) -> tuple[str, str]:
    prefix, _, local = name.rpartition(":")
    return prefixes.get(prefix, ""), local
