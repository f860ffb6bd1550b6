"""`photo-mirror dev`: the Dagster UI and daemon of one mirror, on this machine."""

import os
import sys

import click

from orchestration import bootstrap
from orchestration.cli.dagster_home import TEMPLATE, WORKSPACE, open_home
from orchestration.cli.environment import errors_as_exit_codes
from orchestration.settings import ContainersSettings
from orchestration.settings_from_environment import read_settings


@click.command()
@click.option("--port", type=click.IntRange(1, 65_535), default=3000, show_default=True)
def dev(port: int) -> None:
    """Serve the Dagster UI of the mirror on 127.0.0.1.

    Sensors and schedules run until this command ends.
    """
    with errors_as_exit_codes():
        addresses = bootstrap.addresses(read_settings(ContainersSettings, os.environ))
    home = open_home(addresses.resized)
    click.echo(f"{addresses.raw} -> {addresses.resized}; Dagster's home is {home}")
    command = [sys.executable, "-m", "orchestration.run_dagster", "dev"]
    command += ["-w", str(TEMPLATE / WORKSPACE)]
    command += ["-h", "127.0.0.1", "-p", str(port)]
    os.execv(sys.executable, command)  # noqa: S606 - our own interpreter, and arguments of our own
