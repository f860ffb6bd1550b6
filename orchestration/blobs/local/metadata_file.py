"""Opens the SQLite database of a folder, `.photo-mirror/metadata.sqlite`, to write or to read."""

import sqlite3
from pathlib import Path

LOCK_SECONDS = 60

SCHEMA = """
create table if not exists version (
    key blob not null,           -- the name in UTF-16, so that rows sort as the listing does
    identity text not null,      -- of the file that holds these bytes
    generation integer not null, -- how often it was restamped
    written integer not null,    -- nanoseconds
    md5 text not null,
    properties text not null,    -- JSON: type, disposition, language, cache control, metadata
    other text not null,         -- identity of a file found under this name with other bytes
    primary key (key, identity)
) without rowid
"""


def open_for_writing(reserved: Path) -> sqlite3.Connection:
    """Open the database in this folder; it is created if missing. Raises sqlite3.Error."""
    connection = _connect(_file(reserved).as_uri())
    connection.execute("pragma journal_mode = wal")
    # A row must outlive a power cut if its file does, or the file would look like another's.
    connection.execute("pragma synchronous = full")
    connection.execute(SCHEMA)
    return connection


def open_for_reading(reserved: Path) -> sqlite3.Connection:
    """Open the database in this folder read-only, also on a disk that cannot be written to.

    A missing database is opened as an empty one in memory. Raises sqlite3.Error.
    """
    file = _file(reserved)
    if not file.exists():
        connection = _connect(":memory:")
        connection.execute(SCHEMA)
        return connection
    connection = _connect(f"{file.as_uri()}?mode=ro")
    try:
        connection.execute("select count(*) from sqlite_master").fetchone()
    except sqlite3.OperationalError:
        # SQLite cannot create the files in which it records its readers.
        connection.close()
        connection = _connect(f"{file.as_uri()}?immutable=1")
    return connection


def _file(reserved: Path) -> Path:
    return reserved / "metadata.sqlite"


def _connect(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(
        uri, timeout=LOCK_SECONDS, isolation_level=None, check_same_thread=False, uri=True
    )
