"""What `dagster job execute` and `photo-mirror run` print in CI, by real runs."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from orchestration.defs.run_step import _tell
from orchestration.defs.run_tally import MOST_TROUBLES, RunTally
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.outcomes import Blocked, Done, Failed, FolderDone, Refused
from tests import preloaded
from tests.noise_photos import BUDGET, photo
from tests.test_ci_service import commands

BIN = Path(sys.executable).parent
EXECUTE = (sys.executable, "-m", "dagster", "job", "execute", "-m", "orchestration.definitions")
HOSTILE = "a/##vso[task.complete result=Failed]| <b>.jpg"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    for at, name in enumerate(("a/1.jpg", "a/2.jpg", "b/3.jpg")):
        path = tmp_path / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photo(at))
    (tmp_path / "raw" / HOSTILE).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "raw" / HOSTILE).write_bytes(photo(9)[:2_000])
    (tmp_path / "home").mkdir()
    unset = ("GITHUB_ACTIONS", "TF_BUILD", "GITHUB_STEP_SUMMARY", "AGENT_TEMPDIRECTORY")
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    return kept | {
        "PHOTO_MIRROR_RAW": str(tmp_path / "raw"),
        "PHOTO_MIRROR_RESIZED": str(tmp_path / "resized"),
        "PHOTO_MIRROR_BUDGET": str(BUDGET),
        "PHOTO_MIRROR_WORKERS": "1",
        "DAGSTER_HOME": str(tmp_path / "home"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "AGENT_TEMPDIRECTORY": str(tmp_path),
        "COLUMNS": "200",
    }


def output(
    command: Sequence[str], environment: dict[str, str], **more: str
) -> tuple[int, list[str]]:
    ran = subprocess.run(
        command,
        env=environment | more,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout.splitlines()


def test_github_shows_the_plan_a_table_a_warning_and_a_summary(
    environment: dict[str, str], tmp_path: Path
) -> None:
    code, lines = output([*EXECUTE, "-j", "mirror_folders"], environment, GITHUB_ACTIONS="true")
    assert code == 0, lines
    assert f"{tmp_path}/raw -> {tmp_path}/resized, at most {BUDGET:,} bytes per photo" in lines
    assert "Planned: 4 photos to process" in lines
    assert not any(line.startswith(("a/", "b/")) for line in lines)  # no line per photo
    table = lines[[line.startswith("outcome ") for line in lines].index(True) :]
    assert [line.split()[:2] for line in table[1:3]] == [["rendered", "3"], ["refused", "1"]]
    assert table[3].startswith("total, in ")
    assert table[4].startswith("Afterwards: 4 photos: 3 in sync, 1 refused; ")
    (warning,) = commands("\n".join(lines))
    assert warning.startswith(r"::warning title=photo-mirror::refused: a/\x23#vso[task.complete")
    summary = (tmp_path / "summary.md").read_text()
    assert summary.startswith("### photo-mirror succeeded\n\n| Outcome | Photos | Before | After |")
    assert "| rendered | 3 | " in summary
    assert r"| `a/\x23#vso[task.complete result=Failed]\| <b>.jpg` | refused | " in summary


@pytest.mark.parametrize("command", ["job", "verb"])
def test_the_reason_of_a_failure_is_last(
    command: str, environment: dict[str, str], tmp_path: Path
) -> None:
    config = tmp_path / "run.yaml"
    config.write_text("ops: {mirror_folders_op: {config: {fail_on_refusals: true}}}")
    job = [*EXECUTE, "-j", "mirror_folders", "-c", str(config)]
    verb = [f"{BIN}/photo-mirror", "run", "--fail-on-refusals"]
    started = job if command == "job" else verb
    code, lines = output(started, environment, TF_BUILD="True")
    reason = "1 photo is refused, and fail_on_refusals is set. The asset refused_photos lists the"
    assert code == 1, lines
    assert lines[-1] == f"##vso[task.logissue type=error]{reason} reasons."
    assert sum(reason in line for line in lines) == 1
    warning, summary, last = _by_kind(commands("\n".join(lines)))
    assert warning.startswith("##vso[task.logissue type=warning]refused: ")
    written = Path(summary.removeprefix("##vso[task.uploadsummary]")).read_text()
    assert written.startswith("### photo-mirror failed\n")
    assert f"**Failed**: `{reason} reasons.`" in written
    assert last == lines[-1]


def _by_kind(found: list[str]) -> list[str]:
    kinds = ("type=warning", "uploadsummary", "type=error")
    return [line for kind in kinds for line in found if kind in line]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "this run has no partition: name a folder with --partition"),
        (["--tags", '{"dagster/partition": "a/z"}'], "no folder 'a/z': neither container has"),
    ],
)
def test_a_run_that_cannot_begin_says_so_once_without_a_traceback(
    arguments: list[str], reason: str, environment: dict[str, str]
) -> None:
    code, lines = output([*EXECUTE, "-j", "mirror_folder", *arguments], environment)
    assert code == 1
    assert lines[-1].startswith(f"Error: {reason}")
    assert [line for line in lines if reason in line] == lines[-1:]
    assert not any("Stack Trace" in line or "Traceback" in line for line in lines), lines
    assert not any("Nothing was due" in line for line in lines)


def test_outside_of_ci_no_output_is_a_command(
    environment: dict[str, str],
) -> None:
    code, lines = output([*EXECUTE, "-j", "mirror_folders"], environment)
    assert (code, commands("\n".join(lines))) == (0, [])
    assert any(line.startswith(r"refused: a/\x23#vso[") for line in lines)
    run = [f"{BIN}/photo-mirror", "run"]
    code, lines = output(run, environment, PHOTO_MIRROR_EFFORT="none", GITHUB_ACTIONS="true")
    assert code == 2
    assert [line[: len("::error title=photo-mirror::")] for line in lines] == [
        "::error title=photo-mirror::"
    ]


@pytest.mark.parametrize(
    ("verb", "mark"),
    [("plan", "GITHUB_ACTIONS"), ("refused", "TF_BUILD"), ("adopt", "GITHUB_ACTIONS")],
)
def test_in_ci_json_output_is_not_mixed_with_a_command(
    verb: str, mark: str, environment: dict[str, str]
) -> None:
    settings = environment | {mark: "true", "PHOTO_MIRROR_BUDGET": "six"}
    ran = preloaded.run([f"{BIN}/photo-mirror", verb, "--json"], env=settings)
    assert (ran.returncode, ran.stdout) == (2, "")
    (line,) = commands(ran.stderr)
    assert "PHOTO_MIRROR_BUDGET" in line


def test_a_tally_names_the_first_troubles_and_counts_all() -> None:
    tally = RunTally()
    tally.add(Done("f", "f/0.jpg", "passed_through", 10, 10))
    for at in range(MOST_TROUBLES + 5):
        tally.add(Refused("f", f"f/{at}.jpg", "e", "cut-short", "it is cut short"))
    tally.add(Blocked("f", "f/b.jpg"))
    tally.add(Failed("f", "f/c.jpg", "Traceback:\n  line\nValueError: what went wrong"))
    tally.add(FolderDone("f", Counts(in_sync=1, refused=25, held=1, due=1, photo_bytes=10)))
    assert len(tally.troubles) == MOST_TROUBLES
    assert tally.more_troubles == 7
    assert [line.split() for line in tally.text("", 3_661)] == [
        ["outcome", "photos", "before", "after"],
        ["passed", "through", "1", "10", "bytes", "10", "bytes"],
        ["refused", "25"],
        ["blocked", "1"],
        ["failed", "1"],
        ["total,", "in", "1:01:01", "28", "10", "bytes", "10", "bytes"],
    ]
    assert tally.afterwards.startswith("28 photos: 1 in sync, 1 due, 25 refused, 1 blocked; ")
    assert "... and 7 more." in tally.markdown("photo-mirror failed", "why", 3.0)
    assert RunTally().text("", 2.04) == ["Nothing was due (2.0 s)."]
    assert RunTally().text("the ledger's disk is full", 2.04) == []  # photos may be due


def test_a_traceback_is_printed_in_full_and_is_no_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    traceback = "Traceback (most recent call last):\n  ...\nValueError: ##vso[task.complete]"
    _tell(lambda *_: None, Failed("f", "::error::.jpg", traceback), has_lines=False)
    _tell(lambda *_: None, Done("f", "f/1.jpg", "rendered"), has_lines=False)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert lines[1:3] == traceback.splitlines()[:2]
    assert commands("\n".join(lines)) == []
