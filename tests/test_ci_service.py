"""What CI services read in a run's output: our commands, and never a name of a blob."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orchestration.ci_service import CiService, ci_service
from orchestration.escaping import in_a_line, in_lines

GITHUB = {"GITHUB_ACTIONS": "true"}
AZURE = {"TF_BUILD": "True"}


def service(environment: Mapping[str, str]) -> CiService:
    found = ci_service(environment)
    assert found is not None
    return found


def commands(output: str) -> list[str]:
    """The lines that either service carries out: `::` first, `##[` or `##vso[` anywhere."""
    return [
        line
        for line in output.splitlines()
        if line.strip().startswith("::") or re.search(r"##(vso)?\[", line, re.IGNORECASE)
    ]


@given(st.text(st.sampled_from("#:[ vso\t\n\u3000\x1c]x"), max_size=12) | st.text())
@example("##vso[task.prependpath]/tmp")
@example("  ::add-mask::a")
@example("a\n ::stop-commands::x")
def test_no_text_that_is_shown_is_a_command(text: str) -> None:
    assert commands(in_a_line(text)) == []
    assert commands(in_lines(text)) == []


@given(st.text())
@example("100 %\n::error::%0A")
def test_an_annotation_is_one_line_with_the_text(text: str) -> None:
    for environment, start, percent in (
        (GITHUB, "::error title=photo-mirror::", "%25"),
        (AZURE, "##vso[task.logissue type=error]", "%AZP25"),
    ):
        line = service(environment).annotate("error", text)
        assert line.startswith(start)
        assert len(line.splitlines()) == 1
        said = line.removeprefix(start)
        assert re.sub(percent, "", said).count("%") == 0
        assert said.replace(percent, "%") == in_a_line(text)


def test_no_service_is_seen_where_there_is_none() -> None:
    assert ci_service({}) is None
    assert ci_service({"GITHUB_ACTIONS": "", "TF_BUILD": "false", "CI": "true"}) is None


def test_summaries_are_where_each_service_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    monkeypatch.setenv("AGENT_TEMPDIRECTORY", str(tmp_path))
    (tmp_path / "summary").write_text("of an earlier command\n")
    assert service(GITHUB).summarize("# ours\n") == ""
    assert (tmp_path / "summary").read_text() == "of an earlier command\n# ours\n"
    line = service(AZURE).summarize("# ours\n")
    assert Path(line.removeprefix("##vso[task.uploadsummary]")).read_text() == "# ours\n"
