"""A small world to mirror in: three places in memory, photos of a few kilobytes, and a clock."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import count

from orchestration.blobs.address import Address
from orchestration.blobs.base import BlobInfo, Lists, Overwrites, Properties, Store
from orchestration.blobs.open import open_ledger, open_source, open_store
from orchestration.mirror.act.engine import Chunk, Lost
from orchestration.mirror.act.machine_probe import Sides
from orchestration.mirror.decide.actions import Action
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.mirror import Mirror
from orchestration.mirror.outcomes import (
    Expected,
    FolderDone,
    LedgerWarning,
    ListedProblem,
    Note,
    Outcome,
)
from orchestration.mirror.partition_keys import Folder
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.run import mirror_folders
from orchestration.mirror.selection import Selection
from orchestration.mirror.workers.chunk import render_chunk
from resize_core import Options
from tests.noise_photos import BUDGET

Actions = tuple[Action, ...]
Work = Callable[[Actions], list[Outcome]]

_worlds = count()


@dataclass
class Inline:
    """An engine of one worker: this process. `loses` decides whether a worker dies with a chunk."""

    work: Work
    loses: Callable[[Chunk], bool] = lambda _: False
    workers: int = 1
    waiting: list[Chunk] = field(default_factory=list)

    @property
    def in_flight(self) -> int:
        return len(self.waiting)

    @property
    def has_ended_chunk(self) -> bool:
        return False

    def submit(self, chunk: Chunk) -> None:
        self.waiting.append(chunk)

    def probe(self, _sides: Sides) -> str:
        return ""

    def take(self) -> tuple[Chunk, list[Outcome] | Lost]:
        chunk = self.waiting.pop(0)
        if self.loses(chunk):
            return chunk, Lost("was killed by signal 9")
        return chunk, self.work(chunk.actions)


class World:
    """Two containers and a ledger, and what happens to them."""

    def __init__(self, recipe: Recipe | None = None, policy: Policy | None = None) -> None:
        number = next(_worlds)
        self.raw_at = Address(f"memory:raw{number}", "raw")
        self.resized_at = Address(f"memory:resized{number}", "resized")
        self.photos: Store = open_store(self.raw_at)
        self.resized: Store = open_store(self.resized_at)
        self.ledger_at = Address(f"memory:ledger{number}", "resized")
        self.ledger: Overwrites = open_ledger(self.ledger_at)
        ticks = count()
        self.mirror = Mirror(
            raw=open_source(self.raw_at),
            resized=self.resized,
            ledger=self.ledger,
            recipe=recipe or Recipe(BUDGET, Options(effort="balanced")),
            selection=Selection(("*.jpg",)),
            policy=policy or Policy(),
            depth=2,
            now=lambda: f"tick {next(ticks)}",
        )

    def put(self, name: str, data: bytes, metadata: dict[str, str] | None = None) -> str:
        """Let a photo appear, or change."""
        held = self.photo(name)
        return self.photos.write(
            name,
            data,
            Properties("image/jpeg", metadata=metadata or {}),
            replaces=held.etag if held else "",
        )

    def remove(self, name: str) -> None:
        """Let a photo vanish."""
        held = self.photo(name)
        if held is not None:
            self.photos.delete(name, held.etag)

    def photo(self, name: str) -> BlobInfo | None:
        return row(self.photos, name)

    def rendition(self, name: str) -> BlobInfo | None:
        return row(self.resized, name)

    def run(
        self,
        folders: Iterable[Folder] | None = None,
        *,
        mirror: Mirror | None = None,
        engine: Inline | None = None,
    ) -> list[Outcome | Note]:
        """Mirror once, in this process."""
        going = mirror or self.mirror
        return [*mirror_folders(going, engine or self.engine(going.recipe), folders)]

    def engine(self, recipe: Recipe | None = None) -> Inline:
        by = recipe or self.mirror.recipe
        return Inline(lambda actions: render_chunk(self.raw_at, self.resized_at, actions, by))

    def with_policy(self, policy: Policy) -> Mirror:
        return replace(self.mirror, policy=policy)


def row(store: Lists, name: str) -> BlobInfo | None:
    return next(iter(store.list(name, end_before=f"{name}\0")), None)


def outcomes(events: Iterable[Outcome | Note]) -> list[Outcome]:
    return [
        event
        for event in events
        if not isinstance(event, Expected | ListedProblem | LedgerWarning | FolderDone)
    ]


def counts(events: Iterable[Outcome | Note]) -> Counts:
    """All folders of a run added up."""
    return sum((event.counts for event in events if isinstance(event, FolderDone)), Counts())
