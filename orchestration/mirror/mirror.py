"""GATHER: the three places of a mirror, listed and compared, a folder or the whole at a time."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeVar

from orchestration.blobs.base import BlobInfo, Lists, Overwrites, Source, Store, find
from orchestration.blobs.external_sort import sorted_on_disk
from orchestration.blobs.identity import Identity
from orchestration.mirror.decide.classify import Rules, Verdict
from orchestration.mirror.decide.compare import compare
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.decide.folder_counter import FolderCount, count_by_folder
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.errors import OutOfOrderError
from orchestration.mirror.folders import Folder, folder_of
from orchestration.mirror.ledger.refusal_record import terms_for
from orchestration.mirror.ledger.refusals import Refusals
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.selection import Selection

Listing = Iterator[BlobInfo]
T = TypeVar("T")


def as_listed(listing: Listing) -> Listing:
    """Leave a listing in the order it comes in."""
    return listing


@dataclass(frozen=True, slots=True)
class Mirror:
    """The three places, and what is decided about all of them.

    `depth` is how many segments of a name make its folder, `now` gives ISO 8601 times, and
    `ordered` puts a listing in the order of `blobs.base.order` where the store does not.
    `source` is where the photos are, which the ledger is held to; None: it is not.
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

    def rules(self, refusals: Refusals) -> Rules:
        """What decides about a name, given the refusals that were read."""

        def is_refused(photo: BlobInfo) -> bool:
            under = terms_for(self.recipe, photo.unreadable)
            folder = folder_of(photo.name, self.depth)
            return refusals.holds(folder, photo.name, photo.etag, under)

        return Rules(self.recipe, self.selection, is_refused)

    @property
    def rules_without_refusals(self) -> Rules:
        """What decides about a name where a photo that was refused may be taken for due."""
        return Rules(self.recipe, self.selection, lambda _photo: False)

    def verdicts(
        self, rules: Rules, folder: Folder | None = None, start_from: str = ""
    ) -> Iterator[Verdict]:
        """List both ends of a folder, or of everything from a name on, and compare them.

        That is a name as `place_of` has it, and photos before it may come, too.

        Raises OutOfOrderError, StoreUnavailableError.
        """
        photos = chain(self._behind(start_from), listed(self.raw, folder, start_from))
        renditions = listed(self.resized, folder, start_from)
        return compare(self.ordered(photos), self.ordered(renditions), rules)

    def _behind(self, start_from: str) -> Listing:
        """List the photos before a name whose renditions' names do not come before it."""
        for name in self.recipe.naming.behind(start_from):
            yield from find(self.raw, name)

    def place_of(self, verdict: Verdict) -> str:
        """The name by which verdicts are in order: the rendition's, also where there is none."""
        naming, photo = self.recipe.naming, verdict.photo
        return verdict.name if photo is None else naming.of(photo.name)


def ordered_if_need_be(mirror: Mirror, work: Callable[[Mirror], T]) -> T:
    """Do work that lists; once more, with listings sorted on disk, if they come in no known order.

    Raises what the work raises but OutOfOrderError.
    """
    try:
        return work(mirror)
    except OutOfOrderError:
        return work(replace(mirror, ordered=sorted_on_disk))


def count_folders(mirror: Mirror, folders: Iterable[Folder] | None = None) -> Iterator[FolderCount]:
    """Count the folders, or all there are, and change nothing.

    A folder that was asked for is yielded also when there is nothing in it.

    Raises OutOfOrderError, StoreUnavailableError.
    """
    if folders is None:
        rules = mirror.rules(Refusals(mirror.ledger))
        yield from count_by_folder(mirror.verdicts(rules), rules, mirror.depth)
        return
    for folder in folders:
        rules = mirror.rules(Refusals(mirror.ledger, folder))
        verdicts = mirror.verdicts(rules, folder)
        yield next(count_by_folder(verdicts, rules, mirror.depth), FolderCount(folder, Counts()))


def listed(store: Lists, folder: Folder | None, start_from: str = "") -> Listing:
    """List what a store holds of a folder, or all of it from a name on."""
    if folder is None:
        return store.list(start_from=start_from)
    return store.list(folder.prefix) if folder.is_leaf else store.list_directly(folder.prefix)
