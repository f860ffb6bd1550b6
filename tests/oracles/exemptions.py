"""Fields that may differ: they describe the file, or what was asked to change."""

import re
from typing import Any

from resize_core import Rendition

# How the file lies on the disk, how its pixels are coded, and what exiftool computes from both.
_OF_THE_FILE = re.compile(
    r"SourceFile$|(System|Composite|ExifTool|File)(:Copy\d+)?:(?!Comment)"
    r"|Adobe:|APP14:|Frame\w*:|QuickTime:|Meta:|ItemList|Track\d*:|JFIF:JFIFVersion"
    r"|PNG(:Copy\d+)?:(BitDepth|ColorType|Compression|Filter|Interlace|Palette\w*|Transparency"
    r"|ImageWidth|ImageHeight|AnimationFrames|BackgroundColor|SignificantBits)"
    r"|RIFF:(ImageWidth|ImageHeight|WebP_Flags|HorizontalScale|VerticalScale|VP8\w*|Alpha\w*"
    r"|FrameCount|Duration|BackgroundColor|ImageRotation)"
    r"|GIF:(?!Comment|.*XMP)|IFD0:XMP$|IFD0:ICC_Profile"
    r"|\w+:(Copy\d+:)?(BitsPerSample|Compression|Strip\w*|Tile\w*|RowsPerStrip|Predictor"
    r"|PlanarConfiguration|PhotometricInterpretation|SamplesPerPixel|YCbCr\w*|JPEGTables|FillOrder"
    r"|ExtraSamples|SampleFormat|ColorMap|ReferenceBlackWhite|SubfileType|OldSubfileType"
    r"|FreeOffsets|FreeByteCounts|T4Options|T6Options|GrayResponse\w*|Thresholding|PixelFormat"
    r"|M(in|ax)SampleValue|CompressedBitsPerPixel|JPEGProc|ImageByteCount|ImageOffset"
    r"|ThumbnailOffset|ImageDataSize|ImageDataOffset)$"
)
_SIDES = re.compile(r":((Exif)?Image(Width|Height|Length)|RelatedImage\w+|PixelXDimension)$")
_OF_SIDES = re.compile(
    r"GeoTiff|IFD0:(ModelTransform|PixelScale|ModelTiePoint)|GPano|Region|FocalPlane"
    r"|[XY]Resolution|PixelsPerUnit"
)
_OF_COLOUR = re.compile(
    r"ICC|PNG:(Gamma|SRGB|White|Red|Gre|Blu|Profile)|PNG-cICP|.*ColorSpace|.*Interop"
    r"|XMP-photoshop:ICC"
)
# What became a profile, or is what everybody assumes; the picture is compared.
_AS_PROFILE = re.compile(r"PNG:(ProfileName|SRGBRendering|Gamma|(White|Red|Green|Blue)\w*)$")


def is_exempt(key: str, value: object, made: Rendition, choices: dict[str, Any]) -> bool:
    """Return whether a field may differ or be gone without a word."""
    scaled = (made.width, made.height) != (made.source_width, made.source_height)
    # Boxes turn pictures of these two; what another format gets of them stands upright.
    boxed = made.source_format.name in {"AVIF", "HEIC"} and made.format != made.source_format
    turned = choices.get("orientation") == "upright" or boxed
    if made.format != made.source_format and _AS_PROFILE.match(key):
        return True
    if value == 1 and key.endswith("Orientation"):
        return True
    return bool(
        _OF_THE_FILE.match(key)
        or (turned and key.endswith("Orientation"))
        or ((turned or scaled or made.format != made.source_format) and _SIDES.search(key))
        or (scaled and (_OF_SIDES.search(key) or str(value).startswith('{"shape"')))
        or (choices.get("colour") == "srgb" and _OF_COLOUR.match(key))
    )
