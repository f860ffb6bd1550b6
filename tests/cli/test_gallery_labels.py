"""`photo-mirror gallery --labels`: labels of renditions and of raw photos, on the photos shown."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from orchestration.gallery.choose import Choice, choose
from orchestration.gallery.labels import LabelsOf, LabelSource, ShownLabels, labels_of_shown
from orchestration.labels.formats import open_labels
from orchestration.labels.geometry import Frame
from orchestration.labels.options import Options
from tests.cli.conftest import Places
from tests.cli.test_gallery import Page, gallery
from tests.resize_core.sample_files import DRONE

HOSTILE = "</script><script>alert(1)</script>\u202e"
# Left, top, right and bottom as shares of the photo as shown.
BOX = (0.1, 0.2, 0.4, 0.8)
SIDES = (400, 300)


def photo(turn: int = 1, sides: tuple[int, int] = SIDES) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = turn
    file = BytesIO()
    Image.effect_noise(sides, 60).convert("RGB").save(file, "JPEG", quality=95, exif=exif)
    return file.getvalue()


def coco(path: Path, *images: tuple[str, int, int], name: str = "dog") -> Path:
    """Write a label file with BOX on each image, by its width and height."""
    left, top, right, bottom = BOX
    boxes = [[left * w, top * h, (right - left) * w, (bottom - top) * h] for _, w, h in images]
    found = {
        "images": [
            {"id": at, "file_name": file, "width": w, "height": h}
            for at, (file, w, h) in enumerate(images)
        ],
        "annotations": [
            {"image_id": at, "category_id": 1, "bbox": box} for at, box in enumerate(boxes)
        ],
        "categories": [{"id": 1, "name": name}],
    }
    path.write_text(json.dumps(found))
    return path


def yolo(folder: Path, stem: str) -> Path:
    left, top, right, bottom = BOX
    folder.mkdir(parents=True, exist_ok=True)
    numbers = (left + right) / 2, (top + bottom) / 2, right - left, bottom - top
    (folder / f"{stem}.txt").write_text(f"0 {' '.join(map(str, numbers))}\n")
    return folder


def drawn(places: Places, path: Path, of: str = "auto", frame: str | None = None) -> ShownLabels:
    mirror = places.opened()
    chosen = choose(mirror, None, Choice()).chosen
    form, document = open_labels(path, Options())
    source = LabelSource(form, document, LabelsOf(of), Frame(frame) if frame else None)
    return labels_of_shown(mirror, None, chosen, source)


def around(found: ShownLabels, name: str) -> tuple[float, ...]:
    """Return the smallest box around the only label of a photo."""
    assert not found.reasons
    (label,) = found.by_photo[name].labels
    xs, ys = zip(*label.areas[0], strict=True)
    return min(xs), min(ys), max(xs), max(ys)


@pytest.fixture
def upright(places: Places, monkeypatch: pytest.MonkeyPatch) -> Places:
    """A photo stored 400x300 with turn 6, shown 300x400; its rendition is smaller, without one."""
    monkeypatch.setenv("PHOTO_MIRROR_ORIENTATION", "upright")
    monkeypatch.setenv("PHOTO_MIRROR_MAX_SIDE", "200")
    places.put("a/1.jpg", photo(6))
    places.mirror()
    return places


def rendition_sides(places: Places, name: str) -> tuple[int, int]:
    held = places.rendition(name)
    with Image.open(BytesIO(places.resized.read(name, held.etag).data)) as picture:
        assert picture.size != SIDES
        return picture.size


def test_a_page_has_the_labels_of_photos_by_class(
    places: Places, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("page")
    places.put("a/drone.jpg", DRONE)
    places.put("a/other.jpg", photo())
    places.mirror()
    with Image.open(BytesIO(DRONE)) as picture:
        sides = picture.size
    labels = coco(
        folder / "labels.json", ("a/drone.jpg", *sides), ("none.jpg", 10, 10), name=HOSTILE
    )
    before = places.state()
    path = folder / "gallery.html"
    ran = places.invoke("gallery", "-o", str(path), "--labels", str(labels))
    assert ran.exit_code == 0, ran.output
    assert places.state() == before
    assert "not drawn: none.jpg: 'none.jpg' matches no photo in the container" in ran.output
    assert "1 label drawn on 1 photo." in ran.output
    page = Page(path)
    facts = {one["name"]: one["labels"] for one in page.photos}
    (only,) = facts["a/drone.jpg"]["classes"]
    assert only["name"] == HOSTILE.replace("\u202e", "\\u202e")
    assert only["labels"] == 1
    left, top, right, bottom = BOX
    corners = [left, top, right, top, right, bottom, left, bottom]
    assert only["areas"] == [pytest.approx(corners)]
    assert facts["a/other.jpg"]["classes"] == []
    assert page.source.count("</script>") == 2
    assert "\u202e" not in page.source


def test_a_page_without_a_label_file_has_no_labels(
    places: Places, tmp_path_factory: pytest.TempPathFactory
) -> None:
    places.put("a/drone.jpg", DRONE)
    places.mirror()
    page = gallery(places, tmp_path_factory.mktemp("page") / "gallery.html")
    assert all("labels" not in one for one in page.photos)


def test_labels_as_shown_are_the_same_of_renditions_and_of_photos(
    upright: Places, tmp_path: Path
) -> None:
    for sides in (rendition_sides(upright, "a/1.jpg"), (300, 400)):
        found = drawn(upright, coco(tmp_path / "labels.json", ("a/1.jpg", *sides)))
        assert around(found, "a/1.jpg") == pytest.approx(BOX)


def test_labels_of_a_photo_as_stored_are_turned(upright: Places, tmp_path: Path) -> None:
    found = drawn(upright, coco(tmp_path / "labels.json", ("a/1.jpg", *SIDES)))
    left, top, right, bottom = BOX
    # Turn 6 is a quarter to the right: what is on top comes to the right.
    assert around(found, "a/1.jpg") == pytest.approx((1 - bottom, left, 1 - top, right))


def test_without_sides_the_container_has_to_be_known_if_it_matters(
    upright: Places, tmp_path: Path
) -> None:
    def read() -> Path:
        return yolo(tmp_path / "yolo", "1")

    found = drawn(upright, read())
    assert "set --frame" in found.reasons["1"]
    assert around(drawn(upright, read(), frame="shown"), "a/1.jpg") == pytest.approx(BOX)
    found = drawn(upright, read(), frame="stored")
    assert "set --labels-of resized or --labels-of raw" in found.reasons["1"]
    assert found.by_photo["a/1.jpg"].reason == found.reasons["1"]
    found = drawn(upright, read(), of="resized", frame="stored")
    assert around(found, "a/1.jpg") == pytest.approx(BOX)
    left, top, right, bottom = BOX
    turned = 1 - bottom, left, 1 - top, right
    found = drawn(upright, read(), of="raw", frame="stored")
    assert around(found, "a/1.jpg") == pytest.approx(turned)


def test_pixels_without_sides_are_not_drawn_by_guess(upright: Places, tmp_path: Path) -> None:
    def read() -> Path:
        sides = rendition_sides(upright, "a/1.jpg")
        path = coco(tmp_path / "labels.json", ("a/1.jpg", *sides))
        found = json.loads(path.read_text())
        del found["images"][0]["width"], found["images"][0]["height"]
        path.write_text(json.dumps(found))
        return path

    found = drawn(upright, read(), frame="shown")
    assert "--labels-of" in found.reasons["a/1.jpg"]
    found = drawn(upright, read(), of="resized", frame="shown")
    assert around(found, "a/1.jpg") == pytest.approx(BOX)


def test_labels_of_another_picture_are_not_drawn(upright: Places, tmp_path: Path) -> None:
    found = drawn(upright, coco(tmp_path / "labels.json", ("a/1.jpg", 100, 400)))
    assert "which is not the aspect ratio" in found.reasons["a/1.jpg"]
    assert not found.drawn


def test_a_name_is_looked_for_among_all_photos_and_not_only_those_shown(
    places: Places, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("page")
    for name in ("a/1.jpg", "b/1.jpg", "b/2.jpg"):
        places.put(name, photo())
    places.mirror()
    labels = coco(folder / "labels.json", ("1.jpg", *SIDES), ("2.jpg", *SIDES))
    arguments = ("-o", str(folder / "page.html"), "--photos", "1", "--labels", str(labels))
    ran = places.invoke("gallery", *arguments)
    assert ran.exit_code == 0, ran.output
    assert "not drawn: 1.jpg: it may be 'a/1.jpg', 'b/1.jpg'; set the folder by FOLDERS" in (
        ran.output
    )
    ran = places.invoke("gallery", "a", *arguments)
    assert ran.exit_code == 0, ran.output
    assert "1 label drawn on 1 photo." in ran.output
    ran = places.invoke("gallery", "b", *arguments)
    assert "1 photo of the label file not shown here." in ran.output


def test_photos_with_another_name_than_their_rendition_are_found_by_both(
    places: Places, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PHOTO_MIRROR_ACCEPTS", "jpeg")
    file = BytesIO()
    with Image.open(BytesIO(photo())) as picture:
        picture.save(file, "WEBP", quality=95)
    places.put("a/1.webp", file.getvalue())
    places.mirror()
    for name in ("a/1.webp", "a/1.webp.jpg"):
        found = drawn(places, coco(tmp_path / "labels.json", (name, *SIDES)))
        assert around(found, "a/1.webp") == pytest.approx(BOX)
    found = drawn(places, coco(tmp_path / "labels.json", ("a/1.webp", *SIDES)), of="resized")
    assert "matches no photo" in found.reasons["a/1.webp"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--form", "coco"), "--form requires --labels FILE"),
        (("--labels-of", "raw"), "--labels-of requires --labels FILE"),
        (("--labels", "{labels}"), "is not in a known format"),
        (("--labels", "{labels}.none"), "does not exist"),
    ],
)
def test_options_that_cannot_be_followed_end_the_command(
    places: Places, tmp_path: Path, arguments: Any, expected: str
) -> None:
    labels = tmp_path / "labels.json"
    labels.write_text("{}")
    given = [one.format(labels=labels) for one in arguments]
    ran = places.invoke("gallery", "-o", str(tmp_path / "page.html"), *given)
    assert ran.exit_code == 2
    assert expected in ran.output
    assert not (tmp_path / "page.html").exists()
