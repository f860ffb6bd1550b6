"""What renditions are called, told from photos' names alone, and photos in the order of that. Pure.

Only formats a recipe does not accept change a name, and by an added suffix.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from heapq import heappop, heappush

from orchestration.blobs.base import BlobInfo, order
from resize_core import ADDED, name_for

Keyed = tuple[bytes, BlobInfo]
"""A row, and its place in the order of `blobs.base.order`."""

# What a photo's row says against it while another photo bears its rendition's name. A ledger's
# terms hold this, so that the photo is due again once that is over.
TAKEN = "another photo bears the name of its rendition"

_ADDED_KEY = order(ADDED)


@dataclass(frozen=True, slots=True)
class Naming:
    """What renditions are called where only formats in `accepts` are; None: as their photos are."""

    accepts: tuple[str, ...] | None = None

    def of(self, photo: str) -> str:
        """The name of a photo's rendition."""
        return name_for(photo, self.accepts)

    def other(self, photo: str) -> str:
        """The same where it is another name than the photo's own, else ''."""
        name = self.of(photo)
        return name if name != photo else ""

    def photos_of(self, rendition: str) -> tuple[str, ...]:
        """The photos whose rendition would have this name, the one that bears it first: 0 to 2."""
        candidates = (rendition, rendition.removesuffix(ADDED))
        return tuple(name for name in dict.fromkeys(candidates) if self.of(name) == rendition)

    def behind(self, start_from: str) -> Iterator[str]:
        """Yield the names, in order, before one that yet may have a rendition whose name is not.

        Such a name is how that one begins, for whatever lies between a name and the same with a
        suffix begins with it: they are looked up one by one, as many photos may lie between.
        """
        for length in range(1, len(start_from)):
            photo = start_from[:length]
            if order(self.of(photo)) >= order(start_from):
                yield photo

    def arranged(self, photos: Iterator[Keyed], admits: Callable[[str], bool]) -> Iterator[Keyed]:
        """Put photos, in order of their own names, in the order of their renditions' names.

        What waits are photos whose names the latest one begins with, so they are few. Of two
        photos for one name the one that bears it has it and comes first, unless `admits` has it
        ignored; the other's row says why it has not.
        """
        return photos if self.accepts is None else self._arranged(photos, admits)

    def _arranged(self, photos: Iterator[Keyed], admits: Callable[[str], bool]) -> Iterator[Keyed]:
        waiting: list[Keyed] = []
        for key, photo in photos:
            while waiting and waiting[0][0] < key:
                yield heappop(waiting)
            if waiting and waiting[0][0] == key:
                _, rival = heappop(waiting)
                has_it, has_not = photo, rival
                if admits(rival.name) and not admits(photo.name):
                    has_it, has_not = rival, photo
                yield key, has_it
                yield key, replace(has_not, unreadable=TAKEN)
            elif self.other(photo.name):
                heappush(waiting, (key + _ADDED_KEY, photo))
            else:
                yield key, photo
        while waiting:
            yield heappop(waiting)


def why_taken(photo: str) -> str:
    """Say of a photo whose rendition's name is taken by whom, and what to do."""
    taken = photo + ADDED
    return (
        f"its rendition would be called {taken!r}, which is another photo's name; "
        f"rename {photo!r} or {taken!r}"
    )
