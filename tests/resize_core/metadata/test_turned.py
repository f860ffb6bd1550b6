"""Positions in the picture, wherever a photo contains them, are right after it was turned."""

import re
import struct
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageOps, TiffImagePlugin

from resize_core import ByteBudget, Options, shrink
from resize_core.formats.jpeg import segments as jpeg
from resize_core.metadata import photoshop, xmp
from tests.resize_core.formats.tiff.written_tiffs import Row
from tests.resize_core.metadata.test_exif import block
from tests.resize_core.metadata.test_xmp import png_with
from tests.resize_core.sample_files import HEIGHT, WIDTH, picture, saved

LEFT, TOP, WIDE, HIGH = 104, 26, 52, 38
MIDDLE = LEFT + WIDE // 2, TOP + HIGH // 2
TURNS = range(1, 9)
CARRIERS = ["JPEG", "PNG", "WEBP", "TIFF"]
_REGIONS = """
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"
 xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
 xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#"
 xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#"
 xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:I="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmlns:dji="http://www.dji.com/drone-dji/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 tiff:XResolution="300/1" tiff:YResolution="150/1"
 exif:FocalPlaneXResolution="4000/1" exif:FocalPlaneYResolution="2000/1"
 dji:CalibratedFocalLength="3666.5" dji:CalibratedOpticalCenterX="{cx}"
 dji:CalibratedOpticalCenterY="{cy}"
 dji:DewarpData="2020-01-02;3000.5,4000.5,{dx},{dy},-0.26,0.1,0.001,0.002,-0.03">
<mwg-rs:Regions rdf:parseType="Resource">
<mwg-rs:AppliedToDimensions stDim:w="{w}" stDim:h="{h}" stDim:unit="pixel"/>
<mwg-rs:RegionList><rdf:Bag>
<rdf:li><mwg-rs:Area stArea:x="{mx}" stArea:y="{my}" stArea:w="{rw}" stArea:h="{rh}"
 stArea:unit="normalized"/></rdf:li></rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>
<MPReg:Rectangle>{rl}, {rt}, {rw}, {rh}</MPReg:Rectangle>
<I:RegionBoundary I:rbShape="rectangle" I:rbUnit="relative" I:rbX="{rl}" I:rbY="{rt}"
 I:rbW="{rw}" I:rbH="{rh}"/>
<I:RegionBoundary I:rbShape="circle" I:rbUnit="relative" I:rbX="{mx}" I:rbY="{my}"
 I:rbRx="{radius}"/>
<I:RegionBoundary I:rbShape="polygon" I:rbUnit="pixel"><I:rbVertices><rdf:Seq>
<rdf:li I:rbX="{left}" I:rbY="{top}"/><rdf:li I:rbX="{right}" I:rbY="{bottom}"/>
</rdf:Seq></I:rbVertices></I:RegionBoundary>
<exif:SubjectArea><rdf:Seq><rdf:li>{cx}</rdf:li><rdf:li>{cy}</rdf:li><rdf:li>{wide}</rdf:li>
<rdf:li>{high}</rdf:li></rdf:Seq></exif:SubjectArea>
{thumbnails}</rdf:Description></rdf:RDF></x:xmpmeta>"""
_THUMBNAILS = '<xmp:Thumbnails><rdf:Alt><rdf:li xmp:image="/9j/"/></rdf:Alt></xmp:Thumbnails>'


def marked() -> Image.Image:
    """A dark picture with one white box, which is where all metadata points."""
    image = Image.new("RGB", (WIDTH, HEIGHT), (20, 30, 40))
    image.paste((255, 255, 255), (LEFT, TOP, LEFT + WIDE, TOP + HIGH))
    return image


def described(box: tuple[int, int, int, int], sides: tuple[int, int], more: str = "") -> bytes:
    """XMP that points at a box of a picture of these sides, in every way."""
    left, top, right, bottom = box
    (w, h), wide, high = sides, right - left, bottom - top
    return _REGIONS.format(
        left=left, top=top, right=right, bottom=bottom, wide=wide, high=high, w=w, h=h,
        cx=left + wide // 2, cy=top + high // 2, mx=(left + wide / 2) / w, my=(top + high / 2) / h,
        rl=left / w, rt=top / h, rw=wide / w, rh=high / h, radius=10 / w, dx=0, dy=0,
        thumbnails=more,
    ).encode()  # fmt: skip


def numbers(packet: bytes) -> list[float]:
    return [float(n) for n in re.findall(r'[">;,/ ](-?\d+\.?\d*)(?=["<,;/])', packet.decode())]


def box_in(image: Image.Image) -> tuple[int, int, int, int]:
    found = image.convert("L").point(lambda v: 255 * (v > 140)).getbbox()
    assert found
    return found


def carried(name: str, packet: bytes, block_of_exif: bytes) -> bytes:
    image, exif_data = marked(), b"Exif\0\0" + block_of_exif
    if name == "PNG":
        plain = png_with(packet, packed=False)
        at = plain.index(b"iTXt") - 4
        size = int.from_bytes(plain[at : at + 4]) + 12
        made = saved(image, "PNG", exif=exif_data)
        return made[:33] + plain[at : at + size] + made[33:]
    if name == "TIFF":
        tags = Image.Exif()
        tags.load(exif_data)
        inner = tags.get_ifd(ExifTags.IFD.Exif)
        info = TiffImagePlugin.ImageFileDirectory_v2()
        info[0x0112], info[700], info[0x8769] = tags[0x0112], packet, dict(inner)
        return saved(image, "TIFF", tiffinfo=info)
    return saved(image, name, quality=90, exif=exif_data, xmp=packet)


def turned_block(turn: int) -> bytes:
    more: tuple[Row, ...] = (
        (0x9214, 3, [*MIDDLE, WIDE, HIGH]), (0xA214, 3, [*MIDDLE]),
        (0xA20E, 5, [4000, 1]), (0xA20F, 5, [2000, 1]),
    )  # fmt: skip
    whole = bytearray(block(more=more))
    at = whole.index(struct.pack("<HHI", 0x0112, 3, 1)) + 8
    whole[at] = turn
    return bytes(whole)


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("name", CARRIERS)
def test_positions_in_exif_and_xmp_are_where_the_subject_is(name: str, turn: int) -> None:
    box = LEFT, TOP, LEFT + WIDE, TOP + HIGH
    data = carried(name, described(box, (WIDTH, HEIGHT)), turned_block(turn))
    made = shrink(data, ByteBudget(200_000), Options(orientation="upright"))
    image = Image.open(BytesIO(made.data))
    image.load()
    found = box_in(image)
    expected = Image.new("L", (WIDTH, HEIGHT))
    expected.paste(255, box)
    expected.getexif()[0x0112] = turn
    assert np.allclose(found, box_in(ImageOps.exif_transpose(expected)), atol=2)
    inner = image.getexif().get_ifd(ExifTags.IFD.Exif)
    left, top, right, bottom = found
    middle = (left + right) / 2, (top + bottom) / 2
    assert np.allclose(inner[0x9214], (*middle, right - left, bottom - top), atol=3)
    assert np.allclose(inner[0xA214], middle, atol=3)
    on_its_side = turn >= 5
    assert (inner[0xA20E] < inner[0xA20F]) == on_its_side
    assert (inner[0xA002], inner[0xA003]) == image.size
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    packet = packet if isinstance(packet, bytes) else packet.encode()
    assert_it_points_at(packet, box_in(ImageOps.exif_transpose(expected)), image.size)


def assert_it_points_at(
    packet: bytes,
    box: tuple[int, int, int, int],
    sides: tuple[int, int],
    radius: float = 10,
) -> None:
    text, (w, h) = packet.decode(), sides
    left, top, right, bottom = box

    def told(*names: str) -> list[float]:
        found = [re.search(rf'{name}="([^"]*)"', text) for name in names]
        return [float(one[1]) if one else -1.0 for one in found]

    middle = (left + right) / 2, (top + bottom) / 2
    share = middle[0] / w, middle[1] / h, (right - left) / w, (bottom - top) / h
    assert np.allclose(told("stArea:x", "stArea:y", "stArea:w", "stArea:h"), share, atol=1e-6)
    corner = left / w, top / h, *share[2:]
    rectangle = re.search(r"Rectangle>([^<]*)", text)
    assert rectangle
    assert np.allclose([float(n) for n in rectangle[1].split(",")], corner, atol=1e-6)
    assert np.allclose(told("I:rbX", "I:rbY", "I:rbW", "I:rbH"), corner, atol=1e-6)
    assert np.allclose(told("I:rbRx")[0] * w, radius, atol=0.1)
    vertices = np.array(re.findall(r'<rdf:li I:rbX="([\d.]+)" I:rbY="([\d.]+)"', text), float)
    assert np.allclose(sorted(vertices[:, 0]), (left, right))
    assert np.allclose(sorted(vertices[:, 1]), (top, bottom))
    assert told("stDim:w", "stDim:h") == [w, h]
    centre = told("dji:CalibratedOpticalCenterX", "dji:CalibratedOpticalCenterY")
    assert np.allclose(centre, middle, atol=1)
    area = [int(n) for n in re.findall(r"<rdf:li>(\d+)<", text)]
    assert np.allclose(area, (*middle, right - left, bottom - top), atol=1)


def test_a_packet_that_was_turned_there_and_back_is_what_it_was() -> None:
    body = described((LEFT, TOP, LEFT + WIDE, TOP + HIGH), (WIDTH, HEIGHT))
    back = {6: 8, 8: 6}
    for turn in TURNS[1:]:
        once = xmp.upright(body, (HEIGHT, WIDTH) if turn >= 5 else (WIDTH, HEIGHT), turn)
        assert once != body
        again = xmp.upright(once, (WIDTH, HEIGHT), back.get(turn, turn))
        # A box of whole pixels has no pixel in its middle: one moves to the next one.
        assert np.allclose(numbers(again), numbers(body), atol=1.001, rtol=1e-5)
        assert re.sub(rb"\d[\d.]*", b"", again.replace(b"-0,", b"0,")) == re.sub(
            rb"\d[\d.]*", b"", body
        )


def test_the_centre_of_a_lens_and_its_errors_turn_with_the_pixels() -> None:
    body = described((0, 0, 8, 8), (WIDTH, HEIGHT)).replace(b",0,0,-0.26", b",-7.5,3.25,-0.26")
    made = xmp.upright(body, (HEIGHT, WIDTH), 6)
    # A quarter clockwise: what was right is below, and what was below is left.
    assert b"2020-01-02;4000.5,3000.5,-3.25,-7.5,-0.26,0.1,0.002,-0.001,-0.03" in made


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_a_scaled_photo_has_the_calibration_of_its_pixels(share: float) -> None:
    box = LEFT, TOP, LEFT + WIDE, TOP + HIGH
    data = carried("JPEG", described(box, (WIDTH, HEIGHT)), turned_block(1))
    made = shrink(data, ByteBudget(200_000), Options(max_side=round(WIDTH * share)))
    small = tuple(round(side * share) for side in box)
    packet = Image.open(BytesIO(made.data)).info["xmp"]
    assert_it_points_at(packet, small, (made.width, made.height), 10 * share)  # type: ignore[arg-type]
    text = packet.decode()
    assert f'CalibratedFocalLength="{3666.5 * share:g}"' in text
    assert f";{3000.5 * share:g},{4000.5 * share:g}," in text
    assert f'exif:FocalPlaneXResolution="{round(4000 * share)}/1"' in text
    assert 'tiff:XResolution="300/1"' in text


@pytest.mark.parametrize("number", ["1e99", "1e-99", "9" * 12, "9" * 40, "1e9", "0", "nan", "1/0"])
def test_senseless_numbers_do_not_refuse_a_photo(number: str) -> None:
    whole = described((0, 0, 8, 8), (WIDTH, HEIGHT))
    places = [found.span() for found in re.finditer(rb"(?<=[\">;, ])-?[\d./]+(?=[\"<, ])", whole)]
    assert len(places) > 30
    for start, end in places:
        packet = whole[:start] + number.encode() + whole[end:]
        for turn in (1, 6):
            made = xmp.upright(packet, (WIDTH, HEIGHT), turn)
            assert made.startswith(whole[:60])
        made = xmp.resized(packet, (WIDTH, HEIGHT), (WIDTH // 3, HEIGHT // 3))
        assert len(made) < len(packet) + 200


def resources(*numbers_of: int) -> bytes:
    return b"".join(
        b"8BIM" + struct.pack(">H", number) + b"\x03abc" + struct.pack(">I", 5) + b"bytes\0"
        for number in numbers_of
    )


def photoshop_segments(body: bytes, parts: int) -> bytes:
    step = -(-len(body) // parts)
    return b"".join(
        jpeg.segment_of(0xED, b"Photoshop 3.0\0" + body[at : at + step])
        for at in range(0, len(body), step)
    )


@pytest.mark.parametrize("parts", [1, 3])
@pytest.mark.parametrize("choices", [{"orientation": "upright"}, {"max_side": 60}], ids=str)
def test_thumbnails_of_other_programs_do_not_show_the_unturned_picture(
    choices: dict[str, Any], parts: int
) -> None:
    whole = carried("JPEG", described((0, 0, 8, 8), (WIDTH, HEIGHT), _THUMBNAILS), turned_block(6))
    data = whole[:2] + photoshop_segments(resources(1028, 1036, 1061), parts) + whole[2:]
    made = shrink(data, ByteBudget(200_000), Options(**choices))
    kept = b"".join(
        s.payload[14:] for s in jpeg.segments(made.data) if s.payload.startswith(b"Photoshop")
    )
    turned = "orientation" in choices
    assert kept == resources(1028, 1061) if turned else resources(1028, 1036, 1061)
    assert (b"Thumbnails" in made.data) != turned
    assert ("thumbnail" in made.dropped) == turned


@pytest.mark.parametrize("body", [b"", b"8BIM", resources(1036)[:-4], b"no resources", bytes(40)])
def test_resources_that_cannot_be_read_stay(body: bytes) -> None:
    assert photoshop.without_thumbnail(body) == body


def test_an_unturned_photo_keeps_its_thumbnails() -> None:
    image = picture()
    packet = described((0, 0, 8, 8), image.size, _THUMBNAILS)
    data = saved(image, "PNG")
    assert xmp.upright(packet, image.size, 1) == packet
    assert shrink(data, ByteBudget(len(data))).data == data
