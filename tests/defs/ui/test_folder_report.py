"""What a folder's materialization shows, from outcomes to metadata."""

import re
from base64 import b64decode
from io import BytesIO
from typing import Any
from xml.etree import ElementTree as ET

import dagster as dg
import pytest
from PIL import Image, ImageChops, ImageStat

from orchestration.defs.ui.charts import class_of, histogram
from orchestration.defs.ui.folder_report import Report, outcome_line, pictures
from orchestration.defs.ui.tables import band
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.outcomes import Blocked, Done, Failed, Refused, Sheet
from resize_core import Setting
from tests.mirror.fake_mirror import World
from tests.mirror.ledger.test_contact_sheets import sheets
from tests.noise_photos import photo

MB = 1_000_000


def done(n: int, before: int, quality: float | None = 90.0, scale: float = 1.0) -> Done:
    setting = Setting(scale, quality)
    return Done("a/b", f"a/b/{n:04}.jpg", "rendered", before, 5_900_000, 0.8, setting)


def records(shown: dict[str, Any], key: str) -> list[dict[str, Any]]:
    value = shown[key]
    assert isinstance(value, dg.TableMetadataValue)
    return [dict(record.data) for record in value.records]


def images(value: Any) -> list[tuple[str, bytes]]:
    assert isinstance(value, dg.MarkdownMetadataValue)
    found = re.findall(r"!\[[^]]*\]\(data:image/([a-z+]+);base64,([^)]+)\)", value.md_str or "")
    return [(kind, b64decode(data, validate=True)) for kind, data in found]


def decoded(shown: dict[str, Any]) -> Image.Image:
    ((kind, data),) = images(shown["pictures"])
    assert kind == "webp"
    return Image.open(BytesIO(data)).convert("RGB")


def test_the_distribution_of_settings_and_their_means_are_shown() -> None:
    report = Report()
    for n in range(6):
        report.add(done(n, 8 * MB, 92))
    report.add(done(7, 8 * MB, 78, 0.8))
    report.add(done(8, 8 * MB, None))
    shown = report.metadata(Counts(in_sync=8))
    assert records(shown, "settings") == [
        {"quality": "the photo's own", "scale": "100 %", "photos": 1},
        {"quality": "90 - 95", "scale": "100 %", "photos": 6},
        {"quality": "75 - 80", "scale": "80 %", "photos": 1},
    ]
    assert shown["quality_mean"] == 90.0
    assert shown["scale_mean"] == 0.975


@pytest.mark.parametrize("quality", [0, 4.9, 5, 94.9, 95, 99.9, 100])
def test_every_quality_is_shown_in_a_band_that_holds_it_and_ends_at_100(quality: float) -> None:
    low, high = map(int, band(Setting(1, quality))[0].split(" - "))
    assert 0 <= low <= quality <= high <= 100
    assert high - low == 5


def test_the_largest_photos_are_shown_and_no_more_than_ten() -> None:
    report = Report()
    for n in range(500):
        report.add(done(n, (n % 97) * 100_000 + 6 * MB))
    rows = records(report.metadata(Counts()), "largest")
    assert len(rows) == 10
    assert rows[0]["before"] == "15.6 MB"
    assert rows == sorted(rows, key=lambda row: float(row["before"].split()[0]), reverse=True)


def test_the_refused_and_the_failed_are_shown_with_reasons() -> None:
    report = Report()
    report.add(Refused("a/b", "a/b/x.jpg", "1", "truncated", "a JPEG file cut short"))
    report.add(Failed("a/b", "a/b/y.jpg", "Traceback ...\nKeyError: 'size'\n"))
    shown = report.metadata(Counts(refused=1, due=1))
    assert records(shown, "refused_now") == [
        {"photo": "a/b/x.jpg", "kind": "truncated", "reason": "a JPEG file cut short"}
    ]
    assert records(shown, "failed_now")[0]["reason"] == "KeyError: 'size'"


def test_the_histogram_is_a_drawing_that_counts_photos_before_and_after() -> None:
    drawing = histogram({class_of(8 * MB): 3}, {class_of(5 * MB): 2, class_of(6 * MB): 1})
    root = ET.fromstring(drawing)
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "3" in texts
    assert "2" in texts
    report = Report()
    report.add(done(1, 8 * MB))
    ((kind, svg),) = images(report.metadata(Counts())["sizes"])
    assert kind == "svg+xml"
    ET.fromstring(svg)


def test_the_numbers_of_a_folder_are_numbers_so_that_they_are_plotted() -> None:
    shown = Report().metadata(Counts(in_sync=3))
    assert all(isinstance(value, int | float) for value in shown.values())
    assert {"photos", "bytes_before", "bytes_after", "seconds", "photos_per_second"} <= set(shown)


def test_different_photos_give_different_sheets() -> None:
    world = World(policy=Policy(shown=3))
    world.put("a/b/one.jpg", photo(1))
    world.put("c/d/two.jpg", photo(2))
    found = sheets(world)
    one, two = (decoded(pictures(found[key])) for key in ("a/b", "c/d"))
    assert one.size == two.size
    assert max(ImageStat.Stat(ImageChops.difference(one, two)).mean) > 30


def test_the_pictures_are_40_kilobytes_at_most_however_long_the_names() -> None:
    shown = tuple(
        Done("a", "é" * 900 + str(n), "rendered", 9 * MB, 6 * MB, 1.0, Setting(0.5, 75.0))
        for n in range(3)
    )
    made = pictures(Sheet(bytes(26_000), 3, shown))
    assert len(made["pictures"].md_str.encode()) <= 40_000


def test_without_a_sheet_there_are_no_pictures() -> None:
    assert pictures(None) == {}


def test_if_a_rendition_has_another_name_both_are_shown() -> None:
    made = Done(
        "a",
        "a/1.heic",
        "rendered",
        9 * MB,
        5 * MB,
        setting=Setting(1, 90),
        rendition="a/1.heic.jpg",
    )
    assert outcome_line(made) == "a/1.heic: rendered as a/1.heic.jpg, 9.0 MB -> 5.0 MB"
    blocked = Blocked("a", "a/1.heic", rendition="a/1.heic.jpg")
    assert (
        outcome_line(blocked) == "a/1.heic: blocked, a/1.heic.jpg was not created by photo-mirror"
    )
    report = Report()
    report.add(made)
    (row,) = records(report.metadata(Counts(in_sync=1)), "largest")
    assert (row["photo"], row["how"]) == ("a/1.heic", "quality 90, as a/1.heic.jpg")
