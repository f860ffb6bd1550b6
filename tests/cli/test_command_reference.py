"""What is said of the commands is so."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click import Command
from click.testing import CliRunner

from orchestration.cli import VERBS, main

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_verb_has_help_and_a_section_that_names_its_options(verb: Command) -> None:
    name = verb.name
    assert name
    helped = CliRunner().invoke(main, [name, "--help"])
    assert helped.exit_code == 0
    _, _, section = REFERENCE.read_text().partition(f"\n## {name}\n")
    section = section.partition("\n## ")[0]
    for option in verb.params:
        assert option.human_readable_name.upper() in section or option.opts[-1] in section


def test_the_shell_completes_verbs() -> None:
    command = Path(sys.executable).parent / "photo-mirror"
    script = subprocess.run(
        [command],
        env=os.environ | {"_PHOTO_MIRROR_COMPLETE": "bash_source"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "_photo_mirror_completion" in script.stdout
    asked = {"_PHOTO_MIRROR_COMPLETE": "bash_complete", "COMP_WORDS": "photo-mirror pl"}
    completed = subprocess.run(
        [command],
        env=os.environ | asked | {"COMP_CWORD": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "plain,plan" in completed.stdout


def test_an_unknown_command_is_invalid_usage() -> None:
    assert CliRunner().invoke(main, ["resize"]).exit_code == 2
