"""The gallery as a person uses it: a file opened in a browser that has no network."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from orchestration.blobs.address import parse_address
from orchestration.blobs.open import open_store
from orchestration.cli import main
from tests.browser.dagster_ui import ROOT
from tests.cli.conftest import Places
from tests.resize_core.sample_files import DRONE

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
PATIENCE = 20_000
HOSTILE = 'c/</script><img src=x onerror="document.title=1">\u202e.jpg'
SHOWN = ["a/b/1.jpg", "a/b/2.jpg", "a/b/fits.jpg", "c/turned.jpg", HOSTILE]


def scene(grain: float, sides: tuple[int, int] = (1400, 1000), turn: int = 1) -> bytes:
    """The drone's photo enlarged, with grain."""
    with Image.open(BytesIO(DRONE)) as photo:
        plain = photo.convert("RGB").resize(sides)
    noise = Image.effect_noise(sides, 60).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = turn
    file = BytesIO()
    Image.blend(plain, noise, grain).save(file, "JPEG", quality=92, exif=exif)
    return file.getvalue()


def labels_file(path: Path) -> Path:
    """COCO of raw photos: a box around everything, a polygon and points, in hostile classes."""
    names = ["whole", "</script><img src=x onerror=document.title=1>", "points"]
    images = [
        {"id": 1, "file_name": "a/b/2.jpg", "width": 1400, "height": 1000},
        {"id": 2, "file_name": "c/turned.jpg", "width": 2200, "height": 1500},
        {"id": 3, "file_name": "a/b/1.jpg", "width": 700, "height": 1400},
    ]
    triangle = [[700, 100, 1300, 900, 100, 900]]
    annotations = [
        {"image_id": 1, "category_id": 0, "bbox": [14, 10, 1372, 980]},
        {"image_id": 1, "category_id": 1, "bbox": [100, 100, 1200, 800], "segmentation": triangle},
        {"image_id": 1, "category_id": 2, "keypoints": [700, 500, 2, 0, 0, 0, 350, 500, 1]},
        {"image_id": 2, "category_id": 0, "bbox": [0, 0, 2200, 750]},
        {"image_id": 3, "category_id": 0, "bbox": [0, 0, 10, 10]},
    ]
    found = {
        "images": images,
        "annotations": annotations,
        "categories": [{"id": at, "name": name} for at, name in enumerate(names)],
    }
    path.write_text(json.dumps(found))
    return path


@pytest.fixture(scope="module")
def galleries(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Galleries of a mirror in two folders: one without labels, one with labels."""
    folder = tmp_path_factory.mktemp("gallery")
    raw, resized = folder / "raw", folder / "resized"
    raw.mkdir()
    path = folder / "page.html"
    with pytest.MonkeyPatch.context() as patch:
        for name in [*os.environ]:
            if name.startswith("PHOTO_MIRROR_"):
                patch.delenv(name)
        patch.setenv("PHOTO_MIRROR_RAW", str(raw))
        patch.setenv("PHOTO_MIRROR_RESIZED", str(resized))
        patch.setenv("PHOTO_MIRROR_BUDGET", "250kB")
        patch.setenv("PHOTO_MIRROR_MAX_SIDE", "2000")
        # So that there are several places to show.
        patch.setenv("PHOTO_MIRROR_STRATEGY", "keep-pixels")
        one, other = (open_store(parse_address(str(place), "resized")) for place in (raw, resized))
        places = Places(one, other, folder, None)
        places.put("a/b/1.jpg", scene(0.04, (2000, 1400)))
        places.put("a/b/2.jpg", scene(0.24))
        places.put("a/b/fits.jpg", scene(0, (300, 200)))
        places.put("c/turned.jpg", scene(0.16, (2200, 1500), turn=6))
        places.put(HOSTILE, scene(0.2))
        places.put("c/cut.jpg", scene(0.3)[:-50_000])
        places.mirror()
        ran = CliRunner().invoke(main, ["gallery", "-o", str(path)])
        assert ran.exit_code == 0, ran.output
        labelled = folder / "labelled.html"
        labels = str(labels_file(folder / "labels.json"))
        ran = CliRunner().invoke(main, ["gallery", "-o", str(labelled), "--labels", labels])
        assert ran.exit_code == 0, ran.output
        assert "4 labels drawn on 2 photos." in ran.output
        assert "not drawn: a/b/1.jpg: " in ran.output
    return path, labelled


@dataclass
class Opened:
    """A page, and what it asked the network for or complained of."""

    page: Page
    requests: list[str]
    complaints: list[str]


@pytest.fixture
def opened(
    browser: Browser, galleries: tuple[Path, Path], request: pytest.FixtureRequest
) -> Iterator[Opened]:
    look: dict[str, Any] = {"viewport": {"width": 1280, "height": 860}, "color_scheme": "light"}
    look |= getattr(request, "param", {})
    gallery = galleries[look.pop("with_labels", False)]
    context: BrowserContext = browser.new_context(**look)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    seen = Opened(page, [], [])
    page.on("request", lambda asked: seen.requests.append(asked.url))
    page.on("console", lambda message: seen.complaints.append(message.text))
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.goto(gallery.as_uri())
    yield seen
    context.close()
    outside = [url for url in seen.requests if not url.startswith(("data:", gallery.as_uri()))]
    assert not outside
    assert not seen.complaints


def cards(page: Page) -> Locator:
    return page.locator(".card:visible")


def open_photo(page: Page, name: str) -> Locator:
    page.locator(".card", has_text=name).locator(".open").click()
    viewer = page.get_by_role("dialog")
    expect(viewer).to_be_visible()
    return viewer


def divider(page: Page) -> int:
    return int(page.locator("#slide").input_value())


def keep(page: Page, name: str) -> None:
    folder = ROOT / "artefacts"
    folder.mkdir(exist_ok=True)
    page.screenshot(path=folder / f"{name}.png")


def test_all_photos_are_there_most_loss_first_and_names_are_text(opened: Opened) -> None:
    page = opened.page
    expect(cards(page)).to_have_count(len(SHOWN))
    assert page.title() == "Photos before and after - photo-mirror"
    expect(page.get_by_role("heading", name='c/</script><img src=x onerror="')).to_be_visible()
    scores = [float(text.split()[1]) for text in page.locator(".score").all_inner_texts()]
    assert scores == sorted(scores)
    assert page.locator("#without tbody tr").count() == 1
    expect(page.locator("#without")).to_contain_text("cut short")
    loaded = page.locator(".card img").evaluate_all(
        "async (images) => { for (const image of images) { image.loading = 'eager'; "
        "await image.decode(); } return images.every((image) => image.naturalWidth > 100); }"
    )
    assert loaded


def test_filters_choose_by_folder_state_and_share(opened: Opened) -> None:
    page = opened.page
    page.get_by_label("Folder").select_option("c")
    expect(cards(page)).to_have_count(1)
    expect(page.get_by_role("status").first).to_have_text("1 of 5 photos shown")
    expect(page.locator("#without tr[data-state=refused]")).to_be_visible()
    page.get_by_label("State").select_option("refused")
    expect(cards(page)).to_have_count(0)
    expect(page.locator("#without tr[data-state=refused]")).to_be_visible()
    page.get_by_label("Folder").select_option("a/b")
    expect(page.locator("#without")).to_be_hidden()
    page.get_by_label("State").select_option("")
    page.get_by_role("combobox", name="Bytes that remain").select_option("unchanged")
    expect(cards(page)).to_have_count(1)
    expect(cards(page)).to_contain_text("a/b/fits.jpg")
    page.get_by_label("Folder").select_option("")
    page.get_by_role("combobox", name="Bytes that remain").select_option("any share")
    page.get_by_label("Sort by").select_option("name")
    names = page.locator(".card h3").all_inner_texts()
    assert names == sorted(names)


def test_the_divider_follows_mouse_buttons_and_keys(opened: Opened) -> None:
    page = opened.page
    viewer = open_photo(page, "a/b/2.jpg")
    stage = page.locator("#stage")
    box = stage.bounding_box()
    assert box
    assert (box["width"], box["height"]) == (512, 384)
    assert divider(page) == 50
    page.mouse.move(box["x"] + 256, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 128, box["y"] + 100, steps=4)
    page.mouse.up()
    assert divider(page) == 25
    expect(page.locator("#after")).to_have_css("clip-path", "inset(0px 0px 0px 25%)")
    page.mouse.move(box["x"] + 400, box["y"] + 100)
    assert divider(page) == 25
    page.keyboard.press("ArrowRight")
    assert divider(page) > 25
    page.locator("#slide").focus()
    page.keyboard.press("Home")
    assert divider(page) == 0
    page.keyboard.press("End")
    assert divider(page) == 100
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#slide")).to_have_attribute("aria-valuetext", "99% before, 1% after")
    page.keyboard.press("b")
    assert divider(page) == 100
    page.keyboard.press("a")
    assert divider(page) == 0
    viewer.get_by_role("button", name="Both").click()
    assert divider(page) == 50
    viewer.get_by_role("button", name="2:1").click()
    expect(stage).to_have_css("width", "1024px")


def test_places_and_photos_are_walked_by_keyboard_alone(opened: Opened) -> None:
    page = opened.page
    page.get_by_label("Sort by").select_option("name")
    page.get_by_label("Sort by").focus()
    page.keyboard.press("Tab")
    first = page.locator(".open").first
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    viewer = page.get_by_role("dialog")
    expect(page.locator("#slide")).to_be_focused()
    place = page.locator("#place")
    expect(place).to_contain_text("Crop 1 of")
    source = page.locator("#after").get_attribute("src")
    page.keyboard.press("n")
    expect(place).to_contain_text("Crop 2 of")
    assert page.locator("#after").get_attribute("src") != source
    page.keyboard.press("p")
    expect(place).to_contain_text("Crop 1 of")
    name = page.locator("#viewer-name").inner_text()
    page.keyboard.press("PageDown")
    assert page.locator("#viewer-name").inner_text() != name
    page.keyboard.press("PageUp")
    expect(page.locator("#viewer-name")).to_have_text(name)
    page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()
    expect(first).to_be_focused()


def test_a_scaled_and_a_turned_photo_say_so_and_stand_upright(opened: Opened) -> None:
    page = opened.page
    viewer = open_photo(page, "c/turned.jpg")
    expect(viewer).to_contain_text("both are shown at the rendition")
    overview = page.locator("#overview")
    assert overview.evaluate("image => image.naturalHeight > image.naturalWidth")
    page.keyboard.press("Escape")
    viewer = open_photo(page, "a/b/fits.jpg")
    expect(viewer).to_contain_text("there is nothing to compare")
    expect(page.locator("#stage")).to_be_hidden()


LOOKS: list[dict[str, Any]] = [
    {"color_scheme": "light"},
    {"color_scheme": "dark"},
    {"viewport": {"width": 390, "height": 800}},
    {"viewport": {"width": 390, "height": 800}, "device_scale_factor": 3, "color_scheme": "dark"},
]


@pytest.mark.parametrize("opened", LOOKS, ids=str, indirect=True)
def test_every_look_is_accessible_and_fits_the_screen(
    opened: Opened, request: pytest.FixtureRequest
) -> None:
    page = opened.page
    kept = f"gallery-{LOOKS.index(request.node.callspec.params['opened'])}"
    keep(page, kept)
    check_accessible(page)
    fits = "document.documentElement.scrollWidth <= window.innerWidth"
    assert page.evaluate(fits)
    reason = page.locator("#without tbody td").last.bounding_box()
    assert reason
    assert reason["width"] > 300  # not a column of a few letters
    open_photo(page, "a/b/2.jpg")
    keep(page, f"{kept}-open")
    check_accessible(page)
    assert page.evaluate(fits)
    ratio = page.evaluate("window.devicePixelRatio")
    width = page.locator("#stage").evaluate("stage => stage.getBoundingClientRect().width")
    assert width == pytest.approx(512 / ratio, abs=0.5)


def check_accessible(page: Page) -> None:
    """Look the page over by axe; its source is evaluated, for the page admits no other script."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run().then((result) => result.violations)")
    told = [(rule["id"], [node["html"][:120] for node in rule["nodes"]]) for rule in found]
    assert not told


def test_the_policy_keeps_out_what_a_page_would_load_or_run(opened: Opened) -> None:
    page = opened.page
    page.evaluate(
        "() => { const script = document.createElement('script');"
        "script.textContent = 'document.title = 1'; document.body.append(script);"
        "const image = new Image(); image.src = 'https://127.0.0.1:1/x.png';"
        "document.body.append(image); }"
    )
    page.wait_for_timeout(200)
    assert page.title() == "Photos before and after - photo-mirror"
    assert len([text for text in opened.complaints if "Content Security Policy" in text]) == 2
    opened.complaints.clear()
    opened.requests[:] = [url for url in opened.requests if "127.0.0.1:1" not in url]


with_labels = pytest.mark.parametrize("opened", [{"with_labels": True}], ids=str, indirect=True)


def drawn_pixels(page: Page, where: str, colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of all pixels of a colour in an element."""
    with Image.open(BytesIO(page.locator(where).screenshot())) as picture:
        plain = picture.convert("RGB")
    found = [
        (x, y)
        for y in range(plain.height)
        for x in range(plain.width)
        if plain.getpixel((x, y)) == colour
    ]
    assert found, f"no pixel of {colour} in {where}"
    xs, ys = zip(*found, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


@pytest.mark.parametrize(
    "opened", [look | {"with_labels": True} for look in LOOKS], ids=str, indirect=True
)
def test_labels_are_drawn_in_every_look_accessibly(
    opened: Opened, request: pytest.FixtureRequest
) -> None:
    page = opened.page
    look = request.node.callspec.params["opened"].copy()
    del look["with_labels"]
    kept = f"gallery-labels-{LOOKS.index(look)}"
    keep(page, kept)
    check_accessible(page)
    fits = "document.documentElement.scrollWidth <= window.innerWidth"
    assert page.evaluate(fits)
    viewer = open_photo(page, "a/b/2.jpg")
    keep(page, f"{kept}-open")
    check_accessible(page)
    assert page.evaluate(fits)
    legend = viewer.get_by_role("list", name="Labels of this photo")
    expect(legend).to_contain_text("</script><img src=x onerror=document.title=1>: 1")
    expect(legend.locator("img")).to_have_count(0)
    assert page.title() == "Photos before and after - photo-mirror"


@with_labels
def test_labels_are_where_they_belong_and_toggle_by_button_and_key(opened: Opened) -> None:
    page = opened.page
    viewer = open_photo(page, "a/b/2.jpg")
    buttons = page.locator(".labels-button")
    overlay = page.locator("#drawn svg")
    expect(overlay).to_be_visible()
    box = page.locator("#stage").bounding_box()
    assert box
    assert overlay.bounding_box() == box
    # The box around everything is 1% from each edge of the whole photo.
    overview = page.locator("#map").bounding_box()
    assert overview
    found = drawn_pixels(page, "#map", (0xE6, 0x9F, 0x00))
    wide, high = overview["width"], overview["height"]
    assert found == pytest.approx((0.01 * wide, 0.01 * high, 0.99 * wide, 0.99 * high), abs=2)
    expect(buttons.first).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("l")
    expect(overlay).to_be_hidden()
    for button in buttons.all():
        expect(button).to_have_attribute("aria-pressed", "false")
    viewer.get_by_role("button", name="Labels").focus()
    page.keyboard.press("Enter")
    expect(overlay).to_be_visible()
    page.keyboard.press("PageDown")
    page.keyboard.press("Escape")
    page.keyboard.press("L")
    expect(page.locator(".card .drawing").first).to_be_hidden()
    page.locator("#filters").get_by_role("button", name="Labels").click()
    expect(page.locator(".card .drawing").first).to_be_visible()


@with_labels
def test_the_labels_of_a_crop_are_those_of_its_part_of_the_photo(opened: Opened) -> None:
    page = opened.page
    open_photo(page, "c/turned.jpg")
    # The upper half as stored is the right half as shown: turn 6 is a quarter to the right.
    around, sides = page.locator("#map svg").evaluate(
        "(svg) => { const { x, y, width, height } = svg.querySelector('path').getBBox();"
        "return [[x, y, width, height], svg.getAttribute('viewBox').split(' ').map(Number)]; }"
    )
    _, _, wide, high = sides
    assert around == pytest.approx([wide / 2, 0, wide / 2, high], abs=0.1)
    view, place = page.locator("#drawn svg").evaluate(
        "(svg) => [svg.getAttribute('viewBox'), document.getElementById('place').textContent]"
    )
    x, y, width, height = view.split()
    assert f"{width} \u00d7 {height} pixels at {x}, {y};" in place


@with_labels
def test_a_photo_without_drawn_labels_says_why(opened: Opened) -> None:
    page = opened.page
    viewer = open_photo(page, "a/b/1.jpg")
    expect(viewer).to_contain_text("Labels that cannot be drawn: the label file has 700x1400 px")
    page.keyboard.press("Escape")
    viewer = open_photo(page, "a/b/fits.jpg")
    expect(viewer).to_contain_text("The label file has no labels for this photo.")


def test_a_gallery_without_a_label_file_has_no_button_for_labels(opened: Opened) -> None:
    page = opened.page
    open_photo(page, "a/b/2.jpg")
    for button in page.locator(".labels-button").all():
        expect(button).to_be_hidden()
    expect(page.locator(".drawing")).to_have_count(0)
