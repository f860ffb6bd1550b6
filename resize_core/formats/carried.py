"""What a photo carries beside its picture, EXIF, colour profile and XMP, by name."""

from resize_core.formats.gif import structure as gif
from resize_core.formats.jpeg import segments as jpeg
from resize_core.formats.png import structure as png
from resize_core.formats.webp import structure as webp

# What goes along when pixels change, or is told of by itself.
_GOES_ALONG = frozenset(
    {"EXIF", "thumbnail", "orientation", "ICC profile", "colour profile", "XMP"}
)


def beside(data: bytes, format_name: str) -> tuple[str, ...]:
    """Name what is left behind where a photo is developed: turned, converted or transcoded."""
    names: list[str] = []
    match format_name:
        case "JPEG":
            names += [item.name for item in jpeg.metadata(data)]
            names += jpeg.not_carried(data)
            if any(s.payload.startswith(jpeg.XMP[1]) for s in jpeg.segments(data)):
                names.append("extended XMP")
        case "PNG":
            names += [item.name for item in png.metadata(data)]
            names += png.beside(data)
            if png.is_deep_colour(data):
                names.append("16-bit depth")
        case "WebP":
            names += webp.beside(data)
        case "GIF":
            return gif.beside(data)
    return tuple(name for name in dict.fromkeys(names) if name not in _GOES_ALONG)
