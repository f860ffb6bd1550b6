"""`photo-mirror reports`: list and print run reports."""

from dataclasses import asdict

import click
from rich.filesize import decimal

from orchestration.cli.environment import InvalidUsageError, errors_as_exit_codes, open_read_only
from orchestration.cli.ledger_warnings import ledger_warner
from orchestration.cli.output import as_json, counted, print_json, print_line, print_table
from orchestration.mirror.ledger.run_reports import lines_of
from orchestration.mirror.ledger.run_reports import reports as reported


@click.command()
@click.argument("run", default="")
@as_json
def reports(run: str, *, is_json: bool) -> None:
    """List run reports, or print the report of one run.

    RUN is a run ID, or its first characters. A report has one JSON object per line and photo: name,
    outcome, sizes, setting, seconds, reason. A run writes a report if its op config has `report:
    true`, or with `photo-mirror run --report`.
    """
    with errors_as_exit_codes():
        ledger = open_read_only().ledger
        warn = ledger_warner()
        found = [*reported(ledger, run, warn)]
        if run:
            if len(found) != 1:
                raise InvalidUsageError(
                    f"{counted(len(found), 'report', 'reports')} of run IDs that start with {run!r}"
                )
            for text in lines_of(ledger, found[0], warn):
                print_line(text)
            return
    if is_json:
        for one in found:
            print_json({key: value for key, value in asdict(one).items() if key != "parts"})
        print_json({"total": {"reports": len(found)}})
        return
    if not found:
        print_line("No reports. `photo-mirror run --report` writes one.")
        return
    rows = [(one.run, one.begun_at, f"{one.lines:,}", decimal(one.bytes)) for one in found]
    print_table(["run", "first written", "photos", "size"], rows)
