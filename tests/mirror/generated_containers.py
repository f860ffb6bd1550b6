"""Containers as large as one likes, whose listings are computed and kept nowhere."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from zlib import crc32

from orchestration.blobs.base import BlobInfo
from orchestration.blobs.memory import MemoryContainer, MemoryLedger, MemoryStore
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.ledger.folder_counts import StoredCounts, write_counts
from orchestration.mirror.mirror import Mirror, count_folders
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.selection import Selection
from orchestration.mirror.stamp import ETAG, RECIPE, RENDITION_MD5, RENDITION_SIZE, SIDES

RECIPE_USED = Recipe(6_000_000)
FOLDERS_BELOW = 200
_STAMP = {
    ETAG: "0x1",
    RECIPE: RECIPE_USED.text,
    RENDITION_MD5: "5" * 32,
    RENDITION_SIZE: "5000000",
    SIDES: "4000x3000",
}


def key_of(number: int) -> str:
    """The folder of that number."""
    return f"{number // FOLDERS_BELOW:04}/{number % FOLDERS_BELOW:03}"


@dataclass
class Generated(MemoryStore):
    """`folders` times `photos` blobs, alike but for those of some folders.

    The last photo of the `changed` folders is of another version, and missing in the `lacking`;
    the `gone` folders are not there at all. `asked` counts the listings, `rows` what they gave.
    """

    folders: int
    photos: int
    is_raw: bool
    changed: Collection[int] = ()
    lacking: Collection[int] = ()
    gone: Collection[int] = ()
    asked: int = field(default=0, init=False)
    rows: int = field(default=0, init=False)

    def list(
        self, prefix: str = "", *, start_from: str = "", end_before: str = ""
    ) -> Iterator[BlobInfo]:
        """List as `Lists.list` promises, the whole from a name on."""
        assert not prefix
        assert not end_before
        self.asked += 1
        first = 0
        if start_from:
            above, below, _ = start_from.split("/")
            first = int(above) * FOLDERS_BELOW + int(below)
        usual = (
            BlobInfo("", "0x1", 9_000_000)
            if self.is_raw
            else BlobInfo("", "0x9", 5_000_000, "5" * 32, _STAMP)
        )
        for number in range(first, self.folders):
            if number in self.gone:
                continue
            key = key_of(number)
            for n in range(self.photos - (number in self.lacking)):
                name = f"{key}/{n:05}.jpg"
                if name < start_from:
                    continue
                self.rows += 1
                etag = usual.etag
                if number in self.changed and n == self.photos - 1:
                    etag = "0x2"
                yield BlobInfo(name, etag, usual.size, usual.md5, usual.metadata)


def mirror_of(raw: Generated, resized: Generated, ledger: MemoryLedger) -> Mirror:
    """The mirror of such containers."""
    return Mirror(
        raw=raw,
        resized=resized,
        ledger=ledger,
        recipe=RECIPE_USED,
        selection=Selection(("*.jpg",)),
        policy=Policy(),
        depth=2,
        now=lambda: "2026-01-01T00:00:00+00:00",
    )


def in_sync(folders: int, photos: int) -> Mirror:
    """A mirror in which nothing is due, with a ledger that remembers nothing."""
    raw = Generated(folders, photos, is_raw=True)
    return mirror_of(raw, Generated(folders, photos, is_raw=False), MemoryLedger(MemoryContainer()))


def remember(mirror: Mirror, folders: int, photos: int) -> None:
    """Let the ledger know how every folder stands in which all is in sync."""
    (first,) = count_folders(in_sync(1, photos))
    for number in range(folders):
        names = (f"{key_of(number)}/{n:05}.jpg 0x1" for n in range(photos))
        fingerprint = sum(crc32(name.encode()) for name in names)
        counts = replace(first.counts, fingerprint=fingerprint)
        taken = StoredCounts(key_of(number), RECIPE_USED.terms, mirror.now(), counts)
        write_counts(mirror.ledger, taken)
