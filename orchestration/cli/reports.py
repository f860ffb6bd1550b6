"""`photo-mirror reports`: what became of every photo of the runs that were asked to report."""

from dataclasses import asdict

import click
from rich.filesize import decimal

from orchestration.cli.environment import SenselessError, in_sentences, open_read_only
from orchestration.cli.ledger_warnings import warned
from orchestration.cli.output import as_json, line, say, tell
from orchestration.mirror.ledger.run_reports import lines_of
from orchestration.mirror.ledger.run_reports import reports as reported


@click.command()
@click.argument("run", default="")
@as_json
def reports(run: str, *, is_json: bool) -> None:
    """List the reports of runs; with RUN, the start of a run's id, print that one's lines.

    A line is a JSON object for one photo: name, outcome, sizes, setting, seconds, reason. A run
    reports when its op config has `report: true`, or by `photo-mirror run --report`.
    """
    with in_sentences():
        ledger = open_read_only().ledger
        warn = warned()
        found = [*reported(ledger, run, warn)]
        if run:
            if len(found) != 1:
                raise SenselessError(f"{len(found)} reports are of a run whose id starts {run!r}")
            for text in lines_of(ledger, found[0], warn):
                line(text)
            return
    if is_json:
        for one in found:
            say({key: value for key, value in asdict(one).items() if key != "parts"})
        say({"total": {"reports": len(found)}})
        return
    rows = [(one.run, one.begun_at, f"{one.lines:,}", decimal(one.bytes)) for one in found]
    tell(["run", "first written", "photos", "size"], rows)
