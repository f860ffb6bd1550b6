"""Reports of runs: every outcome a line, in bounded parts, and nothing the mirror reads."""

import json
from contextlib import suppress

from orchestration.mirror.ledger.run_reports import LINES_OF_A_PART, lines_of, reporting, reports
from orchestration.mirror.outcomes import Blocked, Done, Failed, Outcome, Refused, Superseded
from resize_core import Setting
from tests.mirror.fake_mirror import World, outcomes
from tests.noise_photos import photo

KINDS: list[Outcome] = [
    Done("a", "a/1.jpg", "rendered", 9_000, 4_000, 0.1234, Setting(0.5, 75.0)),
    Done("a", "a/2.jpg", "passed_through", 900, 900),
    Refused("a", "a/3.jpg", "0x1", "cannot-fit", "it cannot be made to fit", 5_000),
    Superseded("a", "a/4.jpg"),
    Blocked("a", "a/5.jpg"),
    Failed("a", "a/\udcff.jpg", "Traceback\nValueError: no"),
]


def told(world: World, run: str) -> list[dict[str, object]]:
    (report,) = reports(world.ledger, run)
    return [json.loads(line) for line in lines_of(world.ledger, report)]


def test_every_outcome_becomes_a_line_with_what_is_known_of_it() -> None:
    world = World()
    with reporting(world.ledger, "run-1", world.mirror.now) as note:
        for outcome in KINDS:
            note(outcome)
    lines = told(world, "run-1")
    assert [line["outcome"] for line in lines] == [
        "done", "done", "refused", "overtaken", "blocked", "failed",
    ]  # fmt: skip
    assert lines[0] == {
        "at": "tick 0",
        "folder": "a",
        "name": "a/1.jpg",
        "outcome": "done",
        "how": "rendered",
        "bytes_before": 9_000,
        "bytes_after": 4_000,
        "seconds": 0.123,
        "scale": 0.5,
        "quality": 75.0,
    }
    assert (lines[2]["how"], lines[2]["smallest"]) == ("cannot-fit", 5_000)
    assert str(lines[5]["reason"]).endswith("ValueError: no")
    (report,) = reports(world.ledger)
    assert (report.run, report.lines, len(report.parts)) == ("run-1", 6, 1)


def test_parts_are_bounded_and_a_run_tried_again_goes_on_after_them() -> None:
    world = World()
    many = 2 * LINES_OF_A_PART + 1
    with reporting(world.ledger, "run-1", world.mirror.now) as note:
        for at in range(many):
            note(Superseded("a", f"a/{at}.jpg"))
            held = sum(report.lines for report in reports(world.ledger))
            assert at + 1 - held < LINES_OF_A_PART
    with reporting(world.ledger, "run-1", world.mirror.now) as note:
        note(Superseded("a", "again.jpg"))
    (report,) = reports(world.ledger)
    assert [int(part.metadata["lines"]) for part in report.parts] == [
        LINES_OF_A_PART, LINES_OF_A_PART, 1, 1,
    ]  # fmt: skip
    assert [line["name"] for line in told(world, "run-1")][-2:] == [
        f"a/{many - 1}.jpg",
        "again.jpg",
    ]


def test_lines_before_an_error_are_written() -> None:
    world = World()
    with suppress(KeyError), reporting(world.ledger, "run-1", world.mirror.now) as note:
        note(KINDS[0])
        raise KeyError
    assert len(told(world, "run-1")) == 1


def test_an_idle_run_writes_no_report_and_reports_change_no_plan() -> None:
    world = World()
    world.put("a.jpg", photo(1))
    with reporting(world.ledger, "run-1", world.mirror.now) as note:
        for outcome in outcomes(world.run()):
            note(outcome)
    with reporting(world.ledger, "run-2", world.mirror.now) as note:
        for outcome in outcomes(world.run()):
            note(outcome)
    assert [report.run for report in reports(world.ledger)] == ["run-1"]
