"""Read and edit the properties of an XMP packet in place. All other bytes stay the same.

expat parses the packet and returns the position of each property. So the data of other programs is
kept. A packet with a document type, which could define entities, or one that is not well-formed
XML, is not changed.

Source: XMP part 1 (Adobe, ISO 16684-1).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from xml.parsers import expat  # entities are refused before any could be expanded

_ATTRIBUTE = re.compile(rb"""([^\s=<>"'/]+)\s*=\s*("[^"]*"|'[^']*')""")
_TAG_END = re.compile(rb""""[^"]*"|'[^']*'|>""")
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


Edit = tuple[int, int, bytes]
"""The start and end of a place, and the text to put there."""


def edited(packet: bytes, edits: Callable[[bytes, list[Property]], Iterable[Edit]]) -> bytes:
    """Return the packet with some places replaced by other text; unchanged if it cannot be read.

    `edits` gets the packet in UTF-8 and its properties, inner ones first.
    """
    found = _decoded(packet)
    if found is None:
        return packet
    text, encoding = found
    properties = _properties(text)
    if properties is None:
        return packet
    made, last = bytearray(), 0
    for start, end, fresh in sorted(edits(text, properties), key=lambda edit: (edit[0], -edit[1])):
        if start >= last:  # otherwise it was removed with its parent
            made += text[last:start] + fresh
            last = end
    if not last:
        return packet
    made += text[last:]
    _use_padding(made, len(made) - len(text))
    return bytes(made) if encoding == "utf-8" else made.decode("utf-8").encode(encoding)


def _use_padding(packet: bytearray, excess: int) -> None:
    """Take bytes away from the padding that a packet has at its end, so that its length stays."""
    end = packet.rfind(b"<?xpacket end")
    padding = end - len(packet[: max(0, end)].rstrip())
    if excess > 0 and padding > excess:
        del packet[end - excess : end]


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


def value(text: bytes, prop: Property) -> bytes:
    """Return the plain text of a property, b'' for none."""
    return text[slice(*prop.value)] if prop.value else b""


def _properties(text: bytes) -> list[Property] | None:
    """Return all properties, inner ones first; None if the packet cannot be read."""
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
