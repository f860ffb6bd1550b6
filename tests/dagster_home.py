"""Dagster homes whose databases exist already: to make them costs more than a short run."""

import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg


def fill(home: Path) -> Path:
    """Put empty databases into a folder, as Dagster makes them in a new home; return it."""
    shutil.copytree(_template().name, home, dirs_exist_ok=True)
    return home


@cache
def _template() -> "TemporaryDirectory[str]":
    made = TemporaryDirectory(prefix="dagster-home-")
    with dg.DagsterInstance.local_temp(made.name) as instance:
        assert not instance.get_runs()
        assert not instance.all_instigator_state()
        assert not instance.all_asset_keys()
    return made
