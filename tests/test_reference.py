"""The pages of reference name what there is."""

import re
from pathlib import Path

import pytest

from orchestration.defs.checks import CHECKS, Check
from orchestration.defs.jobs import FoldersConfig
from orchestration.defs.label_checks import LABEL_CHECKS, LabelCheck
from orchestration.defs.labels_on_raw import LabelsConfig
from orchestration.defs.ui.folder_report import Report
from orchestration.defs.ui.label_report import described
from orchestration.defs.ui.summary import summary
from orchestration.labels.convert import Finding, Summary
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


def test_every_key_of_labels_is_explained() -> None:
    section = METADATA.partition("## Labels: `labels_on_raw`")[2].partition("\n## ")[0]
    finding = Finding("a.jpg", "note", "looks odd")
    keys = [*described("COCO JSON", Summary(), 0, [finding]), "notes", "labels_file", "sheet"]
    for key in [*keys, "sheet_file"]:
        assert f"`{key}`" in section


@pytest.mark.parametrize("check", LABEL_CHECKS, ids=lambda check: check.name)
def test_every_check_of_labels_is_explained_with_its_counts(check: LabelCheck) -> None:
    (row,) = re.findall(rf"^\| `{check.name}` .*$", METADATA, re.MULTILINE)
    for count in (*check.left_out, *check.looks):
        assert f"`{count}`" in row


@pytest.mark.parametrize("field", LabelsConfig.model_fields)
def test_every_option_of_labels_is_explained(field: str) -> None:
    assert f"`{field}`" in (DOCS / "how-to" / "labels.md").read_text()


@pytest.mark.parametrize("field", FoldersConfig.model_fields)
def test_every_option_of_a_run_is_explained(field: str) -> None:
    assert f"| `{field}` |" in CONFIGURATION
