"""What the counts of a folder say of photos whose names are taken."""

from orchestration.blobs.base import Properties
from orchestration.blobs.memory import memory_container
from orchestration.mirror.decide.actions import Action
from orchestration.mirror.outcomes import Outcome
from tests.mirror.fake_mirror import Inline, World, counts
from tests.noise_photos import photo


def test_photos_whose_names_are_taken_are_counted_as_held() -> None:
    world = World()
    for at in range(5):
        world.put(f"a/b/{at}.jpg", photo(at, 32))
    resized = memory_container(world.resized_at.url)
    for at in range(3):
        resized.held[f"a/b/{at}.jpg"] = "a folder has this name"
    found = counts(world.run())
    assert (found.photos, found.held, found.due, found.in_sync) == (5, 3, 0, 2)


def test_a_foreign_blob_added_meanwhile_blocks_and_a_new_photo_is_due() -> None:
    world = World()
    world.put("a/b/1.jpg", photo(1, 32))
    inner = world.engine()

    def meanwhile(actions: tuple[Action, ...]) -> list[Outcome]:
        world.resized.write("a/b/1.jpg", b"somebody else's", Properties())
        world.put("a/b/2.jpg", photo(2, 32))
        return inner.work(actions)

    found = counts(world.run(engine=Inline(meanwhile)))
    assert (found.blocked, found.held, found.due, found.in_sync) == (1, 0, 1, 0)
