"""No name of a blob does more than be shown: in no terminal, log, table, drawing or Markdown."""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.blobs.errors import BlobError
from orchestration.definitions import defs
from orchestration.defs.resources import ContainersResource
from orchestration.defs.run_results import RunSummary
from orchestration.defs.run_step import FolderResult, MirrorConfig
from orchestration.defs.ui import tables
from orchestration.defs.ui.charts import weights
from orchestration.defs.ui.folder_report import Report, outcome_line, pictures
from orchestration.defs.ui.locations import describe_locations
from orchestration.escaping import in_a_line, in_lines, in_markdown, in_xml
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.errors import BreakerError, UnknownFolderError
from orchestration.mirror.outcomes import Blocked, Done, Failed, Refused, Sheet, Superseded
from tests import preloaded
from tests.cli.conftest import Places
from tests.cli.conftest import places as places  # noqa: PLC0414 -- a fixture
from tests.noise_photos import photo

HOSTILE = "x`` `<img src=x onerror=alert(1)>|[a](b)\x1b[31m\x07\r\n# h\u202egpj\u2066\u200b\x9b2J"
NAME = f"{HOSTILE}/{HOSTILE}/{HOSTILE}.jpg"
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
CODE = re.compile(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", re.DOTALL)


def check(said: str) -> None:
    """Fail if a terminal, or a reader of lines, would see more than a name."""
    assert not UNSEEN.search(said.replace("\t", "")), ascii(UNSEEN.search(said))
    assert not any(line.startswith("# h") for line in said.splitlines())


def check_markdown(said: str) -> None:
    check(said)
    assert "<img" not in CODE.sub("", said)


@given(st.text())
def test_a_text_stays_on_its_line_and_is_unambiguous(text: str) -> None:
    line = in_a_line(text)
    assert len(line.splitlines()) <= 1
    check(line)
    assert in_a_line(line) == line
    check(in_lines(text).replace("\n# h", ""))
    assert in_lines(text).count("\n") == text.count("\n")
    assert "".join(ET.fromstring(f"<a>{in_xml(text)}</a>").itertext()) == line


@given(st.text(st.sampled_from("`a <\n"), max_size=12))
def test_no_text_leaves_its_code_span(text: str) -> None:
    span = in_markdown(text)
    found = CODE.fullmatch(span)
    assert found
    assert found[2].strip() == in_a_line(text).strip()


@pytest.mark.parametrize("places", ["folders"], indirect=True)
def test_no_command_prints_more_than_a_name(
    places: Places, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PHOTO_MIRROR_WORKERS", "1")
    places.put(NAME, photo(1))
    broken = NAME.replace(".jpg", "broken.jpg")
    places.put(broken, photo(2)[:900])
    blocked = NAME.replace(".jpg", "blocked.jpg")
    places.put(blocked, photo(3))
    assert places.folder is not None
    taken = places.folder / "resized" / blocked
    taken.parent.mkdir(parents=True)
    taken.write_bytes(b"somebody else's")
    for verb in (
        ["plan"],
        ["plan", "--json"],
        ["run", "--report"],
        ["refused"],
        ["verify"],
        ["verify", "--json"],
        ["adopt"],
        ["adopt", "--keep", "--yes"],
        ["reports"],
        ["plan", f"{HOSTILE}/unknown"],
        ["retry", "--all"],
    ):
        if verb[0] == "run":
            command = [str(Path(sys.executable).parent / "photo-mirror"), *verb]
            done = preloaded.run(command)
            check(done.stdout + done.stderr)
            assert "onerror" in done.stdout
            continue
        ran = places.invoke(*verb)
        assert ran.exception is None or isinstance(ran.exception, SystemExit), verb
        assert ran.output
        check(ran.output)
    log = (tmp_path / "home" / "last-run.log").read_text()
    assert "onerror" not in log or not UNSEEN.search(log)
    for name in ("RAW", "RESIZED"):
        monkeypatch.setenv(f"PHOTO_MIRROR_{name}", str(places.folder / HOSTILE))
    ran = places.invoke("verify")
    assert ran.exit_code == 3
    check(ran.output)
    assert ran.stderr.count("\n") == 1


def outcomes() -> Iterator[Done | Refused | Failed | Blocked | Superseded]:
    yield Done(NAME, NAME, "rendered", 9_000, 4_000, 0.1, None, rendition=NAME)
    yield Refused(NAME, NAME, "1", "truncated", f"a reason with {NAME}")
    yield Failed(NAME, NAME, f"Traceback\nKeyError: {HOSTILE!r}\n")
    yield Blocked(NAME, NAME, reason=HOSTILE)
    yield Superseded(NAME, NAME)


def test_no_log_line_or_exception_has_more_than_a_name() -> None:
    for outcome in outcomes():
        check(outcome_line(outcome))
    for error in (
        BlobError(HOSTILE, NAME),
        BreakerError(9, 10, NAME),
        UnknownFolderError(NAME, "it is unknown", ()),
    ):
        check(str(error))
        assert len(str(error).splitlines()) == 1


def test_no_metadata_has_more_than_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    report = Report()
    for outcome in outcomes():
        report.add(outcome)
    containers = ContainersResource(raw=f"/{HOSTILE}", resized=f"/small{HOSTILE}")
    where = describe_locations(containers)
    (done, *_) = outcomes()
    assert isinstance(done, Done)
    shown = report.metadata(Counts(in_sync=1))
    shown |= pictures(Sheet(b"", 1, (done,)))
    for value in shown.values():
        if isinstance(value, dg.TableMetadataValue):
            for record in value.records:
                check("".join(map(str, record.data.values())))
        if isinstance(value, dg.MarkdownMetadataValue):
            check_markdown(value.md_str or "")
    for place in (where.raw, where.resized, where.ledger):
        check_markdown(place.text)
    drawing = weights([(HOSTILE, 2, 1), (NAME, 2, 1)])
    assert "<img" not in drawing
    assert ET.fromstring(drawing) is not None
    total = RunSummary()
    total.add(FolderResult(NAME, report, Counts(due=1), {}))
    failure = total.failure(MirrorConfig())
    assert failure is not None
    check(f"{failure.description}{[*failure.metadata]}")
    assert tables.refusals([]) is not None
    monkeypatch.setenv("PHOTO_MIRROR_RAW", f"/{HOSTILE}")
    for spec in defs().resolve_all_asset_specs():
        check_markdown(spec.description or "")
    assert os.environ["PHOTO_MIRROR_RAW"]
