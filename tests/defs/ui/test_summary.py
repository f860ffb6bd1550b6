"""The summary of the whole mirror, from what the ledger remembers of its folders."""

from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import dagster as dg
from PIL import ImageColor

from orchestration.defs.ui.charts import AFTER, BEFORE
from orchestration.defs.ui.summary import MOST_FOLDERS, MOST_REFUSALS_SHOWN, refused, summary
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.ledger.folder_counts import StoredCounts, read_counts, write_counts
from orchestration.mirror.ledger.refusal_record import Refusal
from orchestration.mirror.ledger.refusals import Refusals
from orchestration.mirror.partition_keys import folder_at
from orchestration.mirror.recipe import Recipe
from resize_core import Options
from tests.mirror.fake_mirror import World
from tests.noise_photos import photo

RECIPE = Recipe(6_000_000)
MB = 1_000_000


def folder(n: int, recipe: str = RECIPE.terms, **counts: int) -> StoredCounts:
    numbers = {"in_sync": 10, "files": 10, "photo_bytes": n * MB, "rendition_bytes": n * MB // 2}
    taken_at = f"2026-03-{n % 28 + 1:02}T10:00:00+00:00"
    return StoredCounts(f"site/{n:05}", recipe, taken_at, Counts(**(numbers | counts)))


def rows(shown: dict[str, Any], key: str) -> list[str]:
    value = shown[key]
    assert isinstance(value, dg.TableMetadataValue)
    return [str(record.data["folder"]) for record in value.records]


def test_everything_is_added_up_with_its_age() -> None:
    shown = summary([folder(1), folder(2, due=1), folder(3, refused=2)], RECIPE)
    assert (shown["photos"], shown["in_sync"], shown["due"], shown["refused"]) == (33, 30, 1, 2)
    assert shown["bytes_saved"] == 3 * MB
    assert shown["total_files_in_container"] == 30
    oldest, newest = shown["oldest_count"], shown["newest_count"]
    assert newest.value - oldest.value == 2 * 86_400
    assert rows(shown, "not_in_sync") == ["site/00003", "site/00002"]


def test_table_and_picture_are_bounded_at_100_000_folders() -> None:
    def many() -> Iterator[StoredCounts]:
        return (folder(n, due=n % 2) for n in range(100_000))

    shown = summary(many(), RECIPE)
    assert shown["folders"] == 100_000
    assert rows(shown, "by_folder")[0] == "site/99999"
    assert len(rows(shown, "by_folder")) == len(rows(shown, "not_in_sync")) == MOST_FOLDERS
    picture = b64decode(shown["weights"].md_str.partition("base64,")[2].rstrip(")")).decode()
    assert picture.count(BEFORE) == picture.count(AFTER) == 13
    assert ImageColor.getrgb(BEFORE) != ImageColor.getrgb(AFTER)
    assert len(picture) < 10_000


def test_what_is_stale_is_shown_with_what_a_rebuild_would_cost() -> None:
    shown = summary([folder(1, stale=40, stale_bytes=400 * MB, in_sync=0)], RECIPE)
    assert (shown["rebuild_photos"], shown["rebuild_bytes"]) == (40, 400 * MB)
    assert shown["rebuild_cpu_seconds"] == 20.0
    assert "launch the job `rebuild_stale`" in shown["rebuild"].md_str
    dearer = summary(
        [folder(1, stale=40, stale_bytes=400 * MB)], Recipe(MB, Options(effort="best"))
    )
    assert dearer["rebuild_cpu_seconds"] == 40.0
    assert "rebuild" not in summary([folder(1)], RECIPE)


def test_folders_counted_by_another_recipe_are_counted_separately() -> None:
    shown = summary([folder(1), folder(2, recipe="v1 budget=4000000")], RECIPE)
    assert shown["folders_counted_by_another_recipe"] == 1


def test_a_run_counts_folders_by_its_recipe() -> None:
    recipe = Recipe(6_000_000, Options(max_source_pixels=250_000_000))  # as the settings have it
    world = World(recipe)
    world.mirror = replace(world.mirror, now=lambda: "2026-03-01T10:00:00+00:00")
    world.put("a/b/one.jpg", photo(1))
    world.run()
    shown = summary(read_counts(world.ledger), recipe)
    assert shown["folders"] == 1
    assert "folders_counted_by_another_recipe" not in shown


def test_an_empty_ledger_is_a_summary_of_nothing() -> None:
    shown = summary([], RECIPE)
    assert shown["photos"] == shown["total_files_in_container"] == 0


def test_refusals_are_counted_by_kind_and_the_first_are_listed() -> None:
    world = World()
    place = folder_at("a/b")
    kinds = ["truncated"] * 120 + ["too-large"] * 5
    Refusals(world.ledger, place).record(
        place,
        (
            Refusal(f"a/b/{n:03}.jpg", "1", "terms", kind, "a reason", 0, "2026-03-01")
            for n, kind in enumerate(kinds)
        ),
    )
    counts = Counts(refused=125)
    write_counts(world.ledger, StoredCounts("a/b", RECIPE.text, "2026-03-01", counts))
    shown = refused(world.ledger)
    assert shown["refused"] == 125
    by_kind = {record.data["kind"]: record.data["photos"] for record in shown["by_kind"].records}
    assert by_kind == {"truncated": 120, "too-large": 5}
    assert len(shown["refusals"].records) == MOST_REFUSALS_SHOWN
    assert shown["refusals"].records[0].data["photo"] == "a/b/000.jpg"
