"""Name files of other formats by their first bytes.

A refusal contains the kind of the file: "JPEG XL" is more useful than eight bytes in hexadecimal.
"""

import re

from resize_core.errors import NotAPhotoError, ResizeError, UnsupportedError

_LETTERS = re.DOTALL

# Pictures in formats without a decoder.
_PICTURES = tuple(
    (re.compile(pattern, _LETTERS), name)
    for pattern, name in (
        (rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (rb"\xff\x4f\xff\x51|\0\0\0\x0cjP(?:  |\x1a\x1a)\r\n\x87\n", "JPEG 2000"),
        (rb"II\xbc\x01|WMPHOTO", "JPEG XR"),
        (rb"\x8bJNG\r\n\x1a\n", "JNG"),
        (rb"\x8aMNG\r\n\x1a\n", "MNG"),
        (rb"8BPS", "Photoshop (PSD)"),
        (rb"gimp xcf", "GIMP (XCF)"),
        (rb"%!PS|\xc5\xd0\xd3\xc6", "PostScript (EPS)"),
        (rb"(?:\xef\xbb\xbf)?\s{0,64}(?:<\?xml[^>]{0,400}>.{0,4000}?)?<svg[\s>:]", "SVG"),
        (rb"....ftypcrx ", "Canon raw (CR3)"),
        (rb"II\*\0....CR\x02", "Canon raw (CR2)"),
        (rb"II....HEAPCCDR", "Canon raw (CRW)"),
        (rb"FUJIFILMCCD-RAW", "Fujifilm raw (RAF)"),
        (rb"II(?:RO|RS)|MMOR", "Olympus raw (ORF)"),
        (rb"IIU\0", "Panasonic raw (RW2)"),
        (rb"FOVb", "Sigma raw (X3F)"),
        (rb"\0MRM", "Minolta raw (MRW)"),
        (rb"....ftyp(?:j2ki|j2is)", "JPEG 2000 in HEIF"),
        (rb"....ftyp(?:jpeg|jpgs)", "JPEG in HEIF"),
        (rb"....ftyp(?:avci|avcs)", "H.264 in HEIF"),
        (rb"....ftypmif3", "HEIF of low overhead"),
        (rb"....ftyp(?:vvic|vvis)", "H.266 in HEIF"),
        (rb"\0\0[\x01\x02]\0[^\0]\0", "Windows icon (ICO)"),
        (rb"icns", "Apple icon (ICNS)"),
        (rb"DDS ", "DirectDraw surface (DDS)"),
        (rb"\x76\x2f\x31\x01", "OpenEXR"),
        (rb"#\?(?:RADIANCE|RGBE)", "Radiance (HDR)"),
        (rb"P[1-7][\s#]|P[Ff][\s]", "Netpbm (PNM)"),
        (rb"qoif", "QOI"),
        (rb"FLIF", "FLIF"),
        (rb"BPG\xfb", "BPG"),
        (rb"\x01\xda[\x00\x01][\x01\x02]", "SGI"),
        (rb"SIMPLE  =", "FITS"),
        (rb".{128}DICM", "DICOM"),
        (rb"AT&TFORM", "DjVu"),
    )
)

# Files that are not pictures, but are found among photos.
_OTHERS = tuple(
    (re.compile(pattern, _LETTERS), name)
    for pattern, name in (
        (rb"\x1f\x8b", "is compressed by gzip: unpack it, or store it without Content-Encoding"),
        (rb"BZh[1-9]", "is compressed by bzip2: unpack it"),
        (rb"\x28\xb5\x2f\xfd", "is compressed by zstd: unpack it"),
        (rb"\xfd7zXZ\0", "is compressed by xz: unpack it"),
        (rb"\x04\x22\x4d\x18", "is compressed by lz4: unpack it"),
        (rb"PK(?:\x03\x04|\x05\x06|\x07\x08)", "is a zip archive"),
        (rb"7z\xbc\xaf\x27\x1c", "is a 7-Zip archive"),
        (rb"Rar!\x1a\x07", "is a RAR archive"),
        (rb".{257}ustar", "is a tar archive"),
        (rb"%PDF", "is a PDF document"),
        (rb"....ftypqt  ", "is a QuickTime video"),
        (rb"....(?:moov|mdat|wide|free)", "is a QuickTime video"),
        (rb"....ftyp(?:M4A|M4B)", "is a sound recording (MPEG-4)"),
        (rb"....ftyp(?:isom|iso[2-9]|mp4|M4V|avc1|3g|dash|f4v|MSNV|XAVC|mmp4)", "is an MP4 video"),
        (rb"\x1a\x45\xdf\xa3", "is a Matroska or WebM video"),
        (rb"RIFF....AVI ", "is an AVI video"),
        (rb"RIFF....WAVE", "is a sound recording (WAV)"),
        (rb"\0\0\x01[\xba\xb3]", "is an MPEG video"),
        (rb"(?:G.{187}){2}G", "is an MPEG transport stream"),
        (rb"FLV\x01", "is a Flash video"),
        (rb"\x30\x26\xb2\x75", "is a Windows Media file"),
        (rb"OggS", "is an Ogg file"),
        (rb"ID3", "is a sound recording (MP3)"),
        (rb"fLaC", "is a sound recording (FLAC)"),
        (rb"\0\x05\x16[\x00\x07]", "is an AppleDouble file, which macOS writes next to a photo"),
        (rb"\0\0\0\x01Bud1", "is a .DS_Store, which macOS writes into folders"),
        (rb"\0{16}", "has only zeros at its start, as after a failed upload"),
        (rb"\s{0,64}(?i:<!doctype html|<html)", "is an HTML page"),
        (rb"\s{0,64}<\?xml", "is an XML document"),
        (rb"version https://git-lfs", "is a pointer of Git LFS: fetch the file itself"),
        (rb"\xff\xfe|\xfe\xff", "is text"),
    )
)
_ISO_MEDIA = re.compile(rb"....ftyp(....)", _LETTERS)


def refusal_of(head: bytes) -> ResizeError:
    """Return the refusal of a file with this start, which is in no supported format."""
    for pattern, name in _PICTURES:
        if pattern.match(head):
            return UnsupportedError(name, "there is no decoder for this format")
    starts = f"starts with the bytes {head[:8].hex(' ')}"
    for pattern, words in _OTHERS:
        if pattern.match(head):
            return NotAPhotoError(f"{words} (it {starts})")
    if brand := _ISO_MEDIA.match(head):
        name = brand[1].decode("latin-1").strip()
        return NotAPhotoError(f"is an ISO media file of the brand {name!a} (it {starts})")
    return NotAPhotoError(starts)


def is_foreign(head: bytes) -> bool:
    """Return whether a file that starts like a supported format is a picture in another one."""
    return any(pattern.match(head) for pattern, _ in _PICTURES)
