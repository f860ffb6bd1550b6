"""How a viewer shows an AVIF or HEIC picture: its crop, and its turn as an EXIF orientation.

Source: ISO/IEC 23008-12 (HEIF), 23000-22 (MIAF): a crop comes first, then turns and mirrors in the
order of the file.
"""

from resize_core.formats.heif import Item, Meta, crop_of, read_meta
from resize_core.model import Shown

Move = tuple[int, int, int, int]
"""Where a point (x, y), seen from the picture's middle, goes: (ax + by, cx + dy)."""

# In the order of EXIF's orientations, 1 to 8.
_TURNS: tuple[Move, ...] = (
    (1, 0, 0, 1), (-1, 0, 0, 1), (-1, 0, 0, -1), (1, 0, 0, -1),
    (0, 1, 1, 0), (0, -1, 1, 0), (0, -1, -1, 0), (0, 1, -1, 0),
)  # fmt: skip
_AS_STORED, _LEFT_TO_RIGHT, _TOP_TO_BOTTOM, _ANTICLOCKWISE = (
    _TURNS[0], _TURNS[1], _TURNS[3], _TURNS[7],
)  # fmt: skip


def read_shown(head: bytes) -> Shown:
    """See `Format.read_shown`.

    The orientation of an image sequence (brand avis) is unknown: its tracks are not read.
    """
    brands = head[8 : int.from_bytes(head[:4])]
    meta = read_meta(head)
    shown = meta.items.get(meta.primary)
    if b"avis" in brands or shown is None or not _has_plain_crop(meta, shown):
        return Shown(None)
    moved = _AS_STORED
    for kind, body in shown.properties:
        if kind == b"irot":
            for _ in range(body[0] & 3 if body else 0):
                moved = _after(_ANTICLOCKWISE, moved)
        elif kind == b"imir":
            moved = _after(_LEFT_TO_RIGHT if body and body[0] & 1 else _TOP_TO_BOTTOM, moved)
    crop = crop_of(meta)
    sides = (crop[2] - crop[0], crop[3] - crop[1]) if crop else None
    return Shown(_TURNS.index(moved) + 1, sides)


def _after(then: Move, first: Move) -> Move:
    """Return both moves, one after the other, as one."""
    (a, b, c, d), (e, f, g, h) = then, first
    return a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h


def _has_plain_crop(meta: Meta, shown: Item) -> bool:
    """Return whether a crop, if there is one, is in whole pixels."""
    sides, clap = next(shown.of(b"ispe"), b"")[4:12], next(shown.of(b"clap"), b"")
    if not clap or crop_of(meta):
        return True
    one = bytes((0, 0, 0, 1))
    return clap == sides[:4] + one + sides[4:] + one + 2 * (bytes(4) + one)
