"""Photos in the emulator and their mirror, behind a proxy that keeps a log of every write."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from orchestration.blobs.address import parse_address
from orchestration.blobs.base import Properties
from orchestration.blobs.open import open_store
from orchestration.defs.resources import ContainersResource, EngineResource, RecipeResource
from orchestration.mirror.ledger.refusals import recorded
from orchestration.mirror.mirror import Mirror, count_folders
from orchestration.mirror.outcomes import Note, Outcome
from orchestration.mirror.run import mirror_folders
from orchestration.mirror.stamp import stamp_of
from tests.faulty_proxy import Proxy, Rewrites
from tests.noise_photos import BUDGET, photo

State = dict[str, tuple[object, ...]]


@dataclass
class Place:
    """A raw container, and a resized one behind the proxy."""

    proxy: Proxy
    raw: str
    resized: str
    recipe: RecipeResource = field(
        default_factory=lambda: RecipeResource(budget=str(BUDGET), effort="balanced")
    )

    def fill(self, photos: int = 60, folders: int = 3) -> None:
        """Put photos there: most are due for shrinking, some pass through, one is broken."""
        store = open_store(parse_address(self.raw, "resized"))
        for at in range(photos):
            data = photo(at, 32 if at % 10 == 0 else 96)
            store.write(f"2024/{at % folders}/{at:04}.jpg", data, Properties("image/jpeg"))
        store.write("2024/0/broken.jpg", photo(9)[:2_000], Properties("image/jpeg"))

    @property
    def containers(self) -> ContainersResource:
        """The places as Dagster has them."""
        return ContainersResource(raw=self.raw, resized=self.resized)

    @property
    def environment(self) -> dict[str, str]:
        """The addresses that processes get."""
        return {
            "PHOTO_MIRROR_RAW": self.raw,
            "PHOTO_MIRROR_RESIZED": self.resized,
            "PHOTO_MIRROR_BUDGET": str(BUDGET),
            "PHOTO_MIRROR_EFFORT": "balanced",
        }

    @property
    def mirror(self) -> Mirror:
        """The same, opened by this process."""
        return self.containers.mirror(self.recipe)

    def run(self, engine: EngineResource) -> Iterator[Outcome | Note]:
        """Mirror all of it, here."""
        with engine.opened(self.containers, self.mirror.recipe) as workers:
            yield from mirror_folders(self.mirror, workers)

    def state(self) -> State:
        """What stands in the end: renditions with their stamps, refusals, and the counts."""
        mirror = self.mirror
        stands: State = {}
        for row in mirror.resized.list():
            stamp = stamp_of(row)
            assert stamp is not None
            stands[row.name] = (row.size, row.md5, stamp.etag, stamp.recipe, stamp.made)
        for refusal in recorded(mirror.ledger):
            stands[f"refused {refusal.name}"] = (refusal.etag, refusal.kind, refusal.terms)
        for seen in count_folders(mirror):
            stands[f"folder {seen.folder.key}"] = (seen.counts,)
        return stands

    def written_twice(self) -> list[str]:
        """The renditions that were written more than once, by the proxy's log."""
        container = self.resized.rpartition("/")[2]
        wrote = Counter(
            one.path
            for one in self.proxy.log
            if one.method == "PUT"
            and one.about in {"blob", "copy"}
            and one.status in {201, 202}
            and f"/{container}/" in one.path
        )
        return [path for path, times in wrote.items() if times > 1]

    def when_written(self, count: int, act: Callable[[], object]) -> None:
        """Do something once so many renditions were written, before that is acknowledged."""
        for _ in range(count - 1):
            self.proxy.fail(Rewrites(bytes), method="PUT", about="blob")
        self.proxy.fail(Rewrites(bytes), method="PUT", about="blob", meanwhile=act)


def on_one_machine(place: Place) -> State:
    """Mirror the same photos by processes of this machine alone; return what stands then."""
    azurite = place.proxy.upstream
    twin = Place(place.proxy, place.raw, azurite.new_container("twin"), place.recipe)
    assert [*twin.run(EngineResource(engine="local", workers=2))]
    return twin.state()
