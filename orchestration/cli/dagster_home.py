"""The Dagster home of a mirror: where its partitions and the history of its runs are kept."""

import os
import re
import shutil
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile

from platformdirs import user_data_path

from orchestration.blobs.address import Address
from orchestration.cli.environment import UnavailableError

HOME = "DAGSTER_HOME"
PROJECT = Path(__file__).parents[2]
WORKSPACE = "workspace.yaml"
TEMPLATE = Path(__file__).parents[1] / "dagster_home"
# How many bytes Dagster's databases need before the first run.
_ROOM = 1_000_000


def open_home(resized: Address) -> Path:
    """Return the home that the environment names, or that of the mirror; it is made if missing.

    A mirror's home is named after its resized container: below `.dagster` in a checkout of the
    project, and below the user's data folder where the package is installed.

    Raises UnavailableError when it cannot be written to or is full, or a database in it is damaged.
    """
    is_named = bool(os.environ.get(HOME))
    home = Path(os.environ[HOME]) if is_named else _homes() / home_name(resized)
    home = home.expanduser().absolute()
    os.environ[HOME] = str(home)
    try:
        home.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=home) as probe:
            probe.write(bytes(_ROOM))
            probe.flush()
        if not is_named:
            shutil.copyfile(TEMPLATE / "dagster.yaml", home / "dagster.yaml")
    except OSError as error:
        problem = f"{HOME}: {home} cannot be written to: {error.strerror or error}"
        raise UnavailableError(f"{problem}; choose another folder") from None
    _check_databases(home)
    return home


def home_name(resized: Address) -> str:
    """Return the name of a mirror's home: the last names of the container, and a digest of all."""
    names = [name for name in re.split(r"[^\w.-]+", resized.url) if name.strip(".")]
    account = [names[1].partition(".")[0]] if resized.is_container else []
    last = "-".join([*account, *names[-1:]])[:60]
    return f"{last}-{sha256(resized.url.encode()).hexdigest()[:6]}"


def _homes() -> Path:
    if (PROJECT / WORKSPACE).exists():
        return PROJECT / ".dagster"
    return user_data_path("photo-mirror", appauthor=False) / "dagster"


def _check_databases(home: Path) -> None:
    for database in sorted([*home.glob("*.db"), *home.glob("*/*.db")]):
        try:
            with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as base:
                base.execute("select count(*) from sqlite_master").fetchone()
        except sqlite3.DatabaseError as error:
            raise UnavailableError(
                f"{HOME}: {database} cannot be used: {error}; move it away; only the "
                "history of runs is lost"
            ) from None
