"""Metadata of another format, as a JPEG file carries it."""

from resize_core.formats.jpeg import segments as jpeg
from resize_core.metadata.items import COLOUR, DESCRIPTION, Item, exif_items

_APP1, _APP2 = 0xE1, 0xE2
_MOST, _ICC_PART = 65_533, 65_000


def items_of(block: bytes, profile: bytes, xmp: bytes) -> list[Item]:
    """Return an EXIF block, an ICC profile and an XMP packet as a JPEG file carries them."""
    items = (
        [exif_items(block, jpeg.exif_segment)] if 0 < len(block) <= _MOST - len(jpeg.EXIF) else []
    )
    parts = [profile[at : at + _ICC_PART] for at in range(0, len(profile), _ICC_PART)]
    chunks = [
        jpeg.ICC + bytes([i, len(parts)]) + part
        for i, part in enumerate(parts, 1)
        if len(parts) < 256  # noqa: PLR2004 - counted in one byte
    ]
    if chunks:
        items.append(
            Item("ICC profile", b"".join(jpeg.segment_of(_APP2, chunk) for chunk in chunks), COLOUR)
        )
    if 0 < len(xmp) <= _MOST - len(jpeg.XMP[0]):
        items.append(Item("XMP", jpeg.segment_of(_APP1, jpeg.XMP[0] + xmp), DESCRIPTION))
    return items
