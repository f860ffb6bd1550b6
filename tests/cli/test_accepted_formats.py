"""A target that accepts JPEG and PNG alone: what stands there, in a folder and in a container."""

from io import BytesIO

import pytest

from orchestration.mirror.stamp import stamp_of
from tests.cli.conftest import Places
from tests.mirror.fake_mirror import row
from tests.noise_photos import photo
from tests.resize_core.sample_files import picture, sample


def heic() -> bytes:
    heif = pytest.importorskip("pillow_heif")
    file = BytesIO()
    heif.from_pillow(picture()).save(file, quality=90)
    return file.getvalue()


@pytest.fixture
def accepting(places: Places, monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.setenv("PHOTO_MIRROR_ACCEPTS", "jpeg png")
    monkeypatch.setenv("PHOTO_MIRROR_INCLUDE", "*.jpg *.webp *.tif *.heic")
    return places


def standing(places: Places) -> dict[str, tuple[str, str]]:
    """The format of everything there, and that of its photo where it is another."""
    found = {}
    for held in places.resized.list():
        stamp = stamp_of(held)
        assert stamp is not None
        found[held.name] = (stamp.format, stamp.photo_format)
    return found


def test_formats_not_accepted_are_made_jpegs_once_and_verify(accepting: Places) -> None:
    places = accepting
    places.put("a/one.heic", heic())
    places.put("a/two.HEIC", heic())
    places.put("a/three.tif", sample("tiff"))
    places.put("a/four.webp", sample("webp"))
    places.put("a/four.webp-2.jpg", photo(1))
    places.put("a/five.jpg", photo(2))
    places.mirror()
    assert standing(places) == {
        "a/five.jpg": ("JPEG", ""),
        "a/four.webp-2.jpg": ("JPEG", ""),
        "a/four.webp.jpg": ("JPEG", "WebP"),
        "a/one.heic.jpg": ("JPEG", "HEIC"),
        "a/three.tif.jpg": ("JPEG", "TIFF"),
        "a/two.HEIC.jpg": ("JPEG", "HEIC"),
    }
    etags = {held.name: held.etag for held in places.resized.list()}
    places.mirror()
    assert {held.name: held.etag for held in places.resized.list()} == etags
    assert places.told("plan")[1][-1]["total"]["planned"] == {}
    code, told = places.told("verify", "--decode", "--photos")
    assert (code, told[-1]["total"]["read"], told[-1]["total"]["drifts"]) == (0, 6, {})


def test_the_photo_with_a_renditions_name_keeps_it(
    accepting: Places,
) -> None:
    places = accepting
    places.put("a/b.heic", heic())
    etag = places.put("a/b.heic.jpg", photo(1))
    assert places.told("plan")[1][-1]["total"]["planned"].keys() == {"render", "refuse"}
    places.mirror()
    held = places.rendition("a/b.heic.jpg")
    assert held.metadata["photo_mirror_etag"] == etag
    places.mirror()
    assert places.rendition("a/b.heic.jpg") == held
    _, told = places.told("refused", "--kind", "name-taken")
    assert [one["name"] for one in told[:-1]] == ["a/b.heic"]
    assert "rename 'a/b.heic' or 'a/b.heic.jpg'" in told[0]["reason"]
    gone = row(places.photos, "a/b.heic.jpg")
    assert gone is not None
    places.photos.delete(gone.name, gone.etag)
    places.mirror()
    assert standing(places) == {"a/b.heic.jpg": ("JPEG", "HEIC")}
    assert places.told("refused")[1][-1]["total"]["refused"] == 0


def test_a_name_that_becomes_too_long_is_refused_once(accepting: Places) -> None:
    places = accepting
    name = "n" * (247 if places.folder else 1017) + ".webp"
    places.put(name, sample("webp"))
    places.put("a.jpg", photo())
    places.mirror()
    _, told = places.told("refused")
    assert [one["kind"] for one in told[:-1]] == ["unaddressable"]
    assert told[0]["reason"].startswith(f"its rendition would be called '{name}.jpg', and ")
    places.mirror()
    assert places.told("plan")[1][-1]["total"]["planned"] == {}


def test_a_lost_stamp_is_restored_for_a_photo_with_another_name(
    accepting: Places,
) -> None:
    places = accepting
    places.put("a/b.heic", heic())
    places.mirror()
    held = places.rendition("a/b.heic.jpg")
    places.resized.restamp(held.name, held.etag, {})
    code, told = places.told("adopt", "--restore", "--yes")
    assert code == 0
    assert told[0] == {
        "name": "a/b.heic",
        "outcome": "restored",
        "reason": "",
        "rendition": "a/b.heic.jpg",
    }
    assert standing(places) == {"a/b.heic.jpg": ("JPEG", "HEIC")}
    assert places.told("plan")[1][-1]["total"]["planned"] == {}
