"""`photo-mirror labels --sheet`: outlines enclose the same on renditions and photos, by pixels."""

import json
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from tests.cli.conftest import Places

# On the photo as stored: left, top, right and bottom of something red.
RED = (40, 60, 140, 200)
SIDES = (400, 300)
GAP = 16
Box = tuple[float, float, float, float]


def photo(turn: int) -> bytes:
    made = Image.new("RGB", SIDES, (255, 255, 255))
    made.paste((255, 0, 0), RED)
    block = Image.Exif()
    block[0x0112] = turn
    file = BytesIO()
    made.save(file, "JPEG", quality=95, exif=block.tobytes())
    return file.getvalue()


def in_frame(frame: str) -> tuple[tuple[int, int], Box]:
    """The sides, and the box of what is red, on half the photo; shown by turn 6."""
    left, top, right, bottom = (at / 2 for at in RED)
    wide, high = SIDES[0] // 2, SIDES[1] // 2
    if frame == "stored":
        return (wide, high), (left, top, right, bottom)
    return (high, wide), (high - bottom, left, high - top, right)


def coco(path: Path, frame: str, move: float = 0) -> Path:
    (width, height), (left, top, right, bottom) = in_frame(frame)
    images = [{"id": 1, "file_name": "a.jpg", "width": width, "height": height}]
    box = [left + move, top, right - left, bottom - top]
    annotations = [{"id": 1, "image_id": 1, "category_id": 1, "bbox": box}]
    path.write_text(json.dumps({"images": images, "annotations": annotations}))
    return path


def drawn(path: Path) -> list[tuple[Box, Box]]:
    """On each half, where the outline is and where what is red is, in pixels."""
    sheet = Image.open(path).convert("RGB")
    side = (sheet.width - GAP) // 2
    found: list[tuple[Box, Box]] = []
    for left in (0, side + GAP):
        red, green, blue = sheet.crop((left, 0, left + side, sheet.height)).split()
        is_red = ImageChops.subtract(red, green).point(lambda level: 255 * (level > 170))
        # The colour of the first label is a light blue.
        is_outline = ImageChops.subtract(blue, red).point(lambda level: 255 * (level > 90))
        boxes = is_outline.getbbox(), is_red.getbbox()
        assert boxes[0] is not None
        assert boxes[1] is not None
        found.append((boxes[0], boxes[1]))
    return found


@pytest.mark.parametrize("orientation", ["tag", "upright"])
@pytest.mark.parametrize("out_frame", ["shown", "stored"])
def test_outlines_enclose_the_same_on_a_turned_photo_and_its_rendition(
    places: Places,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    orientation: str,
    out_frame: str,
) -> None:
    monkeypatch.setenv("PHOTO_MIRROR_MAX_SIDE", "200")
    monkeypatch.setenv("PHOTO_MIRROR_ORIENTATION", orientation)
    places.put("a.jpg", photo(6))
    places.mirror()
    for frame in {"tag": ["shown", "stored"], "upright": ["shown"]}[orientation]:
        ran = places.invoke(
            "labels", "to-raw", str(coco(tmp_path / "in.json", frame)),
            "-o", str(tmp_path / "out.json"), "--sheet", str(tmp_path / "sheet.webp"),
            "--frame", frame, "--out-frame", out_frame,
        )  # fmt: skip
        assert ran.exit_code == 0, ran.output
        for outline, red in drawn(tmp_path / "sheet.webp"):
            assert outline == pytest.approx(red, abs=4)
            assert red[3] - red[1] < red[2] - red[0]  # as shown


def test_a_label_at_the_wrong_place_is_at_the_wrong_place_on_both(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOTO_MIRROR_MAX_SIDE", "200")
    places.put("a.jpg", photo(6))
    places.mirror()
    file = coco(tmp_path / "in.json", "shown", move=20)
    sheet = tmp_path / "sheet.webp"
    code, told = places.told(
        "labels", "check", str(file), "--frame", "shown", "--sheet", str(sheet)
    )
    assert (code, told[-1]["total"]["mapped"]) == (0, 1)
    for outline, red in drawn(sheet):
        assert outline[0] - red[0] == pytest.approx(40, abs=6)


def test_if_nothing_can_be_drawn_a_message_says_so(places: Places, tmp_path: Path) -> None:
    places.put("a.jpg", photo(1))
    places.mirror()
    file = tmp_path / "in.json"
    file.write_text(json.dumps({"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": []}))
    ran = places.invoke("labels", "check", str(file), "--sheet", str(tmp_path / "sheet.webp"))
    assert ran.exit_code == 0
    assert "was not written: no photo with labels could be drawn" in ran.stderr
    assert not (tmp_path / "sheet.webp").exists()
