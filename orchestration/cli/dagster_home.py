"""Sees that Dagster's home can be used, before Dagster says so in a traceback."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryFile

from orchestration.cli.environment import UnavailableError

HOME = "DAGSTER_HOME"
# What Dagster's databases take before the first run.
_ROOM = 1_000_000


def open_home() -> Path:
    """Return the home that the environment names, or `.dagster` here; it is made if missing.

    Raises UnavailableError when it cannot be written to or is full, or a database in it is damaged.
    """
    home = Path(os.environ.setdefault(HOME, str(Path(".dagster").resolve())))
    if not home.is_absolute():
        home = home.expanduser().absolute()
        os.environ[HOME] = str(home)
    try:
        home.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=home) as probe:
            probe.write(bytes(_ROOM))
            probe.flush()
    except OSError as error:
        problem = f"{HOME}: {home} cannot be written to: {error.strerror or error}"
        raise UnavailableError(f"{problem}; name another folder") from None
    for database in sorted([*home.glob("*.db"), *home.glob("*/*.db")]):
        try:
            with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as base:
                base.execute("select count(*) from sqlite_master").fetchone()
        except sqlite3.DatabaseError as error:
            raise UnavailableError(
                f"{HOME}: {database} cannot be used: {error}; move it away, which costs the "
                "history of runs and nothing else"
            ) from None
    return home
