"""Names of renditions from names of photos, and photos in the order of these names. Pure.

Only formats a recipe does not accept change a name, and by an added suffix.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from heapq import heappop, heappush

from orchestration.blobs.base import BlobInfo, order
from resize_core import ADDED, name_for

Keyed = tuple[bytes, BlobInfo]
"""A row of a listing, with its sort key from `blobs.base.order`."""

# Marks a photo as unreadable while another photo has its rendition's name. The terms of a refusal
# include it, so that the photo is due again when the name is free.
TAKEN = "another photo bears the name of its rendition"

_ADDED_KEY = order(ADDED)


@dataclass(frozen=True, slots=True)
class Naming:
    """Names renditions for a service that accepts the formats in `accepts`; None: all."""

    accepts: tuple[str, ...] | None = None

    def of(self, photo: str) -> str:
        """Return the name of a photo's rendition."""
        return name_for(photo, self.accepts)

    def other(self, photo: str) -> str:
        """Return the name of a photo's rendition if it differs from the photo's, else ''."""
        name = self.of(photo)
        return name if name != photo else ""

    def photos_of(self, rendition: str) -> tuple[str, ...]:
        """Return the 0 to 2 photos whose rendition has this name, first the one with this name."""
        candidates = (rendition, rendition.removesuffix(ADDED))
        return tuple(name for name in dict.fromkeys(candidates) if self.of(name) == rendition)

    def earlier_photos(self, start_from: str) -> Iterator[str]:
        """Yield photo names that sort before `start_from` but whose rendition does not.

        Each is a prefix of `start_from`, because any name between a name and the same name with a
        suffix starts with it. They are to be looked up one by one; many photos may lie between.
        """
        for length in range(1, len(start_from)):
            photo = start_from[:length]
            if order(self.of(photo)) >= order(start_from):
                yield photo

    def in_rendition_order(
        self, photos: Iterator[Keyed], admits: Callable[[str], bool]
    ) -> Iterator[Keyed]:
        """Sort photos by the names of their renditions. They come sorted by their own names.

        Only photos whose name is a prefix of the current name are held, so they are few. If two
        photos have one rendition name, the photo with that exact name gets it and comes first,
        unless `admits` rejects it. The other photo is yielded as unreadable, with TAKEN.
        """
        return photos if self.accepts is None else self._in_rendition_order(photos, admits)

    def _in_rendition_order(
        self, photos: Iterator[Keyed], admits: Callable[[str], bool]
    ) -> Iterator[Keyed]:
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
    """Return a sentence that says which photo has the rendition's name, and what to do."""
    taken = photo + ADDED
    return (
        f"its rendition would be called {taken!r}, which is another photo's name; "
        f"rename {photo!r} or {taken!r}"
    )
