"""Files of kinds we do not read are refused by the name of what they are, and never as broken."""

import gzip

import pytest

from resize_core import (
    ByteBudget,
    NotAPhotoError,
    Options,
    ResizeError,
    UnsupportedError,
    decode,
    probe,
    shrink,
)
from tests.resize_core.sample_files import picture, sample, saved

PICTURES = {
    "JPEG XL codestream": (b"\xff\x0a\xfa\x7f\x90\x0f", "JPEG XL"),
    "JPEG XL container": (b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl \0\0\0\0", "JPEG XL"),
    "JPEG 2000 codestream": (b"\xff\x4f\xff\x51\0\x2f", "JPEG 2000"),
    "JPEG 2000 file": (b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 ", "JPEG 2000"),
    "JPEG XR": (b"II\xbc\x01\x20\0\0\0", "JPEG XR"),
    "PSD": (b"8BPS\0\1", "Photoshop"),
    "EPS": (b"%!PS-Adobe-3.0 EPSF-3.0\n", "EPS"),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
    "SVG with a declaration": (b'<?xml version="1.0"?>\n<!-- a --><svg width="9"/>', "SVG"),
    "CR3": (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "CR3"),
    "CR2": (b"II*\0\x10\0\0\0CR\x02\0", "CR2"),
    "RAF": (b"FUJIFILMCCD-RAW 0201", "RAF"),
    "ORF": (b"IIRO\x08\0\0\0", "ORF"),
    "RW2": (b"IIU\0\x18\0\0\0", "RW2"),
    "X3F": (b"FOVb\0\0", "X3F"),
    "MRW": (b"\0MRM\0\0", "MRW"),
    "JPEG 2000 in HEIF": (b"\0\0\0\x18ftypj2ki\0\0\0\0", "JPEG 2000"),
    "HEIF of low overhead": (b"\0\0\0\x10ftypmif3\0\0\0\0", "low overhead"),
    "H.266 in HEIF": (b"\0\0\0\x18ftypvvic\0\0\0\0", "H.266"),
    "ICO": (b"\0\0\1\0\1\0\x10\x10", "ICO"),
    "OpenEXR": (b"\x76\x2f\x31\x01\2\0\0\0", "OpenEXR"),
    "PNM": (b"P6\n640 480\n255\n", "PNM"),
    "QOI": (b"qoif\0\0\2\x80", "QOI"),
    "DICOM": (bytes(128) + b"DICM", "DICOM"),
}
OTHERS = {
    "gzip of a JPEG": (gzip.compress(sample("jpeg")), "gzip"),
    "zip": (b"PK\x03\x04\x14\0", "zip"),
    "bzip2": (b"BZh91AY&SY", "bzip2"),
    "zstd": (b"\x28\xb5\x2f\xfd\x24", "zstd"),
    "xz": (b"\xfd7zXZ\0\0\x04", "xz"),
    "PDF": (b"%PDF-1.7\n", "PDF"),
    "MP4": (b"\0\0\0\x18ftypisom\0\0\2\0", "MP4"),
    "QuickTime": (b"\0\0\0\x14ftypqt  \0\0\0\0", "QuickTime"),
    "Matroska": (b"\x1a\x45\xdf\xa3\xa3", "Matroska"),
    "AVI": (b"RIFF\0\0\0\0AVI LIST", "AVI"),
    "AppleDouble": (b"\0\x05\x16\x07\0\2\0\0Mac OS X", "AppleDouble"),
    "zeros": (bytes(64), "zeros"),
    "HTML": (b"<!DOCTYPE html><title>404", "HTML"),
    "unknown brand": (b"\0\0\0\x18ftyptest\0\0\0\0", "test"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_other_formats_are_refused_by_name(name: str) -> None:
    head, words = PICTURES[name]
    for tries in (probe, lambda data: shrink(data, ByteBudget(9)), decode):
        with pytest.raises(UnsupportedError) as refused:
            tries(head + bytes(600))
        assert words in str(refused.value)
        assert "broken" not in str(refused.value)


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_picture_is_named(name: str) -> None:
    head, words = OTHERS[name]
    with pytest.raises(NotAPhotoError, match=words):
        shrink(head + bytes(600), ByteBudget(9))


@pytest.mark.parametrize("brand", [b"mif1", b"msf1", b"miaf"])
def test_avif_under_a_common_brand_is_read(brand: bytes) -> None:
    data = saved(picture(), "AVIF", quality=90)
    assert data[8:12] == b"avif"
    assert b"avif" in data[16:40]
    common = data[:8] + brand + data[12:]
    assert probe(common).format.name == "AVIF"
    if brand != b"miaf":  # which Pillow's reader does not know, though the format does
        assert len(shrink(common, ByteBudget(len(data) // 2)).data) <= len(data) // 2


@pytest.mark.parametrize("budget", [100, 400])
def test_a_refused_heic_photo_names_the_setting_that_helps(budget: int) -> None:
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0\0\0\x24meta" + bytes(4)
    heic += b"\0\0\0\x14ispe\0\0\0\0" + (640).to_bytes(4, "big") + (480).to_bytes(4, "big")
    heic += bytes(500)
    with pytest.raises(ResizeError) as refused:
        shrink(heic, ByteBudget(budget))
    words = str(refused.value)
    assert "HEIC" in words
    assert "can be read but not written" in words
    assert "accepts" in words
    assert "cannot be decoded" not in words


@pytest.mark.parametrize("sides", [(65_501, 2), (2, 65_501), (65_500, 2)])
def test_a_photo_with_sides_beyond_jpeg_is_refused(sides: tuple[int, int]) -> None:
    data = saved(picture("L").resize(sides), "PNG")
    if max(sides) <= 65_500:
        assert (
            shrink(data, ByteBudget(500_000), Options(accepts=("jpeg",), max_aspect=10**6)).width
            == sides[0]
        )
        return
    with pytest.raises(UnsupportedError, match="65,500"):
        shrink(data, ByteBudget(500_000), Options(accepts=("jpeg",), max_aspect=10**6))


def test_avif_of_boxes_its_decoder_does_not_read_is_not_called_broken() -> None:
    data = saved(picture(), "AVIF", quality=90)
    odd = data.replace(b"ipma", b"ipmx")
    assert odd != data
    with pytest.raises(UnsupportedError, match="AVIF"):
        shrink(odd, ByteBudget(len(data) // 2))


@pytest.mark.parametrize("choices", [{"accepts": ("jpeg",)}, {"orientation": "upright"}])
def test_heif_of_brands_its_decoder_does_not_know_is_not_called_broken(
    choices: dict[str, str],
) -> None:
    heif = b"\0\0\0\x18ftypmif1\0\0\0\0mif1unci" + b"\0\0\0\x24meta" + bytes(4)
    heif += b"\0\0\0\x14ispe\0\0\0\0" + (640).to_bytes(4, "big") + (480).to_bytes(4, "big")
    with pytest.raises(UnsupportedError, match="HEIC"):
        shrink(heif + bytes(500), ByteBudget(10_000), Options(**choices))  # type: ignore[arg-type] # written out above
