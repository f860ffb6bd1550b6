"""Positions in the picture that an XMP packet contains, after the picture was scaled or turned.

Sources: Metadata Working Group, Guidelines 2.0 (regions, relative to the picture as stored);
Microsoft's people tags; IPTC Photo Metadata Standard (image regions); Exif for XMP (Adobe);
drone-dji, as DJI's cameras write it: focal lengths and optical centre in pixels.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from resize_core.metadata import pixel_tags, turning
from resize_core.metadata.xmp_packet import Edit, Property, value

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_TIFF = "http://ns.adobe.com/tiff/1.0/"
_EXIF = "http://ns.adobe.com/exif/1.0/"
_DIMENSIONS = "http://ns.adobe.com/xap/1.0/sType/Dimensions#"
_REGION = "http://ns.adobe.com/xmp/sType/Area#"
_PEOPLE = "http://ns.microsoft.com/photo/1.2/t/Region#"
_AREA = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_DJI = "http://www.dji.com/drone-dji/1.0/"
# Larger exponents have no meaning here, and more digits than a Decimal is rounded to.
_DIGITS = rb"[+-]?(?:\d{1,12}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?0?\d)?"
_DECIMAL = re.compile(rb"\s*(" + _DIGITS + rb")\s*")
_RATIONAL = re.compile(rb"\s*(\d{1,10})/(\d{1,10})\s*")
_BOX = re.compile(rb"\s*,\s*".join([rb"(" + _DIGITS + rb")"] * 4))
_FINE = 6  # decimals of a number that has some
_PARTS_OF_DEWARP = 9  # fx, fy, cx, cy, k1, k2, p1, p2, k3
Pair = tuple[Decimal, Decimal]
Sides = tuple[int, int]
Group = dict[str, tuple[Property, Decimal]]


@dataclass(frozen=True, slots=True)
class Move:
    """A change of a picture: its sides before and after scaling, then its turn upright.

    `turn` is the EXIF orientation before.
    """

    before: Sides
    after: Sides
    turn: int = 1

    def scaled(self, pair: Pair) -> Pair:
        """Return a position or two lengths in pixels, scaled only."""
        return (
            pair[0] * self.after[0] / self.before[0],
            pair[1] * self.after[1] / self.before[1],
        )

    def lengths(self, pair: Pair) -> Pair:
        """Return two lengths in pixels, across and down."""
        return turning.lengths(self.turn, self.scaled(pair))

    def point(self, pair: Pair) -> Pair:
        """Return a position in pixels."""
        far = Decimal(self.after[0]), Decimal(self.after[1])
        return turning.point(self.turn, self.scaled(pair), far)

    def relative_lengths(self, pair: Pair) -> Pair:
        """Return two lengths as shares of the sides."""
        return turning.lengths(self.turn, pair)

    def relative_point(self, pair: Pair) -> Pair:
        """Return a position as shares of the sides."""
        return turning.point(self.turn, pair, (Decimal(1), Decimal(1)))

    def distance(self, pair: Pair) -> Pair:
        """Return the distance between two points, across and down."""
        return turning.point(self.turn, pair, (Decimal(0), Decimal(0)))


def moved(text: bytes, found: Sequence[Property], move: Move) -> Iterator[Edit]:
    """Yield the edits of all positions and lengths in a packet, for a changed picture."""
    for props in _groups(found).values():
        yield from _dimensions(_of(text, props, _DIMENSIONS), _unit(text, props), move)
        yield from _region(_of(text, props, _REGION), _unit(text, props), move)
        yield from _calibration(text, props, move)
        yield from _swapped(text, props, move)
    for prop in found:
        if prop.name == (_AREA, "RegionBoundary"):
            inside = [p for p in found if prop.start < p.start and p.end <= prop.end]
            yield from _boundary(text, inside, move)
        elif prop.name == (_PEOPLE, "Rectangle") and swaps_or_mirrors(move):
            yield from _people(text, prop, move)
        elif prop.name in {(_EXIF, "SubjectArea"), (_EXIF, "SubjectLocation")}:
            inside = [p for p in found if prop.start < p.start and p.end <= prop.end]
            yield from _subject(text, [p for p in inside if p.name == (_RDF, "li")], move)


def swaps_or_mirrors(move: Move) -> bool:
    """Return whether a change moves anything that is given as a share of the sides."""
    return move.turn > 1


def _dimensions(group: Group, unit: bytes, move: Move) -> Iterator[Edit]:
    if {"w", "h"} <= group.keys() and unit == b"pixel":
        yield from _put(group, ("w", "h"), move.lengths(_pair(group, "w", "h")))


def _region(group: Group, unit: bytes, move: Move) -> Iterator[Edit]:
    """A region of the Metadata Working Group: its middle and its sides."""
    in_pixels = unit == b"pixel"
    if {"x", "y"} <= group.keys() and (in_pixels or swaps_or_mirrors(move)):
        point = move.point if in_pixels else move.relative_point
        yield from _put(group, ("x", "y"), point(_pair(group, "x", "y")))
    if {"w", "h"} <= group.keys() and (in_pixels or swaps_or_mirrors(move)):
        lengths = move.lengths if in_pixels else move.relative_lengths
        yield from _put(group, ("w", "h"), lengths(_pair(group, "w", "h")))


def _boundary(text: bytes, inside: Sequence[Property], move: Move) -> Iterator[Edit]:
    """A region of IPTC: a rectangle from its corner, a circle, or the corners of a polygon."""
    units = [value(text, p) for p in inside if p.name == (_AREA, "rbUnit")]
    in_pixels = units[:1] == [b"pixel"]
    if not in_pixels and not swaps_or_mirrors(move):
        return
    point = move.point if in_pixels else move.relative_point
    for props in _groups(inside).values():
        group = _of(text, props, _AREA)
        if "rbRx" in group:
            # A share of the width, which may be another side after the turn.
            sides = Decimal(move.after[0]), Decimal(move.after[1])
            width = move.lengths((Decimal(move.before[0]), Decimal(move.before[1])))[0]
            radius = group["rbRx"][1]
            whole = move.scaled((radius, radius))[0] if in_pixels else radius * sides[0] / width
            yield from _put(group, ("rbRx",), (whole,))
        if not {"rbX", "rbY"} <= group.keys():
            continue
        corner = _pair(group, "rbX", "rbY")
        made = point(corner)
        if {"rbW", "rbH"} <= group.keys():
            wide, high = _pair(group, "rbW", "rbH")
            far = point((corner[0] + wide, corner[1] + high))
            made = min(made[0], far[0]), min(made[1], far[1])
            lengths = move.lengths if in_pixels else move.relative_lengths
            yield from _put(group, ("rbW", "rbH"), lengths((wide, high)))
        yield from _put(group, ("rbX", "rbY"), made)


def _people(text: bytes, prop: Property, move: Move) -> Iterator[Edit]:
    """A rectangle of Microsoft: left, top, width and height as shares of the sides."""
    numbers = _BOX.fullmatch(value(text, prop).strip())
    if prop.value is None or numbers is None:
        return
    x, y, wide, high = (Decimal(part.decode()) for part in numbers.groups())
    one, other = move.relative_point((x, y)), move.relative_point((x + wide, y + high))
    made = (
        min(one[0], other[0]), min(one[1], other[1]), *move.relative_lengths((wide, high)),
    )  # fmt: skip
    yield *prop.value, ", ".join(f"{number:f}" for number in made).encode()


def _subject(text: bytes, inside: Sequence[Property], move: Move) -> Iterator[Edit]:
    """Exif's SubjectArea or SubjectLocation: whole pixels."""
    numbers = [p for p in inside if p.value and re.fullmatch(rb"\d{1,6}", value(text, p))]
    values = [int(value(text, p)) for p in numbers]
    share = Fraction(move.after[0], move.before[0]), Fraction(move.after[1], move.before[1])
    scaled = pixel_tags.places(values, share)
    made = pixel_tags.turned_places(scaled, move.after, move.turn)
    for prop, number in zip(numbers, made, strict=False):
        if prop.value:
            yield *prop.value, str(number).encode()


def _calibration(text: bytes, props: Sequence[Property], move: Move) -> Iterator[Edit]:
    group = _of(text, props, _DJI)
    axes = {"CalibratedOpticalCenterX", "CalibratedOpticalCenterY"}
    if axes <= group.keys():
        names = "CalibratedOpticalCenterX", "CalibratedOpticalCenterY"
        yield from _put(group, names, move.point(_pair(group, *names)))
    if "CalibratedFocalLength" in group:
        focal = group["CalibratedFocalLength"][1]
        yield from _put(group, ("CalibratedFocalLength",), move.scaled((focal, focal))[:1])
    for prop in props:
        if prop.name == (_DJI, "DewarpData") and prop.value:
            date, _, numbers = value(text, prop).decode("latin-1").rpartition(";")
            parts = [_DECIMAL.fullmatch(part.encode("latin-1")) for part in numbers.split(",")]
            told = [Decimal(part[1].decode()) for part in parts if part]
            if len(told) == len(parts) == _PARTS_OF_DEWARP:
                made = ",".join(f"{number:f}" for number in _dewarped(told, move))
                yield *prop.value, f"{date};{made}".encode("latin-1")


def _dewarped(told: Sequence[Decimal], move: Move) -> list[Decimal]:
    """Focal lengths, the optical centre's distance from the middle, and Brown's coefficients."""
    fx, fy, cx, cy, k1, k2, p1, p2, k3 = told
    focal = [_fine(number, (fx, fy)) for number in move.lengths((fx, fy))]
    centre = [_fine(number, (cx, cy)) for number in move.distance(move.scaled((cx, cy)))]
    across, down = move.distance((p2, p1))
    return [*focal, *centre, k1, k2, down, across, k3]


def _swapped(text: bytes, props: Sequence[Property], move: Move) -> Iterator[Edit]:
    """Pixels per unit, on the sensor and on paper, across and down."""
    by_name = {p.name: p for p in props if p.value}
    for uri, name in ((_EXIF, "FocalPlane{}Resolution"), (_TIFF, "{}Resolution")):
        pair = [by_name.get((uri, name.format(axis))) for axis in "XY"]
        told = [_RATIONAL.fullmatch(value(text, prop)) if prop else None for prop in pair]
        numbers = [(int(one[1]), int(one[2])) for one in told if one]
        if len(numbers) < len(pair):
            continue
        if uri == _EXIF:
            share = [Fraction(move.after[i], move.before[i]) for i in (0, 1)]
            numbers = [pixel_tags.rational(n, s) for n, s in zip(numbers, share, strict=True)]
        if turning.swaps_axes(move.turn):
            numbers.reverse()
        for prop, (numerator, denominator) in zip(pair, numbers, strict=True):
            if prop and prop.value:
                yield *prop.value, f"{numerator}/{denominator}".encode()


def _groups(found: Sequence[Property]) -> dict[int, list[Property]]:
    """The properties of each structure."""
    groups: dict[int, list[Property]] = {}
    for prop in found:
        groups.setdefault(prop.around, []).append(prop)
    return groups


def _of(text: bytes, props: Sequence[Property], uri: str) -> Group:
    """The numbers of a schema in a structure, by name."""
    group: Group = {}
    for prop in props:
        number = _DECIMAL.fullmatch(value(text, prop)) if prop.name[0] == uri else None
        if number:
            group[prop.name[1]] = prop, Decimal(number[1].decode())
    return group


def _unit(text: bytes, props: Sequence[Property]) -> bytes:
    return next((value(text, p) for p in props if p.name[1] == "unit"), b"")


def _pair(group: Group, across: str, down: str) -> Pair:
    return group[across][1], group[down][1]


def _put(group: Group, names: Sequence[str], made: Sequence[Decimal]) -> Iterator[Edit]:
    told = [group[name][1] for name in names]
    for name, number in zip(names, made, strict=True):
        prop, before = group[name]
        if prop.value and number != before:
            yield *prop.value, f"{_fine(number, told):f}".encode()


def _fine(number: Decimal, told: Sequence[Decimal]) -> Decimal:
    """Round a number: if all were whole it is whole, else it has at least as many decimals."""
    most = max(_decimals(one) for one in told)
    decimals = min(max(_FINE, most), max(0, _decimals(number.normalize()))) if most > 0 else 0
    return number.quantize(Decimal(1).scaleb(-decimals))


def _decimals(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0
