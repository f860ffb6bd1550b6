"""Taking over what is not ours: what is kept, restored, replaced, and what stays as it was."""

import io
from collections.abc import Mapping
from dataclasses import replace

import pytest
from PIL import Image

from orchestration.blobs.base import Blob, BlobInfo, Properties
from orchestration.blobs.memory import memory_container
from orchestration.mirror.adopt import ForeignCounts, Way, adopt, count_foreign
from orchestration.mirror.ledger.refusals import recorded
from orchestration.mirror.outcomes import Blocked, Done, Outcome
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.verify.contents import ExtraCheck
from orchestration.mirror.verify.verify import Verified, verify
from resize_core import Options
from tests.mirror.fake_mirror import Actions, World, counts, outcomes
from tests.mirror.test_run import Backwards
from tests.noise_photos import BUDGET
from tests.resize_core.sample_files import DRONE

_DRONE = Image.open(io.BytesIO(DRONE))


def photo(seed: int = 0, side: int = 96) -> bytes:
    """A piece of a drone's photo, for noise made smaller is like nothing: 5 kB and more."""
    left, top = seed * 61 % (640 - side), seed * 97 % (480 - side)
    file = io.BytesIO()
    _DRONE.crop((left, top, left + side, top + side)).save(file, "JPEG", quality=97)
    return file.getvalue()


def by_notebook(data: bytes, sides: tuple[int, int], kind: str = "JPEG") -> bytes:
    """A photo made smaller as a notebook's loop would: metadata lost, no stamp."""
    held = io.BytesIO()
    Image.open(io.BytesIO(data)).resize(sides).save(held, kind, quality=60)
    return held.getvalue()


def put_foreign(world: World, name: str, data: bytes, **metadata: str) -> None:
    world.resized.write(name, data, Properties(metadata=metadata))


def took(world: World, way: Way) -> dict[str, Outcome]:
    return {one.name: one for one in adopt(world.mirror, world.engine(), way)}


def words(told: Mapping[str, Outcome]) -> dict[str, str]:
    return {
        name: one.how if isinstance(one, Done) else type(one).__name__ for name, one in told.items()
    }


def held(world: World, name: str) -> BlobInfo:
    found = world.rendition(name)
    assert found is not None
    return found


def blob(world: World, name: str) -> Blob:
    return world.resized.read(name, held(world, name).etag)


def strip(world: World, name: str, *kept: str) -> None:
    """Edit a rendition's metadata as the portal does: what is not typed again is gone."""
    found = held(world, name)
    metadata = {key: value for key, value in found.metadata.items() if key in kept}
    world.resized.restamp(name, found.etag, metadata)


def is_right(world: World) -> bool:
    *drifts, whole = verify(world.mirror, frozenset(ExtraCheck))
    assert isinstance(whole, Verified)
    return not drifts and whole.is_right


def test_files_of_a_notebook_are_kept_unchanged_and_stay_in_sync() -> None:
    world = World()
    for at in range(3):
        world.put(f"a/{at}.jpg", photo(at))
        put_foreign(world, f"a/{at}.jpg", by_notebook(photo(at), (64, 64)), site="north")
    before = blob(world, "a/1.jpg")
    assert set(words(took(world, "keep")).values()) == {"adopted"}
    after = blob(world, "a/1.jpg")
    assert after.data == before.data
    assert after.properties.metadata["site"] == "north"
    events = world.run()
    assert outcomes(events) == []
    assert counts(events).in_sync == 3
    assert is_right(world)


def test_a_kept_file_stays_in_sync_under_recipes_that_admit_it() -> None:
    world = World()
    world.put("a.jpg", photo(1))
    put_foreign(world, "a.jpg", by_notebook(photo(1), (48, 48)))
    size = held(world, "a.jpg").size
    took(world, "keep")
    for recipe, stands in (
        (Recipe(BUDGET * 2, Options(effort="balanced")), "in_sync"),
        (Recipe(BUDGET, Options(effort="balanced", max_side=50)), "in_sync"),
        (Recipe(BUDGET, Options(effort="balanced", max_side=40)), "stale"),
        (Recipe(BUDGET, Options(effort="balanced", location="strip")), "stale"),
    ):
        events = world.run(mirror=replace(world.mirror, recipe=recipe))
        assert getattr(counts(events), stands) == 1
    smaller = replace(world.mirror, recipe=Recipe(size - 1, Options(effort="balanced")))
    (made,) = outcomes(world.run(mirror=smaller))
    assert isinstance(made, Done)
    assert made.how == "rendered"


def test_a_file_that_cannot_be_adopted_is_unchanged_with_a_reason() -> None:
    world = World()
    kinds = {
        "heavy.jpg": photo(1, 90),
        "text.jpg": b"somebody's notes",
        "wide.jpg": by_notebook(photo(3), (80, 30)),
        "larger.jpg": by_notebook(photo(4), (66, 66)),
        "short.jpg": by_notebook(photo(7), (64, 64))[:-900],
        "other.jpg": by_notebook(photo(8), (64, 64)),
    }
    for name, data in kinds.items():
        world.put(name, photo(7, 60 if name == "larger.jpg" else 96))
        put_foreign(world, name, data)
    world.put("broken.jpg", photo(9)[:100])
    put_foreign(world, "broken.jpg", by_notebook(photo(9), (64, 64)))
    before = {row.name: row.etag for row in world.resized.list()}
    told = took(world, "keep")
    reasons = {name: one.reason for name, one in told.items() if isinstance(one, Blocked)}
    assert reasons.keys() == {*kinds, "broken.jpg"}
    assert "over the budget" in reasons["heavy.jpg"]
    assert "not a photo" in reasons["text.jpg"]
    assert "width and height" in reasons["wide.jpg"]
    assert "width and height" in reasons["larger.jpg"]
    assert "cut short" in reasons["short.jpg"]
    assert reasons["other.jpg"] == "it shows another picture"
    assert "cut short" in reasons["broken.jpg"]
    assert {row.name: row.etag for row in world.resized.list()} == before
    assert [*recorded(world.ledger)] == []


def test_a_rendition_turned_upright_is_kept() -> None:
    world = World()
    wide = by_notebook(photo(1, 120), (120, 60))
    world.put("a.jpg", wide + b"\0" * BUDGET)
    upright = Image.open(io.BytesIO(wide)).transpose(Image.Transpose.ROTATE_90)
    file = io.BytesIO()
    upright.resize((40, 80)).save(file, "JPEG", quality=60)
    put_foreign(world, "a.jpg", file.getvalue())
    assert words(took(world, "keep")) == {"a.jpg": "adopted"}


def test_a_recipe_that_changes_photos_keeps_nothing_it_did_not_make() -> None:
    world = World(Recipe(BUDGET, Options(effort="balanced", location="strip")))
    world.put("a.jpg", photo(1))
    put_foreign(world, "a.jpg", by_notebook(photo(1), (64, 64)))
    (left,) = took(world, "keep").values()
    assert isinstance(left, Blocked)
    assert "would not pass such a photo through" in left.reason


@pytest.mark.parametrize("way", ["keep", "restore"])
@pytest.mark.parametrize(
    "kept",
    [
        ("photo_mirror_etag", "photo_mirror_recipe", "photo_mirror_rendition_md5"),
        ("photo_mirror_md5", "photo_mirror_recipe", "photo_mirror_rendition_md5"),
    ],
)
def test_a_partial_stamp_restores_the_rest(way: Way, kept: tuple[str, ...]) -> None:
    world = World()
    world.put("a.jpg", photo(1))
    world.run()
    before = held(world, "a.jpg")
    strip(world, "a.jpg", *kept)
    assert words(took(world, way)) == {"a.jpg": "restored"}
    after = held(world, "a.jpg").metadata
    for fact in ("etag", "md5", "recipe", "rendition_md5", "rendition_size", "sides", "format"):
        assert after[f"photo_mirror_{fact}"] == before.metadata[f"photo_mirror_{fact}"]
    assert is_right(world)


def test_a_lost_stamp_is_restored_on_proof() -> None:
    world = World()
    world.put("heavy.jpg", photo(1))
    world.put("light.jpg", photo(2, 32))
    world.run()
    before = {row.name: (row.md5, row.metadata) for row in world.resized.list()}
    for name in before:
        strip(world, name)
    assert counts(world.run()).blocked == 2
    assert words(took(world, "restore")) == {"heavy.jpg": "restored", "light.jpg": "restored"}
    assert {row.name: (row.md5, row.metadata) for row in world.resized.list()} == before
    assert outcomes(world.run()) == []
    assert is_right(world)


def test_what_we_would_not_have_made_is_not_restored() -> None:
    world = World()
    world.put("a.jpg", photo(1))
    put_foreign(world, "a.jpg", by_notebook(photo(1), (64, 64)))
    before = held(world, "a.jpg")
    (left,) = took(world, "restore").values()
    assert left == Blocked("(root)", "a.jpg", "it is not what this recipe makes of the photo")
    assert held(world, "a.jpg") == before


def test_replacing_renders_photos_and_keeps_files_that_cannot_be() -> None:
    world = World()
    for name, data in (("a/one.jpg", photo(1)), ("a/text.jpg", b"no photo"), ("b.jpg", photo(2))):
        world.put(name, data)
        put_foreign(world, name, b"somebody's own")
    put_foreign(world, "notes.txt", b"no photo's name")
    assert words(took(world, "replace")) == {
        "a/one.jpg": "rendered",
        "a/text.jpg": "Refused",
        "b.jpg": "rendered",
    }
    for name in ("a/text.jpg", "notes.txt"):
        assert blob(world, name).data in {b"somebody's own", b"no photo's name"}
    events = world.run()
    assert (counts(events).in_sync, counts(events).blocked, counts(events).foreign) == (2, 1, 1)


@pytest.mark.parametrize("way", ["keep", "restore", "replace"])
def test_a_blob_that_somebody_replaces_in_the_meantime_is_left_alone(way: Way) -> None:
    world = World()
    world.put("a.jpg", photo(1))
    put_foreign(world, "a.jpg", by_notebook(photo(1), (64, 64)))
    engine = world.engine()
    work = engine.work

    def meddle(actions: Actions) -> list[Outcome]:
        found = held(world, "a.jpg")
        world.resized.write("a.jpg", b"newer", Properties(), replaces=found.etag)
        return work(actions)

    engine.work = meddle
    told = {one.name: one for one in adopt(world.mirror, engine, way)}
    assert words(told)["a.jpg"] in {"Superseded", "Blocked"}
    assert blob(world, "a.jpg").data == b"newer"


def test_the_dry_run_counts_the_foreign_blobs() -> None:
    world = World()
    world.put("light.jpg", photo(1, 32))
    world.put("mine.jpg", photo(2))
    world.run()
    strip(world, "light.jpg")
    strip(world, "mine.jpg", "photo_mirror_etag")
    world.put("heavy.jpg", photo(3))
    put_foreign(world, "heavy.jpg", photo(4))
    put_foreign(world, "notes.txt", b"theirs")
    weight = sum(held(world, name).size for name in ("light.jpg", "mine.jpg", "heavy.jpg"))
    assert count_foreign(world.mirror) == ForeignCounts(
        photos=3, bytes=weight, over_budget=1, with_remains=1, like_photo=1, others=1
    )


def test_listings_in_an_order_of_their_own_are_adopted_all_the_same() -> None:
    world = World()
    for name in ("a/1.jpg", "a-b.jpg", "b.jpg"):
        world.put(name, photo(1))
        put_foreign(world, name, by_notebook(photo(1), (64, 64)))
    world.mirror = replace(world.mirror, raw=Backwards(memory_container(world.raw_at.url)))
    assert count_foreign(world.mirror).photos == 3
    assert set(words(took(world, "keep")).values()) == {"adopted"}
