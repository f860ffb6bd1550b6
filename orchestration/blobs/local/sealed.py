"""A folder of ours that is only looked at: also on a disk that cannot be written to."""

import sqlite3
import weakref
from dataclasses import replace
from pathlib import Path
from threading import RLock

from orchestration.blobs.local.file_version import Version
from orchestration.blobs.local.metadata_db import PATIENCE_SECONDS, SCHEMA, Metadata
from orchestration.blobs.local.names import RESERVED
from orchestration.blobs.local.os_errors import in_words_of_a_store
from orchestration.blobs.local.stamped_source import RecognisingSource
from orchestration.blobs.read_only import Seals


class SealedLocal(Seals, RecognisingSource):
    """Lists and reads what a LocalStore wrote, and writes nothing, not even what it finds out."""

    def __init__(self, folder: Path) -> None:
        with in_words_of_a_store(str(folder)):
            super().__init__(folder, FrozenMetadata(folder / RESERVED))


class FrozenMetadata(Metadata):
    """What was remembered of a folder's files, if anything was."""

    def __init__(self, reserved: Path) -> None:
        self._lock = RLock()
        file = reserved / "metadata.sqlite"
        if not file.exists():
            self._base = _opened(":memory:")
            self._base.execute(SCHEMA)
        else:
            self._base = _opened(f"{file.as_uri()}?mode=ro")
            try:
                self._base.execute("select count(*) from sqlite_master").fetchone()
            except sqlite3.OperationalError:
                # A disk that cannot be written to has no room for SQLite's own notes on readers.
                self._base.close()
                self._base = _opened(f"{file.as_uri()}?immutable=1")
        weakref.finalize(self, self._base.close)

    def moved(self, name: str, version: Version, identity: str) -> Version:
        """Say what `Metadata.moved` says, and keep nothing."""
        del name
        return replace(version, identity=identity)

    def met(self, name: str, identity: str) -> None:
        """Keep nothing: the file will be read again next time."""


def _opened(base: str) -> sqlite3.Connection:
    return sqlite3.connect(
        base,
        timeout=PATIENCE_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        uri=True,
    )
