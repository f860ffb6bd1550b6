"""JPEG: every sampling and coding, segments in any order and number, what follows the picture."""

import struct
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import content
from tests.oracles.ways import WAYS, Way, check, drawn

_SOI, _EOI = b"\xff\xd8", b"\xff\xd9"


def segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


@cache
def _coded(mode: str, sampling: str, restart: int, *, progressive: bool, keep_rgb: bool) -> bytes:
    options = {"subsampling": sampling} if mode == "RGB" and not keep_rgb else {}
    return content.saved(
        content.image(mode), "JPEG", quality=95, progressive=progressive,
        restart_marker_blocks=restart, keep_rgb=keep_rgb and mode == "RGB", **options,
    )  # fmt: skip


def _without_applications(file: bytes) -> tuple[bytes, bytes]:
    """Part a file into the segments that tell how its colours are stored, and the rest."""
    at, colours = 2, b""
    while file[at + 1] >= 0xE0:
        end = at + 2 + int.from_bytes(file[at + 2 : at + 4])
        colours, at = colours + file[at:end], end
    return colours, file[at:]


def icc_segments(profile: bytes, parts: int) -> list[bytes]:
    step = -(-len(profile) // parts)
    pieces = [profile[i : i + step] for i in range(0, len(profile), step)]
    return [
        segment(0xE2, b"ICC_PROFILE\0" + bytes([i + 1, len(pieces)]) + piece)
        for i, piece in enumerate(pieces)
    ]


def photoshop(iptc: bytes) -> bytes:
    body = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(iptc)) + iptc + bytes(len(iptc) % 2)
    return segment(0xED, b"Photoshop 3.0\0" + body)


def extended_xmp() -> list[bytes]:
    guid = b"0123456789ABCDEF0123456789ABCDEF"
    more = content.XMP.replace(b'xmp:Rating="4"', b'xmp:Label="' + b"x" * 900 + b'"')
    main = content.XMP.replace(
        b'xmp:Rating="4"',
        b'xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmpNote:HasExtendedXMP="' + guid + b'"',
    )
    head = b"http://ns.adobe.com/xmp/extension/\0" + guid + struct.pack(">I", len(more))
    half = len(more) // 2
    return [segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + main)] + [
        segment(0xE1, head + struct.pack(">I", start) + more[start:end])
        for start, end in ((0, half), (half, len(more)))
    ]


@st.composite
def files(draw: st.DrawFn) -> bytes:
    mode = draw(st.sampled_from(["RGB", "RGB", "RGB", "L", "CMYK"]))
    file = _coded(
        mode,
        draw(st.sampled_from(["4:4:4", "4:2:2", "4:2:0"])),
        draw(st.sampled_from([0, 0, 1, 5])),
        progressive=draw(st.booleans()),
        keep_rgb=draw(st.booleans()) and draw(st.booleans()),
    )
    colours, rest = _without_applications(file)
    groups: list[list[bytes]] = []
    if draw(st.booleans()):
        groups.append([segment(0xE1, b"Exif\0\0" + draw(content.exif_blocks()))])
    if mode == "RGB" and draw(st.booleans()):
        kind = draw(st.sampled_from(["sRGB", "swapped"]))
        groups.append(icc_segments(content.profile(kind), draw(st.integers(1, 3))))
    match draw(st.integers(0, 3)):
        case 0:
            groups.append([segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + content.XMP)])
        case 1:
            groups.append(extended_xmp())
    if draw(st.booleans()):
        groups.append([photoshop(content.IPTC)])
    groups += [
        [segment(0xFE, text)]
        for text in draw(st.lists(st.sampled_from([b"one", b"two two"]), max_size=2))
    ]
    groups += [
        [segment(marker, b"OWN\0" + bytes(9))]
        for marker in draw(st.lists(st.sampled_from([0xE4, 0xEB]), max_size=2))
    ]
    ordered = draw(st.permutations(groups))
    trailer = draw(st.sampled_from([b"", b"", bytes(9), b"SEFH and what else makers write"]))
    return _SOI + colours + b"".join(b"".join(group) for group in ordered) + rest + trailer


@drawn(200)
@given(data=files(), way=WAYS)
def test_jpeg(data: bytes, way: Way) -> None:
    check(data, way)
