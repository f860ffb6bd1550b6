"""XMP: sides follow the pixels, nothing is announced that is not there, the rest stays."""

import hashlib
import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from resize_core import ByteBudget, Options, shrink
from resize_core.formats.jpeg import segments as jpeg
from resize_core.formats.png import structure as png
from resize_core.metadata import xmp
from tests.resize_core.sample_files import HEIGHT, WIDTH, picture, saved, turned_exif

SPACES = {
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "GPano": "http://ns.google.com/photos/1.0/panorama/",
    "GCamera": "http://ns.google.com/photos/1.0/camera/",
    "Container": "http://ns.google.com/photos/1.0/container/",
    "Item": "http://ns.google.com/photos/1.0/container/item/",
    "hdrgm": "http://ns.adobe.com/hdr-gain-map/1.0/",
    "xmpNote": "http://ns.adobe.com/xmp/note/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "stDim": "http://ns.adobe.com/xap/1.0/sType/Dimensions#",
}
SIDES = {
    "tiff:ImageWidth": str(WIDTH), "tiff:ImageLength": str(HEIGHT), "tiff:Orientation": "6",
    "exif:PixelXDimension": str(WIDTH), "exif:PixelYDimension": str(HEIGHT),
    "GPano:CroppedAreaImageWidthPixels": str(WIDTH), "GPano:FullPanoWidthPixels": str(2 * WIDTH),
    "GPano:CroppedAreaLeftPixels": "52", "GPano:CroppedAreaImageHeightPixels": str(HEIGHT),
    "xmp:Rating": "5",
}  # fmt: skip
MOTION = {
    "GCamera:MotionPhoto": "1", "GCamera:MicroVideo": "1", "GCamera:MicroVideoOffset": "9999",
    "GCamera:MotionPhotoPresentationTimestampUs": "1234", "hdrgm:Version": "1.0",
    "xmp:Rating": "5",
}  # fmt: skip
DIRECTORY = (
    "<Container:Directory><rdf:Seq><rdf:li rdf:parseType='Resource'>"
    "<Container:Item Item:Mime='image/jpeg' Item:Semantic='Primary'/></rdf:li>"
    "<rdf:li rdf:parseType='Resource'><Container:Item Item:Mime='video/mp4' "
    "Item:Semantic='MotionPhoto' Item:Length='9999'/></rdf:li></rdf:Seq></Container:Directory>"
)
WORDS = "<dc:description>GCamera:MotionPhoto=\"1\" tiff:ImageWidth='9' &lt;b&gt;</dc:description>"


def packet(values: dict[str, str], *, as_elements: bool = False, rename: str = "",
           more: str = "", quote: str = '"') -> bytes:  # fmt: skip
    spaces = {
        (prefix if prefix == "rdf" else prefix + rename): uri for prefix, uri in SPACES.items()
    }
    named = {k.replace(":", rename + ":"): v for k, v in values.items()}
    inner = "".join(f"<{k}>{v}</{k}>" for k, v in named.items()) if as_elements else ""
    own = "" if as_elements else "".join(f"\n  {k}={quote}{v}{quote}" for k, v in named.items())
    declared = " ".join(f"xmlns:{p}='{uri}'" for p, uri in spaces.items())
    for prefix in ("Container", "Item", "dc"):
        more = more.replace(f"{prefix}:", f"{prefix}{rename}:")
    text = (
        "<?xpacket begin='\ufeff' id='W5M0MpCehiHzreSzNTczkc9d'?>"
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'>"
        f"<!-- tiff:ImageWidth='7' --><rdf:RDF xmlns:rdf='{SPACES['rdf']}'>"
        f"<rdf:Description rdf:about='' {declared}{own}>{inner}{more}</rdf:Description></rdf:RDF>"
        "</x:xmpmeta>" + " " * 50 + "<?xpacket end='w'?>"
    )
    return text.encode()


def png_with(body: bytes, *, packed: bool) -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", body.decode(), zip=packed)
    return saved(picture(), "PNG", pnginfo=text)


def carriers(body: bytes) -> dict[str, bytes]:
    return {
        "JPEG": saved(picture(), "JPEG", quality=92, xmp=body),
        "WebP": saved(picture(), "WEBP", quality=90, xmp=body),
        "AVIF": saved(picture(), "AVIF", quality=90, xmp=body),
        "PNG": png_with(body, packed=False),
        "PNG packed": png_with(body, packed=True),
    }


def packet_in(data: bytes) -> str:
    image = Image.open(BytesIO(data))
    image.load()
    found = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    return found.decode() if isinstance(found, bytes) else str(found)


@pytest.mark.parametrize("carrier", ["JPEG", "WebP", "AVIF", "PNG", "PNG packed"])
@pytest.mark.parametrize("as_elements", [False, True])
@pytest.mark.parametrize("rename", ["", "Q7"])
def test_sides_follow_a_scaling_in_every_carrier_and_spelling(
    carrier: str,
    as_elements: bool,  # noqa: FBT001
    rename: str,
) -> None:
    body = packet(SIDES, as_elements=as_elements, rename=rename, more=WORDS, quote="'")
    data = carriers(body)[carrier]
    made = shrink(data, ByteBudget(len(data)), Options(max_side=WIDTH // 2, effort="balanced"))
    half = {
        k: str(int(v) // 2) for k, v in SIDES.items() if "Side" in k or "ixel" in k or "Image" in k
    }
    want = packet(SIDES | half, as_elements=as_elements, rename=rename, more=WORDS, quote="'")
    assert packet_in(made.data) == want.decode()


@pytest.mark.parametrize("choices", [{"orientation": "upright"}, {"accepts": ("jpeg",)}], ids=str)
@pytest.mark.parametrize("carrier", ["JPEG", "WebP", "PNG", "PNG packed", "AVIF"])
def test_xmp_follows_a_turn_and_a_change_of_format(choices: dict[str, Any], carrier: str) -> None:
    body = packet(SIDES)
    options: dict[str, Any] = {"exif": turned_exif()}
    if carrier.startswith("PNG"):
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", body.decode(), zip=carrier == "PNG packed")
        options["pnginfo"] = text
    else:
        options["xmp"] = body
    data = saved(picture(), carrier.partition(" ")[0].upper(), **options)
    made = shrink(data, ByteBudget(len(data) * 4), Options(effort="balanced", **choices))
    found = packet_in(made.data)
    assert 'xmp:Rating="5"' in found
    if "orientation" in choices:
        assert 'tiff:Orientation="1"' in found
        assert f'tiff:ImageWidth="{made.width}"' in found
        assert f'exif:PixelYDimension="{made.height}"' in found


@pytest.mark.parametrize("as_elements", [False, True])
@pytest.mark.parametrize("rename", ["", "Z"])
@pytest.mark.parametrize("share", [1.0, 0.5])
@pytest.mark.parametrize("choices", [{}, {"orientation": "upright"}], ids=str)
def test_a_dropped_video_is_no_longer_announced(
    as_elements: bool,  # noqa: FBT001
    rename: str,
    share: float,
    choices: dict[str, Any],
) -> None:
    body = packet(MOTION, as_elements=as_elements, rename=rename, more=DIRECTORY + WORDS)
    still = saved(picture(), "JPEG", quality=92, xmp=body, exif=turned_exif())
    video = struct.pack(">I4s4s", 24, b"ftyp", b"mp42") + bytes(9975)
    made = shrink(
        still + video, ByteBudget(int(len(still) * share)), Options(effort="balanced", **choices)
    )
    found = packet_in(made.data)
    assert "what follows the picture" in made.dropped
    assert "Rating" in found
    assert WORDS.replace("dc:", f"dc{rename}:") in found
    bare = found.replace(WORDS.replace("dc:", f"dc{rename}:"), "").split("http", 20)[-1]
    assert "MotionPhoto" not in bare
    assert "MicroVideo" not in bare
    assert "Directory" not in bare
    assert "Version" not in bare.partition("xmpmeta>")[0].replace("xmlns:", "")


def test_what_still_follows_is_still_announced() -> None:
    still = saved(picture(), "JPEG", quality=92, xmp=packet(MOTION, more=DIRECTORY))
    whole = still + bytes(100)
    assert shrink(whole, ByteBudget(len(whole))).data == whole


def extended(body: bytes, *, size: int = 300) -> list[bytes]:
    digest = hashlib.md5(body, usedforsecurity=False).hexdigest().upper().encode()
    return [
        jpeg.segment_of(
            0xE1,
            jpeg.XMP[1] + digest + struct.pack(">II", len(body), at) + body[at : at + size],
        )
        for at in range(0, len(body), size)
    ]


def joined(data: bytes) -> bytes:
    parts = [s.payload[len(jpeg.XMP[1]) :] for s in jpeg.segments(data)
             if s.payload.startswith(jpeg.XMP[1])]  # fmt: skip
    parts.sort(key=lambda part: part[36:40])
    return b"".join(part[40:] for part in parts)


def with_extension(order: int = 1) -> bytes:
    body = packet(SIDES, more="<dc:long>" + "x" * 2_000 + "</dc:long>")
    digest = hashlib.md5(body, usedforsecurity=False).hexdigest().upper()
    main = packet({"xmpNote:HasExtendedXMP": digest, "xmp:Rating": "5"})
    parts = [jpeg.segment_of(0xE1, jpeg.XMP[0] + main), jpeg.segment_of(0xFE, b"a comment"),
             *extended(body)[::order]]  # fmt: skip
    data = saved(picture(), "JPEG", quality=92)
    return data[:2] + b"".join(parts) + data[2:]


@pytest.mark.parametrize("order", [1, -1])
def test_an_extension_follows_a_scaling_and_its_digest_follows_it(order: int) -> None:
    data = with_extension(order)
    made = shrink(data, ByteBudget(len(data)), Options(max_side=WIDTH // 2))
    whole = joined(made.data)
    digest = hashlib.md5(whole, usedforsecurity=False).hexdigest().upper()
    assert f'tiff:ImageWidth="{WIDTH // 2}"'.encode() in whole
    assert f'xmpNote:HasExtendedXMP="{digest}"' in packet_in(made.data)
    assert made.dropped == ()


def test_a_dropped_extension_is_no_longer_announced() -> None:
    data = with_extension()
    made = shrink(data, ByteBudget(3_500))
    assert "extended XMP" in made.dropped
    assert joined(made.data) == b""
    assert "HasExtendedXMP" not in packet_in(made.data)
    upright = saved(picture(), "JPEG", exif=turned_exif())
    both = upright[:2] + data[2 : data.index(b"\xff\xdb")] + upright[2:]
    turned = shrink(both, ByteBudget(len(both) * 2), Options(orientation="upright"))
    assert "extended XMP" in turned.dropped
    assert "HasExtendedXMP" not in packet_in(turned.data)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_other_encodings_stay_what_they_were(encoding: str) -> None:
    text = packet(SIDES).decode()
    made = xmp.resized(text.encode(encoding), (WIDTH, HEIGHT), (WIDTH // 2, HEIGHT // 2))
    assert f'tiff:ImageWidth="{WIDTH // 2}"' in made.decode(encoding)


HOSTILE = {
    "entities": b"<!DOCTYPE a [<!ENTITY b 'c'><!ENTITY d '&b;&b;&b;'>]><a>&d;</a>",
    "external": b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
    "deep": b"<a>" * 100_000,
    "deep and whole": b"<a>" * 1_000 + b"</a>" * 1_000,
    "twice": b"<a " + b"x='1' " * 50_000 + b"/>",
    "open quotes": b"<a>" + b"<b c='" * 100_000,
    "cut": packet(SIDES)[:-200],
    "nothing": b"",
    "zeros": bytes(1_000),
    "no text": bytes(range(256)) * 9,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_packet_that_is_none_stays_as_it_is(name: str) -> None:
    body = HOSTILE[name]
    assert xmp.resized(body, (4000, 3000), (400, 300)) == body
    assert xmp.without_followers(body) == body
    assert xmp.upright(body, (9, 9), 6) == body


def test_a_packed_packet_of_too_many_bytes_stays_as_it_is() -> None:
    bomb = zlib.compress(bytes(40_000_000), 9)
    body = b"XML:com.adobe.xmp\0\1\0\0\0" + bomb
    chunk = struct.pack(">I", len(body)) + b"iTXt" + body
    chunk += struct.pack(">I", zlib.crc32(b"iTXt" + body))
    plain = saved(picture(), "PNG")
    data = plain[:33] + chunk + plain[33:]
    assert png.with_xmp(chunk, lambda packet: packet + b"!") == chunk
    assert len(data) > len(plain)
