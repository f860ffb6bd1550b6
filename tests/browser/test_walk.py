"""A walk through the UI in a real browser: what a person clicks, and what they see."""

from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.azurite.emulator import KEY
from tests.browser.conftest import PATIENCE, Shot
from tests.browser.dagster_ui import Stage, until
from tests.noise_photos import photo

expect.set_options(timeout=PATIENCE)

ASSETS = ("raw_photos", "resized_photos", "refused_photos", "photo_counts")
DECODED = "image => image.complete && image.naturalWidth > 100 && image.naturalHeight > 50"


def words(page: Page | Locator, text: str) -> Locator:
    """What is visible and reads so; pages hold invisible copies to measure them."""
    return page.get_by_text(text, exact=True).locator("visible=true")


def dialog(page: Page, row: str) -> Locator:
    """Open the Markdown of a row of metadata, and see that the picture in it is one."""
    page.locator("tr", has=words(page, row)).get_by_text("Show Markdown").click()
    opened = page.get_by_role("dialog")
    picture = opened.locator("img").first
    expect(picture).to_be_visible()
    until(lambda: bool(picture.evaluate(DECODED)), f"the picture of {row} is not shown")
    return opened


def test_the_graph_shows_four_assets_and_what_each_is_kept_in(page: Page, shot: Shot) -> None:
    page.goto("/asset-groups")
    for name in ASSETS:
        expect(words(page, name).nth(1)).to_be_visible()  # beside its name in the list
    expect(words(page, "Azure").first).to_be_visible()
    expect(words(page, "100% filled").first).to_be_visible()
    expect(page.get_by_text("/ 6 ").locator("visible=true").first).to_be_visible()
    shot(page, "graph")
    page.goto("/assets/raw_photos")
    expect(page.get_by_text("in the container raw of the storage account")).to_be_visible()


def test_a_folder_shows_its_photos_before_and_after(page: Page, shot: Shot, tmp_path: Path) -> None:
    page.goto("/assets/resized_photos?view=partitions&partition=2024%2Fsite-b")
    expect(words(page, "photos_per_second")).to_be_visible()
    expect(words(page, "2024/site-b/IMG_0001.jpg").first).to_be_visible()
    shot(page, "folder")
    opened = dialog(page, "pictures")
    expect(opened.get_by_text("2024/site-b/IMG_0001.jpg")).to_be_visible()
    shot(page, "pictures")
    opened.get_by_text("Close").click()
    opened = dialog(page, "sizes")
    shot(page, "sizes")
    opened.get_by_text("Close").click()
    link = page.locator("tr", has=words(page, "gallery")).get_by_role("link").first
    link.evaluate("link => link.removeAttribute('target')")  # so that its download is this page's
    with page.expect_download() as handed_out:
        link.click()
    kept = tmp_path / handed_out.value.suggested_filename
    handed_out.value.save_as(kept)
    page.goto(kept.as_uri())
    page.set_viewport_size({"width": 1080, "height": 740})  # so that its pixels are the picture's
    page.get_by_role("button", name="Compare 2024/site-b/IMG_0001.jpg").click()
    expect(page.get_by_role("slider")).to_be_visible()
    shot(page, "gallery")


def test_the_summary_counts_every_file_and_draws_the_heaviest_folders(
    page: Page, shot: Shot
) -> None:
    page.goto("/assets/photo_counts?view=events")
    expect(words(page, "total_files_in_container")).to_be_visible()
    expect(words(page, "bytes_saved")).to_be_visible()
    shot(page, "summary")
    dialog(page, "weights")
    shot(page, "weights")


def test_a_refusal_is_printed_with_its_reason(page: Page, shot: Shot) -> None:
    page.goto("/assets/refused_photos?view=events")
    expect(words(page, "2024/site-a/IMG_0004.jpg").first).to_be_visible()
    expect(page.get_by_text("a JPEG file cut short").first).to_be_visible()
    shot(page, "refused")


def test_every_folder_has_its_checks_and_they_can_be_executed(
    page: Page, stage: Stage, shot: Shot
) -> None:
    page.goto("/assets/resized_photos?view=checks&checkDetail=no_refusals")
    tabs = words(page, "Partitions")  # the asset's, and the check's
    expect(tabs).to_have_count(2)
    tabs.last.click()
    page.get_by_text("2024/site-a").locator("visible=true").last.click()
    expect(words(page, "what_next")).to_be_visible()
    expect(page.get_by_text("Passed").locator("visible=true").first).to_be_visible()
    shot(page, "checks")
    before = {run["runId"] for run in stage.runs()}
    page.get_by_text("Execute all").click()
    until(lambda: len(stage.runs()) > len(before), "no run of the checks was launched")
    (mine,) = (run["runId"] for run in stage.runs() if run["runId"] not in before)
    ended(stage, mine)


def ended(stage: Stage, run_id: str, how: str = "SUCCESS") -> None:
    """Wait for a run to end, and see how."""

    def status() -> str:
        return next(str(run["status"]) for run in stage.runs() if run["runId"] == run_id)

    until(lambda: status() in {"SUCCESS", "FAILURE", "CANCELED"}, f"run {run_id} does not end")
    assert status() == how


def test_a_run_from_the_terminal_is_in_the_timeline(page: Page, shot: Shot) -> None:
    page.goto("/overview/activity/timeline")
    expect(words(page, "mirror_folders").first).to_be_visible()
    shot(page, "timeline")


def test_an_account_shows_its_kind_of_credential_and_no_secret(page: Page, shot: Shot) -> None:
    page.set_viewport_size({"width": 1900, "height": 860})
    page.goto("/locations/photo-mirror/resources/raw_account")
    expect(page.get_by_text("AZURE_STORAGE_KEY").first).to_be_visible()
    shot(page, "account")
    assert KEY not in page.content()


def test_all_folders_are_run_by_a_backfill(page: Page, stage: Stage, shot: Shot) -> None:
    page.goto("/assets/resized_photos?view=partitions")
    page.get_by_text("Materialize…").click()
    opened = page.get_by_role("dialog")
    words(opened, "All").click()
    expect(opened.get_by_text("3 partitions").first).to_be_visible()
    shot(page, "backfill-dialog")
    opened.get_by_role("button", name="Launch").click()
    until(lambda: bool(stage.backfills()), "no backfill was launched")
    until(
        lambda: stage.backfills()[0]["status"].startswith(("COMPLETED", "FAILED")),
        "the backfill does not end",
    )
    assert stage.backfills()[0]["status"] == "COMPLETED_SUCCESS"
    page.goto(f"/runs/b/{stage.backfills()[0]['id']}")
    expect(page.get_by_text("Completed").locator("visible=true").first).to_be_visible()
    shot(page, "backfill")


def test_the_sensor_detects_a_new_photo(page: Page, stage: Stage, shot: Shot) -> None:
    page.goto("/locations/photo-mirror/sensors/new_photos")
    switch = page.locator("label", has=page.locator("input[type=checkbox]")).first
    switch.click()
    expect(page.locator("input[type=checkbox]").first).to_be_checked()
    stage.raw.upload_blob("2025/site-c/IMG_0001.jpg", photo(5, 400))
    until(lambda: "2025/site-c/IMG_0001.jpg" in stage.renditions(), "the photo is not mirrored")
    expect(page.get_by_text("requested").locator("visible=true").first).to_be_visible()
    shot(page, "sensor")
    switch.click()
    expect(page.locator("input[type=checkbox]").first).not_to_be_checked()
    until(
        lambda: all(run["status"] in {"SUCCESS", "FAILURE"} for run in stage.runs()),
        "runs are left over",
    )
    page.goto("/assets/resized_photos?view=partitions&partition=2025%2Fsite-c")
    expect(words(page, "Materialized").first).to_be_visible()


def test_a_run_that_is_terminated_stops_and_leaves_whole_renditions(
    page: Page, stage: Stage, shot: Shot
) -> None:
    heavy = photo(9, 3000)
    names = {f"2026/site-d/IMG_{at:04}.jpg" for at in range(40)}
    for name in names:
        stage.raw.upload_blob(name, heavy)
    run_id = stage.launch("mirror_folders")
    until(lambda: len(names & stage.renditions()) > 1, "the run makes no rendition")
    page.goto(f"/runs/{run_id}")
    page.get_by_role("button", name="Terminate").first.click()
    opened = page.get_by_role("dialog")
    shot(page, "terminate")
    opened.get_by_role("button", name="Terminate").click()
    ended(stage, run_id, "CANCELED")
    made = names & stage.renditions()
    assert made != names
    for name in made:
        Image.open(BytesIO(stage.resized.download_blob(name).readall())).load()
    ended(stage, stage.launch("mirror_folders"))
    assert names <= stage.renditions()


def test_a_failed_run_over_the_whole_container_shows_on_the_asset(
    page: Page, stage: Stage, shot: Shot
) -> None:
    places = f"raw: '{stage.raw.url}-other', resized: '{stage.resized.url}'"
    config = f"resources: {{containers: {{config: {{{places}}}}}}}"
    run_id = stage.launch("mirror_folders", config)
    ended(stage, run_id, "FAILURE")
    page.goto("/assets/resized_photos")
    expect(page.get_by_text("Failed in").first).to_be_visible()
    expect(words(page, run_id[:8]).first).to_be_visible()
    page.goto("/assets/resized_photos?view=checks&checkDetail=last_full_run")
    expect(page.get_by_text("the resized container belongs to").first).to_be_visible()
    shot(page, "failed-run")
    ended(stage, stage.launch("mirror_folders"))
    page.goto("/assets/resized_photos?view=checks&checkDetail=last_full_run")
    expect(page.get_by_text("Passed").locator("visible=true").first).to_be_visible()
