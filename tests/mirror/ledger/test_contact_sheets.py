"""Which photos are shown before and after, and what becomes of the pictures."""

from dataclasses import replace
from io import BytesIO

from PIL import Image, ImageChops, ImageStat

from orchestration.blobs.base import Properties
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.ledger.contact_sheets import gallery_name
from orchestration.mirror.mirror import Mirror
from orchestration.mirror.outcomes import FolderDone, Sheet
from tests.mirror.fake_mirror import World, row
from tests.noise_photos import photo

SHOWN = Policy(shown=2)


def on(world: World, day: str) -> Mirror:
    return replace(world.mirror, now=lambda: f"{day}T12:00:00+00:00")


def sheets(world: World, day: str = "2026-03-01") -> dict[str, Sheet | None]:
    events = world.run(mirror=on(world, day))
    return {event.folder: event.sheet for event in events if isinstance(event, FolderDone)}


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data)).convert("RGB")


def kept(world: World, place: str) -> bytes:
    held = next(iter(world.ledger.list(place, end_before=f"{place}\0")))
    return world.ledger.read(place, held.etag).data


def test_a_folder_shows_its_first_photos_most_loss_first() -> None:
    world = World(policy=SHOWN)
    for n in range(4):
        world.put(f"a/b/{n}.jpg", photo(n))
    world.put("a/b/fits.jpg", photo(9, 32))
    sheet = sheets(world)["a/b"]
    assert sheet is not None
    assert len(sheet.shown) == 2
    assert len(sheet.small) <= 26_000
    assert sheet.rows == 2
    assert opened(sheet.small).size == (2 * 96 + 16, 2 * 96 + 16)
    assert kept(world, "sheets/a%2Fb.webp") == sheet.small
    scores = [done.comparison.score for done in sheet.shown if done.comparison]
    assert len(scores) == 2
    assert scores == sorted(scores, key=lambda score: score or 0)


def test_two_folders_of_different_photos_give_two_different_sheets() -> None:
    world = World(policy=SHOWN)
    world.put("a/b/one.jpg", photo(1))
    world.put("c/d/two.jpg", photo(2))
    found = sheets(world)
    one, two = found["a/b"], found["c/d"]
    assert one is not None
    assert two is not None
    assert [done.name for done in (*one.shown, *two.shown)] == ["a/b/one.jpg", "c/d/two.jpg"]
    difference = ImageChops.difference(opened(one.small), opened(two.small))
    assert max(ImageStat.Stat(difference).mean) > 30


def test_a_folder_has_one_sheet_a_day() -> None:
    world = World(policy=SHOWN)
    world.put("a/b/one.jpg", photo(1))
    assert sheets(world, "2026-03-01")["a/b"] is not None
    world.put("a/b/two.jpg", photo(2))
    assert sheets(world, "2026-03-01")["a/b"] is None
    world.put("a/b/three.jpg", photo(3))
    next_day = sheets(world, "2026-03-02")["a/b"]
    assert next_day is not None
    assert [done.name for done in next_day.shown] == ["a/b/three.jpg"]


def test_nothing_is_shown_when_nothing_was_made_smaller() -> None:
    world = World(policy=SHOWN)
    world.put("a/b/fits.jpg", photo(1, 32))
    world.put("a/b/broken.jpg", photo(2)[:2_000])
    assert sheets(world) == {"a/b": None}
    assert sheets(world, "2026-03-02") == {"a/b": None}
    assert not [*world.ledger.list("sheets/")]


def test_private_photos_are_shown_nowhere() -> None:
    world = World(policy=Policy(shown=0))
    world.put("a/b/one.jpg", photo(1))
    assert sheets(world) == {"a/b": None}
    assert not [*world.ledger.list("sheets/")]


def test_a_folder_that_is_empty_leaves_no_picture_behind() -> None:
    world = World(policy=SHOWN)
    world.put("a/b/one.jpg", photo(1))
    sheets(world)
    world.ledger.overwrite(gallery_name("a/b"), b"<!doctype html>", Properties("text/html"))
    assert len([*world.ledger.list("sheets/")]) == 2
    world.remove("a/b/one.jpg")
    rendition = row(world.resized, "a/b/one.jpg")
    assert rendition is not None
    world.resized.delete("a/b/one.jpg", rendition.etag)
    sheets(world)
    assert not [*world.ledger.list("sheets/")]
