"""`photo-mirror gallery`: one page from a folder and from a container, which are only read."""

import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFilter

from orchestration.blobs.base import Properties
from orchestration.gallery import choose as choosing
from orchestration.gallery.choose import Choice, choose
from tests.cli.conftest import Places
from tests.noise_photos import photo
from tests.resize_core.sample_files import DRONE, saved

HOSTILE = (
    "a/</script><script>alert(1)</script>.jpg",
    'a/"onerror="alert(2) &amp; <img src=x>.jpg',
    "a/$data ${policy} <!-- \u202egpj.jpg",
    "a/\u2028line]]>'`.jpg",
)


class Page(HTMLParser):
    """What a browser makes of the page: its elements, and the text in each kind of them."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open = ""
        self.source = path.read_text("utf-8")
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open = tag
        self.texts.setdefault(tag, []).append("")

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open][-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._open = "" if tag else self._open

    @property
    def photos(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.texts["script"][0])
        return found

    @property
    def names(self) -> list[str]:
        return [one["name"] for one in self.photos]


def gallery(places: Places, path: Path, *arguments: str) -> Page:
    ran = places.invoke("gallery", "-o", str(path), *arguments)
    assert ran.exit_code == 0, ran.output
    assert f"{path.stat().st_size / 1e6:.1f}" in ran.output or "kB" in ran.output
    return Page(path)


@pytest.fixture
def page_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("page") / "gallery.html"


def test_a_gallery_shows_pairs_and_reasons_and_touches_nothing(
    places: Places, page_path: Path
) -> None:
    places.put("a/drone.jpg", DRONE)
    places.put("a/small.jpg", photo(2, 200))
    places.put("b/c/cut.jpg", DRONE[:-40_000])
    places.mirror()
    places.put("b/due.jpg", photo(3))
    before = places.state()
    page = gallery(places, page_path)
    assert places.state() == before
    assert page.names[0] == "a/drone.jpg"
    assert set(page.names) == {"a/drone.jpg", "a/small.jpg"}
    (drone,) = (one for one in page.photos if one["name"] == "a/drone.jpg")
    assert drone["before"] == len(DRONE)
    assert drone["places"][0]["before"].startswith("data:image/jpeg;base64,")
    rows = [attributes for tag, attributes in page.elements if tag == "tr"]
    assert {row["data-state"] for row in rows if "data-state" in row} == {"due", "refused"}
    assert "cut short" in page.source
    assert "it has no rendition yet" in page.source


def test_a_page_loads_nothing_and_runs_no_script_but_its_own(
    places: Places, page_path: Path
) -> None:
    places.put("a/drone.jpg", DRONE)
    places.mirror()
    page = gallery(places, page_path)
    for tag, attributes in page.elements:
        assert not {name for name in attributes if name.startswith("on") or name == "style"}
        for name in ("src", "href"):
            assert (attributes.get(name) or "data:").startswith("data:"), (tag, attributes)
    (policy,) = (
        attributes["content"] or ""
        for _, attributes in page.elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert len(re.findall("'sha256-[A-Za-z0-9+/]{43}='", policy)) == 2


def test_hostile_names_stay_text(places: Places, page_path: Path) -> None:
    kept = 0
    for name in HOSTILE:
        places.photos.write(name, DRONE, Properties("image/jpeg"))
        kept += 1
    places.mirror()
    page = gallery(places, page_path)
    assert len(page.photos) == kept
    tags = [tag for tag, _ in page.elements]
    assert tags.count("script") == 2
    assert tags.count("img") == kept + 3  # the viewer's own three
    assert "\u202e" not in page.source
    assert "\u2028" not in page.source
    assert page.source.count("</script>") == 2
    titles = {text.strip() for text in page.texts["h3"]}
    assert HOSTILE[0] in titles
    assert HOSTILE[1] in titles


def test_photos_that_cannot_be_shown_do_not_stop_it(places: Places, page_path: Path) -> None:
    if places.folder is None:
        pytest.skip("a container's photos cannot change without their etags")
    places.put("a/drone.jpg", DRONE)
    places.put("a/other.jpg", DRONE[:-2] + b"\0\0\xff\xd9")
    places.mirror()
    path = places.folder / "raw" / "a" / "other.jpg"
    status = path.stat()
    path.write_bytes(b"\0" * status.st_size)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    ran = places.invoke("gallery", "-o", str(page_path))
    assert ran.exit_code == 0, ran.output
    assert "a/other.jpg: cannot be shown:" in ran.output
    page = Page(page_path)
    assert page.names == ["a/drone.jpg", "a/other.jpg"]
    assert "Cannot be shown: " in page.source


def test_the_configured_number_of_photos_is_shown(places: Places, page_path: Path) -> None:
    sizes = (400, 500, 600, 700)
    for at, side in enumerate(sizes):
        noise = Image.effect_noise((side, side), 30 + 10 * at).filter(ImageFilter.BoxBlur(1))
        places.put(f"a/{side}.jpg", saved(noise.convert("RGB"), "JPEG", quality=95))
    places.mirror()
    largest = gallery(places, page_path, "--photos", "2", "--choose", "largest")
    assert set(largest.names) == {"a/700.jpg", "a/600.jpg"}

    def drawn(seed: int) -> frozenset[str]:
        pairs = choose(places.opened(), None, Choice(2, "random", seed)).chosen
        return frozenset(pair.photo.name for pair in pairs)

    assert {len(drawn(seed)) for seed in range(9)} == {2}
    assert len({drawn(seed) for seed in range(9)}) > 1
    assert drawn(1) == drawn(1)


def test_only_the_folders_named_are_shown(places: Places, page_path: Path) -> None:
    places.put("a/b/1.jpg", DRONE)
    places.put("c/d/2.jpg", DRONE)
    places.mirror()
    assert gallery(places, page_path, "c/d").names == ["c/d/2.jpg"]
    wrong = places.invoke("gallery", "-o", str(page_path), "nowhere/else")
    assert wrong.exit_code == 2
    assert "nowhere/else" in wrong.output


def test_a_gallery_is_replaced_and_no_other_file(places: Places, page_path: Path) -> None:
    places.put("a/drone.jpg", DRONE)
    places.mirror()
    gallery(places, page_path)
    gallery(places, page_path)
    page_path.write_text("<html>my own page</html>")
    ran = places.invoke("gallery", "-o", str(page_path))
    assert ran.exit_code == 2
    assert "--force" in ran.output
    assert page_path.read_text() == "<html>my own page</html>"
    gallery(places, page_path, "--force")
    assert [*page_path.parent.iterdir()] == [page_path]


@pytest.mark.parametrize("output", ["", "none/gallery.html"])
def test_an_output_that_cannot_be_written_is_reported(
    places: Places, page_path: Path, output: str
) -> None:
    ran = places.invoke("gallery", "-o", str(page_path.parent / output))
    assert ran.exit_code == 2
    assert "folder" in ran.output


def test_no_file_is_written_among_the_photos(places: Places) -> None:
    if places.folder is None:
        pytest.skip("nothing lies in a container by a file's name")
    places.put("a/drone.jpg", DRONE)
    places.mirror()
    for end in ("raw", "resized"):
        ran = places.invoke("gallery", "-o", str(places.folder / end / "gallery.html"))
        assert ran.exit_code == 2
        assert not (places.folder / end / "gallery.html").exists()


def test_a_mirror_without_photos_has_a_page_that_says_so(places: Places, page_path: Path) -> None:
    places.put("a/drone.jpg", DRONE)
    places.mirror()
    held = places.rendition("a/drone.jpg")
    places.resized.delete("a/drone.jpg", held.etag)
    page = gallery(places, page_path)
    assert page.photos == []
    assert "This page shows 0" in page.source


def test_the_heading_says_whether_the_page_shows_all_photos(
    places: Places, page_path: Path
) -> None:
    places.put("a/1.jpg", DRONE)
    places.put("a/2.jpg", DRONE)
    places.mirror()
    assert "This page shows all that have a rendition." in gallery(places, page_path).source
    some = gallery(places, page_path, "--photos", "1", "--force").source
    assert "This page shows 1: the photos whose size shrank most." in some


def test_refused_photos_beyond_what_a_page_lists_are_counted(
    places: Places, page_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "MOST_WITHOUT", 2)
    for at in range(4):
        places.put(f"a/{at}.jpg", photo(at))
    page = gallery(places, page_path)
    assert "And 2 more" in page.source
