"""Every relative link of a page leads to a file, and to a heading of it where it names one."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NOT_OURS = {".venv", "node_modules", ".git", ".dagster", "photos"}


def pages() -> Iterator[Path]:
    """Yield the pages of the repository, without entering the folders of others."""
    for folder, below, files in os.walk(ROOT):
        below[:] = {*below} - NOT_OURS
        yield from (Path(folder, name) for name in files if name.endswith(".md"))


PAGES = sorted(pages())
_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]+)\)")


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in _LINK.findall(page.read_text()):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken
