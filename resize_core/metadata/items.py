"""The metadata of a photo, and the order in which it is dropped if the budget is too small."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from resize_core.metadata import exif


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of metadata as the format stores it.

    `rank` is the order of dropping: higher ones first, negative ones last. `lesser` is kept when it
    is dropped: EXIF without its thumbnail, or the orientation only.
    """

    name: str
    data: bytes
    rank: int
    lesser: "Item | None" = None


COLOUR, CAMERA, DESCRIPTION, OTHER = range(4)
TURN = -1
# What is kept when pixels change, or is named by itself.
_GOES_ALONG = frozenset(
    {"EXIF", "thumbnail", "orientation", "ICC profile", "colour profile", "XMP"}
)


def left_behind_of(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names, each once, of what is dropped when pixels change."""
    return tuple(name for name in dict.fromkeys(names) if name not in _GOES_ALONG)


def exif_items(block: bytes, wrap: Callable[[bytes], bytes]) -> Item:
    """Return an EXIF block with its lesser forms, each wrapped as its format stores it."""
    bare, turn = exif.without_thumbnail(block), exif.only_orientation(block)
    last = Item("orientation", wrap(turn), TURN) if turn else None
    camera = Item("EXIF", wrap(bare), CAMERA, last)
    return Item("thumbnail", wrap(block), OTHER, camera) if bare != block else camera


def keep(items: Iterable[Item], at_most: int) -> tuple[tuple[Item, ...], tuple[str, ...]]:
    """Return the items that fit into a number of bytes, in their order, and the names of the rest.

    Whole items are dropped, the least needed first, and the largest first among equals.
    """
    kept = list(items)
    dropped: list[str] = []
    while kept and sum(len(item.data) for item in kept) > at_most:
        goes = max(kept, key=lambda item: (item.rank, len(item.data)))
        at = kept.index(goes)
        kept[at : at + 1] = [goes.lesser] if goes.lesser else []
        dropped.append(goes.name)
    return tuple(kept), tuple(dict.fromkeys(dropped))
