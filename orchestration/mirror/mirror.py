"""The three containers of a mirror, and how they are listed and compared."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeVar

from orchestration.blobs.base import BlobInfo, Lists, Overwrites, Source, Store, find
from orchestration.blobs.external_sort import sorted_on_disk
from orchestration.blobs.identity import Identity
from orchestration.mirror.decide.classify import Rules, Verdict
from orchestration.mirror.decide.compare import compare
from orchestration.mirror.decide.counts import CountBuilder, Counts
from orchestration.mirror.decide.folder_counter import FolderCount, FolderCounter, count_by_folder
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.errors import OutOfOrderError
from orchestration.mirror.ledger.refusal_record import terms_for
from orchestration.mirror.ledger.refusals import NoRefusals, Refusals
from orchestration.mirror.partition_keys import Folder, folder_of
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.selection import Selection

Listing = Iterator[BlobInfo]
T = TypeVar("T")


def as_listed(listing: Listing) -> Listing:
    """Return a listing in the order in which the store yields it."""
    return listing


@dataclass(frozen=True, slots=True)
class Mirror:
    """The three containers, and the settings that apply to all of them.

    `depth` is the number of leading segments of a name that form its folder. `now` returns ISO 8601
    times. `ordered` sorts a listing by `blobs.base.order` if the store does not. `source`
    identifies the raw container; the ledger must name the same one, unless it is None.
    """

    raw: Source
    resized: Store
    ledger: Overwrites
    recipe: Recipe
    selection: Selection
    policy: Policy
    depth: int
    now: Callable[[], str]
    ordered: Callable[[Listing], Listing] = as_listed
    source: Identity | None = None

    def verdicts(
        self,
        folder: Folder | None = None,
        *,
        refusals: Refusals | NoRefusals | None = None,
        start_from: str = "",
    ) -> Iterator[Verdict]:
        """List both containers, a folder or all from the name `start_from` on, and compare them.

        Without `refusals`, those of the folder are read from the ledger. Verdicts come in the order
        of `sort_name`; those of some photos before `start_from` may come, too.

        Raises OutOfOrderError, StoreUnavailableError.
        """
        known = Refusals(self.ledger, folder) if refusals is None else refusals
        photos = chain(self._earlier_photos(start_from), listed(self.raw, folder, start_from))
        renditions = listed(self.resized, folder, start_from)
        return compare(self.ordered(photos), self.ordered(renditions), self._rules(known))

    def verdicts_of(self, folders: Iterable[Folder] | None) -> Iterator[Verdict]:
        """Compare these folders, one after the other, or with None all in one listing.

        Raises OutOfOrderError, StoreUnavailableError.
        """
        asked = [None] if folders is None else folders
        return chain.from_iterable(map(self.verdicts, asked))

    def is_refused(self, photo: BlobInfo, refusals: Refusals | NoRefusals) -> bool:
        """Whether this version of a photo was refused under this recipe."""
        terms = terms_for(self.recipe, photo.unreadable)
        return refusals.holds(folder_of(photo.name, self.depth), photo.name, photo.etag, terms)

    def count_builder(self) -> CountBuilder:
        """Return a counter for verdicts of this mirror."""
        return CountBuilder(self._rules(NoRefusals()))

    def folder_counter(self, begun: Iterable[FolderCount] = ()) -> FolderCounter:
        """Return a counter for verdicts of this mirror by folder, starting from `begun`."""
        return FolderCounter(self._rules(NoRefusals()), self.depth, begun)

    def sort_name(self, verdict: Verdict) -> str:
        """Return the name that orders verdicts: the rendition's, even if there is none."""
        naming, photo = self.recipe.naming, verdict.photo
        return verdict.name if photo is None else naming.of(photo.name)

    def _rules(self, refusals: Refusals | NoRefusals) -> Rules:
        return Rules(self.recipe, self.selection, lambda photo: self.is_refused(photo, refusals))

    def _earlier_photos(self, start_from: str) -> Listing:
        """Yield the photos that sort before `start_from`, and whose renditions do not."""
        for name in self.recipe.naming.earlier_photos(start_from):
            yield from find(self.raw, name)


def in_known_order(mirror: Mirror, work: Callable[[Mirror], Iterable[T]]) -> Iterator[T]:
    """Yield what `work` yields; if a listing is unordered, start again and sort it on disk.

    `work` lists a mirror, and raises OutOfOrderError if a store lists in another order. Its earlier
    items are then yielded again: if that matters, it must return a list.
    """
    try:
        yield from work(mirror)
    except OutOfOrderError:
        yield from work(replace(mirror, ordered=sorted_on_disk))


def count_folders(mirror: Mirror, folders: Iterable[Folder] | None = None) -> Iterator[FolderCount]:
    """Yield the counts of these folders, or of all. An empty folder is yielded if it was named.

    Raises OutOfOrderError, StoreUnavailableError.
    """
    if folders is None:
        yield from count_by_folder(mirror.verdicts(), mirror.folder_counter())
        return
    for folder in folders:
        counted = count_by_folder(mirror.verdicts(folder), mirror.folder_counter())
        yield next(counted, FolderCount(folder, Counts()))


def listed(store: Lists, folder: Folder | None, start_from: str = "") -> Listing:
    """List the blobs of a folder, or all blobs from the name `start_from` on."""
    if folder is None:
        return store.list(start_from=start_from)
    return store.list(folder.prefix) if folder.is_leaf else store.list_directly(folder.prefix)
