"""The pages of reference name what there is."""

import re
from pathlib import Path

import pytest

from orchestration.defs.checks import CHECKS, Check
from orchestration.defs.jobs import FoldersConfig
from orchestration.defs.ui.folder_report import Report
from orchestration.defs.ui.summary import summary
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.recipe import Recipe

DOCS = Path(__file__).parent.parent / "docs"
METADATA = (DOCS / "reference" / "metadata.md").read_text()
CONFIGURATION = (DOCS / "reference" / "configuration.md").read_text()


@pytest.mark.parametrize("key", [*Report().metadata(Counts()), *summary([], Recipe(100))])
def test_every_key_of_metadata_is_explained(key: str) -> None:
    assert f"`{key}`" in METADATA


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_every_check_is_explained_with_its_severity(check: Check) -> None:
    (row,) = re.findall(rf"^\| `{check.name}` .*$", METADATA, re.MULTILINE)
    severity = check.severity.value.replace("WARN", "WARNING").lower()
    assert row.endswith(f"| {severity} |")


@pytest.mark.parametrize("field", FoldersConfig.model_fields)
def test_every_option_of_a_run_is_explained(field: str) -> None:
    assert f"| `{field}` |" in CONFIGURATION
