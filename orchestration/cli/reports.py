"""`photo-mirror reports`: what became of every photo of the runs that were asked to report."""

from dataclasses import asdict

import click
from rich.filesize import decimal

from orchestration.cli.environment import InvalidUsageError, errors_as_exit_codes, open_read_only
from orchestration.cli.ledger_warnings import ledger_warner
from orchestration.cli.output import as_json, print_json, print_line, print_table
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
    with errors_as_exit_codes():
        ledger = open_read_only().ledger
        warn = ledger_warner()
        found = [*reported(ledger, run, warn)]
        if run:
            if len(found) != 1:
                raise InvalidUsageError(
                    f"{len(found)} reports are of a run whose id starts {run!r}"
                )
            for text in lines_of(ledger, found[0], warn):
                print_line(text)
            return
    if is_json:
        for one in found:
            print_json({key: value for key, value in asdict(one).items() if key != "parts"})
        print_json({"total": {"reports": len(found)}})
        return
    rows = [(one.run, one.begun_at, f"{one.lines:,}", decimal(one.bytes)) for one in found]
    print_table(["run", "first written", "photos", "size"], rows)
