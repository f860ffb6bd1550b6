"""A tick's stretch where names come in an order of the store's own."""

from collections.abc import Iterator
from dataclasses import replace

from orchestration.blobs.base import BlobInfo
from orchestration.blobs.memory import MemorySource, place
from orchestration.defs.cursor import Cursor
from orchestration.defs.sweeping import swept
from tests.mirror.world import World
from tests.photos import photo


class FolderByFolder(MemorySource):
    """Lists as a disk does: segment by segment, so `a/` comes before `a!/`."""

    def list(
        self, prefix: str = "", *, start_from: str = "", end_before: str = ""
    ) -> Iterator[BlobInfo]:
        rows = super().list(prefix, start_from=start_from, end_before=end_before)
        yield from sorted(rows, key=lambda row: row.name.split("/"))


def test_a_store_with_an_order_of_its_own_is_swept_all_the_same() -> None:
    world = World()
    for name in ("a/1.jpg", "a!/1.jpg", "b/1.jpg"):
        world.put(name, photo(side=32))
    mirror = replace(world.mirror, raw=FolderByFolder(place(world.raw_at.url)))
    stretch = swept(mirror, Cursor(), lambda: 0.0, 20.0)
    assert sorted(one.folder.key for one in stretch.needy) == ["a", "a!", "b"]
    assert stretch.after.after == ""
