"""The command `photo-mirror`: commands that Dagster does not have, and `run`."""

import io
import os
import sys

import click

from orchestration.cli.adopt import adopt
from orchestration.cli.dev import dev
from orchestration.cli.duplicates import duplicates
from orchestration.cli.gallery import gallery
from orchestration.cli.labels import labels
from orchestration.cli.manifest import manifest
from orchestration.cli.plan import plan
from orchestration.cli.refusals import refused, retry
from orchestration.cli.reports import reports
from orchestration.cli.run import run
from orchestration.cli.samples import samples
from orchestration.cli.shrink import shrink
from orchestration.cli.standard_streams import open_missing_streams
from orchestration.cli.verify import verify
from orchestration.settings_from_environment import unknown_settings
from resize_core.formats.jpeg.coefficients.loading import NAME as KERNEL

VERBS = (
    run, dev, plan, verify, refused, retry, adopt, reports, manifest, duplicates, labels, gallery,
    shrink, samples,
)  # fmt: skip


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(
    package_name="photo-mirror", message=f"%(prog)s, version %(version)s, {KERNEL}"
)
def main() -> None:
    """Keep a container of resized photos in sync with a container of raw ones.

    The containers and the recipe are read from the environment: PHOTO_MIRROR_RAW,
    PHOTO_MIRROR_RESIZED, PHOTO_MIRROR_BUDGET and so on.

    Exit codes: 0 success; 1 problems found; 2 invalid usage or configuration; 3 a container or
    folder cannot be used.
    """
    open_missing_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # file names may contain any bytes
    for name in unknown_settings(os.environ):
        click.echo(f"Warning: {name} is set, but there is no such setting", err=True)


for verb in VERBS:
    main.add_command(verb)
