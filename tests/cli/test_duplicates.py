"""`photo-mirror duplicates`, and the manifest that leaves them out."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import Places
from tests.resize_core.sample_files import DRONE

pytestmark = pytest.mark.parametrize("places", ["folders"], indirect=True)


def piece(left: int, quality: int, side: int = 200) -> bytes:
    file = BytesIO()
    image = Image.open(BytesIO(DRONE)).crop((left, 0, left + 240, 240)).resize((side, side))
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def fill(places: Places) -> None:
    places.put("a/1.jpg", piece(0, 95))
    places.put("a/2.jpg", piece(0, 90))
    places.put("b/3.jpg", piece(2, 95, 160))
    places.put("b/other.jpg", piece(400, 95))
    places.put("b/light.jpg", piece(0, 30, 60))
    places.mirror()


def test_photos_that_look_alike_are_listed_and_the_unknown_counted(places: Places) -> None:
    fill(places)
    before = places.state()
    code, told = places.told("duplicates")
    assert code == 0
    (group,) = told[:-1]
    names = {group["best"], *(one["name"] for one in group["others"])}
    assert names == {"a/1.jpg", "a/2.jpg", "b/3.jpg"}
    assert told[-1]["total"] == {"renditions": 5, "groups": 1, "others": 2, "unknown": 1}
    told = places.told("duplicates", "--read")[1]
    assert told[-1]["total"] == {"renditions": 5, "groups": 1, "others": 3, "unknown": 0}
    shown = places.invoke("duplicates").stdout
    assert "1 rendition not compared: never decoded" in shown
    assert places.state() == before


def test_a_manifest_without_duplicates_holds_the_best_alone(places: Places, tmp_path: Path) -> None:
    fill(places)
    out = tmp_path / "manifest"
    code, told = places.told("manifest", "--without-duplicates", "-o", str(out))
    assert code == 0
    total = told[-1]["total"]
    assert (total["renditions"], total["left_out"]) == (3, {"looks like a better one": 2})
    assert (out / "renditions.jsonl").read_text().count("\n") == 3
