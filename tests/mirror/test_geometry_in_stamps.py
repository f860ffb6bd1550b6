"""What maps a place in a rendition to its photo stands in the stamp, however that came to be."""

from dataclasses import replace
from io import BytesIO
from random import Random

import pytest
from PIL import Image

from orchestration.blobs.base import BlobInfo, Properties
from orchestration.mirror.adopt import adopt
from orchestration.mirror.outcomes import Done
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.stamp import CHECKSUM, GEOMETRY, has_valid_checksum, stamp_of
from resize_core import Options
from tests.mirror.fake_mirror import World, counts, outcomes
from tests.noise_photos import BUDGET
from tests.resize_core.sample_files import DRONE

SIDES = (96, 64)


def turned(turn: int, *, quality: int = 97, sides: tuple[int, int] = SIDES) -> bytes:
    """A small photo that a viewer turns, no way like itself turned, with grain all over."""
    grain = Image.frombytes("L", SIDES, Random(4).randbytes(SIDES[0] * SIDES[1]))
    photo = Image.blend(Image.open(BytesIO(DRONE)).convert("L").resize(SIDES), grain, 0.2)
    block = Image.Exif()
    block[0x0112] = turn
    file = BytesIO()
    photo.resize(sides).save(file, "JPEG", quality=quality, exif=block.tobytes())
    return file.getvalue()


def held(world: World, name: str) -> BlobInfo:
    found = world.rendition(name)
    assert found is not None
    return found


def geometry(world: World, name: str) -> str:
    stamp = stamp_of(held(world, name))
    assert stamp is not None
    assert has_valid_checksum(held(world, name).metadata)
    return stamp.geometry


def edit(world: World, name: str, **metadata: str) -> None:
    found = held(world, name)
    world.resized.restamp(name, found.etag, metadata)


@pytest.mark.parametrize("turn", range(1, 9))
def test_it_is_written_with_the_rendition(turn: int) -> None:
    world = World()
    world.put("made.jpg", turned(turn))
    world.put("as-it-is.jpg", turned(turn, quality=20))
    upright = Recipe(BUDGET, Options(effort="balanced", orientation="upright"))
    world.run()
    assert geometry(world, "made.jpg") == f"96x64 {turn} {turn}"
    assert geometry(world, "as-it-is.jpg") == f"96x64 {turn} {turn}"
    other = World()
    other.put("made.jpg", turned(turn))
    other.run(mirror=replace(other.mirror, recipe=upright), engine=other.engine(upright))
    assert geometry(other, "made.jpg") == f"96x64 {turn} 1"


def test_stamps_without_it_stay_valid_and_nothing_is_made_again() -> None:
    world = World()
    world.put("a.jpg", turned(6))
    world.run()
    found = held(world, "a.jpg").metadata
    older = {key: value for key, value in found.items() if key not in {GEOMETRY, CHECKSUM}}
    edit(world, "a.jpg", **older)
    before = held(world, "a.jpg").etag
    events = world.run()
    assert outcomes(events) == []
    assert counts(events).in_sync == 1
    assert held(world, "a.jpg").etag == before
    stamp = stamp_of(held(world, "a.jpg"))
    assert stamp is not None
    assert stamp.geometry == ""


def test_a_new_stamp_for_the_same_bytes_keeps_it() -> None:
    world = World()
    data = turned(6)
    world.put("a.jpg", data)
    world.run()
    before = held(world, "a.jpg").etag
    world.put("a.jpg", data, {"site": "north"})
    (done,) = outcomes(world.run())
    assert isinstance(done, Done)
    assert done.how == "restamped"
    assert held(world, "a.jpg").etag != before
    assert geometry(world, "a.jpg") == "96x64 6 6"


@pytest.mark.parametrize("name", ["made.jpg", "as-it-is.jpg"])
def test_a_restored_stamp_has_it_again(name: str) -> None:
    world = World()
    world.put(name, turned(8, quality=97 if name == "made.jpg" else 20))
    world.run()
    edit(world, name)
    (done,) = adopt(world.mirror, world.engine(), "restore")
    assert isinstance(done, Done)
    assert geometry(world, name) == "96x64 8 8"


@pytest.mark.parametrize(("photo", "kept", "said"), [
    ((6, SIDES), (6, (48, 32)), "96x64 6 6"),
    ((6, SIDES), (1, (48, 32)), ""),
    ((3, SIDES), (1, (48, 32)), ""),
    ((1, SIDES), (1, (48, 32)), "96x64 1 1"),
])  # fmt: skip
def test_a_kept_file_has_a_geometry_only_if_its_tag_is_right(
    photo: tuple[int, tuple[int, int]], kept: tuple[int, tuple[int, int]], said: str
) -> None:
    world = World()
    world.put("a.jpg", turned(photo[0]))
    world.resized.write("a.jpg", turned(kept[0], sides=kept[1]), Properties())
    (done,) = adopt(world.mirror, world.engine(), "keep")
    assert isinstance(done, Done)
    assert geometry(world, "a.jpg") == said
