"""What verify finds in a mirror in memory, planted one at a time."""

from dataclasses import replace
from hashlib import md5

import pytest

from orchestration.blobs.base import Blob, Properties
from orchestration.blobs.errors import StaleError
from orchestration.blobs.memory import MemoryStore, memory_container
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.stamp import stamp_of
from orchestration.mirror.verify.contents import ExtraCheck
from orchestration.mirror.verify.listing import Drift
from orchestration.mirror.verify.verify import Verified, verify
from resize_core import Options
from tests.mirror.fake_mirror import World
from tests.mirror.test_run import Backwards
from tests.noise_photos import BUDGET, photo

EVERYTHING = frozenset(ExtraCheck)


def mirrored(photos: int = 4) -> World:
    world = World()
    for at in range(photos):
        world.put(f"a/{at}.jpg", photo(at))
    world.run()
    return world


def found(world: World, sample: int | None = None) -> tuple[list[tuple[str, str]], Verified]:
    *drifts, whole = verify(world.mirror, EVERYTHING, sample=sample)
    assert isinstance(whole, Verified)
    return [(one.name, one.kind) for one in drifts if isinstance(one, Drift)], whole


def tamper(world: World, name: str, data: bytes | None, **changed: str) -> None:
    """Write a rendition again with other bytes, or other metadata, as another program might."""
    held = world.rendition(name)
    assert held is not None
    blob = world.resized.read(name, held.etag)
    metadata = {key: value for key, value in ({**held.metadata, **changed}).items() if value}
    properties = replace(blob.properties, metadata=metadata)
    world.resized.write(name, blob.data if data is None else data, properties, replaces=held.etag)


def test_a_mirror_in_sync_has_no_problems() -> None:
    drifts, whole = found(mirrored())
    assert drifts == []
    assert whole.is_right
    assert (whole.read, whole.counts.in_sync) == (4, 4)


def test_listings_show_missing_outdated_foreign_and_large_renditions() -> None:
    world = mirrored(8)
    world.put("a/0.jpg", photo(20))
    world.put("a/1.jpg", photo(1), {"touched": "yes"})
    gone = world.rendition("a/2.jpg")
    assert gone is not None
    world.resized.delete(gone.name, gone.etag)
    world.resized.write("b/notes.txt", b"theirs", Properties())
    world.remove("a/3.jpg")
    drifts, whole = found(world, sample=0)
    assert drifts == [
        ("a/0.jpg", "outdated"),
        ("a/1.jpg", "outdated"),
        ("a/2.jpg", "missing"),
        ("b/notes.txt", "foreign"),
    ]
    assert (whole.read, whole.counts.orphan) == (0, 1)
    smaller = replace(world.mirror, recipe=Recipe(BUDGET // 2, Options(effort="balanced")))
    kinds = [one.kind for one in verify(smaller, EVERYTHING, sample=0) if isinstance(one, Drift)]
    assert kinds.count("over_budget") == 6


@pytest.mark.parametrize(
    "fact",
    ["etag", "md5", "recipe", "rendition_md5", "rendition_size", "sides", "made", "format", "seal"],
)
def test_any_changed_or_removed_fact_of_a_stamp_is_detected(fact: str) -> None:
    for value in ("7", ""):
        world = mirrored(2)
        tamper(world, "a/1.jpg", None, **{f"photo_mirror_{fact}": value})
        drifts, _ = found(world)
        assert drifts == [("a/1.jpg", "altered")]


def test_bytes_that_are_not_a_photo_are_found_despite_their_digest() -> None:
    world = mirrored(2)
    name = "a/0.jpg"
    broken = photo(0)[:2_000]
    held = world.rendition(name)
    assert held is not None
    stamp = stamp_of(held)
    assert stamp is not None
    forged = replace(
        stamp,
        rendition_md5=md5(broken).hexdigest(),
        rendition_size=len(broken),
        width=96,
        height=96,
    )
    properties = Properties("image/jpeg", metadata=forged.to_metadata({}))
    world.resized.write(name, broken, properties, replaces=held.etag)
    assert found(world)[0] == [(name, "undecodable")]
    *drifts, _ = verify(world.mirror, frozenset())
    assert drifts == []


def test_changed_bytes_with_the_same_etag_are_detected() -> None:
    world = mirrored(2)
    held = memory_container(world.raw_at.url).versions["a/1.jpg"]
    changed = replace(held.blob, data=held.blob.data[:-1] + b"\x00")
    memory_container(world.raw_at.url).versions["a/1.jpg"] = replace(held, blob=changed)
    assert found(world)[0] == [("a/1.jpg", "photo_altered")]


def test_a_sample_reads_so_many_and_each_is_chosen_sometimes() -> None:
    world = mirrored(6)
    tamper_bytes(world, "a/3.jpg")
    told = [found(world, sample=3) for _ in range(40)]
    assert {whole.read for _, whole in told} == {3}
    assert {tuple(drifts) for drifts, _ in told} == {(), (("a/3.jpg", "flipped"),)}


class Moving(MemoryStore):
    """A store in which every version is gone by the time it is read."""

    def read(self, name: str, etag: str, *, md5: str = "") -> Blob:
        del etag, md5
        raise StaleError("this version no longer exists", name)


def test_a_rendition_replaced_while_verifying_is_no_drift() -> None:
    world = mirrored(3)
    moving = replace(world.mirror, resized=Moving(memory_container(world.resized_at.url)))
    (whole,) = verify(moving, EVERYTHING)
    assert isinstance(whole, Verified)
    assert (whole.moved, whole.read, whole.is_right) == (3, 0, True)


def test_listings_in_an_order_of_their_own_are_compared_all_the_same() -> None:
    world = mirrored(4)
    world.mirror = replace(world.mirror, raw=Backwards(memory_container(world.raw_at.url)))
    assert found(world)[0] == []


def tamper_bytes(world: World, name: str) -> None:
    """Flip a byte where the store does not notice."""
    held = memory_container(world.resized_at.url).versions[name]
    data = bytearray(held.blob.data)
    data[len(data) // 2] ^= 1
    flipped = replace(held.blob, data=bytes(data))
    memory_container(world.resized_at.url).versions[name] = replace(held, blob=flipped)
