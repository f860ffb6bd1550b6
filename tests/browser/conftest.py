"""The browser, and the Dagster it looks at: one of each for all tests here."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.azurite.emulator import Azurite
from tests.browser.dagster_ui import ROOT, Stage, running

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
]
PATIENCE = 120_000

Shot = Callable[[Page, str], None]


@pytest.fixture(scope="session")
def stage(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with running(azurite, tmp_path_factory.mktemp("stage")) as dagster:
        yield dagster


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert chromium, "no Chromium here: apt-get install chromium, or set CHROMIUM to its path"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, stage: Stage) -> Iterator[Page]:
    opened = browser.new_page(
        base_url=stage.url, viewport={"width": 1440, "height": 860}, locale="en-GB"
    )
    opened.set_default_timeout(PATIENCE)
    yield opened
    opened.close()


@pytest.fixture
def shot(request: pytest.FixtureRequest) -> Iterator[Shot]:
    """Keep what the page shows in artefacts/; and, when a test fails, what it showed then."""
    folder = ROOT / "artefacts"
    folder.mkdir(exist_ok=True)
    page: Page = request.getfixturevalue("page")
    failed = request.session.testsfailed
    yield lambda shown, name: _keep(shown, folder / f"{name}.png")
    if request.session.testsfailed > failed:
        _keep(page, folder / f"failed-{request.node.name}.png")


def _keep(page: Page, path: Path) -> None:
    page.screenshot(path=path)
