"""`photo-mirror dev`: the Dagster UI and daemon of one mirror, on this machine."""

import os
import socket
import sys

import click

from orchestration import bootstrap
from orchestration.cli.dagster_home import TEMPLATE, WORKSPACE, open_home
from orchestration.cli.environment import InvalidUsageError, errors_as_exit_codes
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
        _check_port(port)
    home = open_home(addresses.resized)
    click.echo(f"{addresses.raw} -> {addresses.resized}; Dagster's home is {home}")
    command = [sys.executable, "-m", "orchestration.run_dagster", "dev"]
    command += ["-w", str(TEMPLATE / WORKSPACE)]
    command += ["-h", "127.0.0.1", "-p", str(port)]
    os.execv(sys.executable, command)  # noqa: S606 - our own interpreter, and arguments of our own


def _check_port(port: int) -> None:
    """Raise InvalidUsageError if the port is in use: Dagster would run on without a UI."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            raise InvalidUsageError(
                f"port {port} cannot be used ({error.strerror}). If a UI runs there, stop it, "
                f"or choose another port: make dev PORT={port + 1}, or photo-mirror dev "
                f"--port {port + 1}"
            ) from None
