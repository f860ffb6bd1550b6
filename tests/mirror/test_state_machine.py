"""Anything may happen at both ends, between runs and during them: the mirror ends in sync."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from orchestration.blobs.base import Properties
from orchestration.blobs.errors import StoreUnavailableError
from orchestration.mirror.decide.actions import Action
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.ledger.refusals import recorded
from orchestration.mirror.mirror import count_folders
from orchestration.mirror.outcomes import Done, Note, Outcome, StoreDown
from orchestration.mirror.partition_keys import folder_of
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.selection import Selection
from orchestration.mirror.stamp import stamp_of
from resize_core import Options
from tests.mirror.fake_mirror import World, outcomes
from tests.noise_photos import BUDGET, photo
from tests.resize_core.sample_files import sample

NAMES = st.sampled_from(
    [
        *("a.jpg", "a/b.jpg", "a/b/c.jpg", "a/b/d.jpg", "a/e/f/g.jpg", "\U0001f600.jpg"),
        # Where WebP is not accepted, the first would be called like the last, behind the second.
        *("a/b.webp", "a/b.webp-2.jpg", "a/b.webp.jpg"),
    ]
)
PHOTOS = {
    "heavy": photo(1, 96),
    "heavier": photo(2, 112),
    "light": photo(3, 24),
    "broken": photo(4, 96)[:2_500],
    "text": b"this is no photo",
    "webp": sample("webp"),
}
DOWN = StoreUnavailableError("it is down")
BUDGETS = (1_500, 4_000, 6_000)
ACCEPTS = (None, ("jpeg", "png"))


def recipe_of(budget: int, accepts: tuple[str, ...] | None) -> Recipe:
    return Recipe(budget, Options(effort="balanced", accepts=accepts))


class Mirrored(RuleBasedStateMachine):
    """Two containers that people, other programs and runs of ours change in any order."""

    @initialize(accepts=st.sampled_from(ACCEPTS))
    def begin(self, accepts: tuple[str, ...] | None) -> None:
        self.world = World(recipe_of(BUDGET, accepts), Policy(breaker_after=1_000))
        selection = Selection(("*.jpg", "*.webp"))
        self.world.mirror = replace(self.world.mirror, selection=selection)
        self.foreign: dict[str, bytes] = {}
        self.written: set[tuple[str, str, str]] = set()

    @rule(name=NAMES, kind=st.sampled_from(sorted(PHOTOS)))
    def a_photo_comes_or_changes(self, name: str, kind: str) -> None:
        self.world.put(name, PHOTOS[kind])

    @rule(name=NAMES)
    def a_photo_goes(self, name: str) -> None:
        self.world.remove(name)

    @rule(name=NAMES, data=st.sampled_from([b"mine", b"not yours"]))
    def a_foreign_blob_appears(self, name: str, data: bytes) -> None:
        if self.world.rendition(name) is None:
            self.world.resized.write(name, data, Properties())
            self.foreign[name] = data

    @rule(name=NAMES)
    def somebody_edits_a_rendition(self, name: str) -> None:
        held = self.world.rendition(name)
        if held is not None:
            data = b"edited"
            self.world.resized.write(
                name, data, Properties(metadata=held.metadata), replaces=held.etag
            )
            self.foreign[name] = data

    @rule(name=NAMES)
    def somebody_removes_a_rendition(self, name: str) -> None:
        held = self.world.rendition(name)
        if held is not None:
            self.world.resized.delete(name, held.etag)
            self.foreign.pop(name, None)
            self.written = {row for row in self.written if row[0] != name}

    @rule(budget=st.sampled_from(BUDGETS), accepts=st.sampled_from(ACCEPTS))
    def the_recipe_changes(self, budget: int, accepts: tuple[str, ...] | None) -> None:
        self.world.mirror = replace(self.world.mirror, recipe=recipe_of(budget, accepts))

    @rule()
    def a_run(self) -> None:
        self._take(self.world.run())

    @rule(name=NAMES)
    def a_run_over_one_folder(self, name: str) -> None:
        self._take(self.world.run([folder_of(name)]))

    @rule(name=NAMES, kind=st.sampled_from(sorted(PHOTOS)), foreign=st.booleans())
    def a_run_with_something_happening_in_the_middle(
        self, name: str, kind: str, *, foreign: bool
    ) -> None:
        engine = self.world.engine()
        work = engine.work

        def meddled(actions: tuple[Action, ...]) -> list[Outcome]:
            engine.work = work
            if foreign:
                self.a_foreign_blob_appears(name, b"mine")
            else:
                self.world.put(name, PHOTOS[kind])
            return work(actions)

        engine.work = meddled
        self._take(self.world.run(engine=engine))

    @rule(at=st.integers(0, 3))
    def a_run_whose_workers_die(self, at: int) -> None:
        engine = self.world.engine()
        deaths = iter([False] * at + [True, True])
        engine.loses = lambda _: next(deaths, False)
        self._take(self.world.run(engine=engine))

    @rule(at=st.integers(0, 3))
    def a_run_whose_store_goes_down(self, at: int) -> None:
        engine = self.world.engine()
        work = engine.work
        ups = iter([True] * at)

        def down(actions: tuple[Action, ...]) -> list[Outcome]:
            if next(ups, False):
                return work(actions)
            return [
                StoreDown(one.folder, one.blob.name, StoreUnavailableError("it is down"))
                for one in actions
            ]

        engine.work = down
        try:
            self._take(self.world.run(engine=engine))
        except StoreUnavailableError:
            return

    def _take(self, events: list[Outcome | Note]) -> None:
        """No rendition is written twice for one stamp."""
        for event in outcomes(events):
            if isinstance(event, Done) and event.how in {"rendered", "passed_through"}:
                name = event.rendition or event.name
                held = self.world.rendition(name)
                stamp = held and stamp_of(held)
                if stamp:
                    row = (name, stamp.etag, stamp.recipe)
                    assert row not in self.written, f"written twice: {row}"
                    # Another photo that came to bear the name was made in place of this one.
                    self.written = {
                        one for one in self.written if one[0] != name or one[1] == stamp.etag
                    }
                    self.written.add(row)

    @invariant()
    def what_is_foreign_is_untouched(self) -> None:
        if hasattr(self, "world"):
            for name, data in self.foreign.items():
                held = self.world.rendition(name)
                assert held is not None
                assert self.world.resized.read(name, held.etag).data == data

    def teardown(self) -> None:
        """Left alone, the mirror is in sync after two runs, and a third has nothing to do."""
        if not hasattr(self, "world"):
            return
        mirror = self.world.with_policy(Policy(rebuild_stale=True, breaker_after=1_000))
        self.world.run(mirror=mirror)
        self.world.run(mirror=mirror)
        assert outcomes(self.world.run(mirror=mirror)) == []
        for seen in count_folders(mirror):
            counts = seen.counts
            assert counts.photos == counts.in_sync + counts.refused + counts.blocked
        refused = {one.name for one in recorded(self.world.ledger)}
        taken = [row for row in self.world.photos.list() if row.name not in refused]
        called = [mirror.recipe.naming.of(row.name) for row in taken]
        assert len({*called}) == len(called)
        for row, name in zip(taken, called, strict=True):
            held = self.world.rendition(name)
            assert held is not None
            stamp = stamp_of(held)
            if stamp:
                assert stamp.etag == row.etag
                assert held.size <= mirror.recipe.budget
                assert stamp.format == "JPEG" or mirror.recipe.options.accepts is None


TestMirrored = Mirrored.TestCase
TestMirrored.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
