"""Writes commands of CI services: errors and warnings on the page of a run, and a summary.

GitHub Actions ("Workflow commands for GitHub Actions", with the escapes of its toolkit) and Azure
Pipelines ("Logging commands", with the escapes of its task library) read them from both streams.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Literal

from orchestration.escaping import in_a_line

Kind = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class CiService:
    """How a service marks errors and warnings, and where it expects a summary."""

    name: str
    annotate: Callable[[Kind, str], str]
    summarize: Callable[[str], str]


def ci_service(environment: Mapping[str, str]) -> CiService | None:
    """Return the service that runs this process, or None."""
    if environment.get("GITHUB_ACTIONS", "").lower() == "true":
        return CiService("GitHub Actions", _github_annotation, _github_summary)
    if environment.get("TF_BUILD", "").lower() == "true":
        return CiService("Azure Pipelines", _azure_annotation, _azure_summary)
    return None


def _github_annotation(kind: Kind, text: str) -> str:
    escaped = in_a_line(text).replace("%", "%25")
    return f"::{kind} title=photo-mirror::{escaped}"


def _azure_annotation(kind: Kind, text: str) -> str:
    escaped = in_a_line(text).replace("%", "%AZP25")
    return f"##vso[task.logissue type={kind}]{escaped}"


def _github_summary(markdown: str) -> str:
    """Add to the summary of this step; return the line to print, or ''. Raises OSError."""
    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(markdown)
    return ""


def _azure_summary(markdown: str) -> str:
    """Write the file of a summary; return the line that uploads it. Raises OSError."""
    with NamedTemporaryFile(
        "w",
        encoding="utf-8",
        prefix="photo-mirror-",
        suffix=".md",
        dir=os.environ.get("AGENT_TEMPDIRECTORY"),
        delete=False,  # the agent reads it after the step
    ) as file:
        file.write(markdown)
    return f"##vso[task.uploadsummary]{file.name}"
