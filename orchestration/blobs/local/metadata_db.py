"""What Azure keeps beside a blob's bytes, kept beside a folder: `.photo-mirror/metadata.sqlite`.

A row belongs to a file while size, time of change and inode agree; when they do not (the tree was
copied or restored), while the bytes still have the digest the row remembers.
"""

import json
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from threading import RLock
from typing import Literal

from orchestration.blobs.base import Properties, order
from orchestration.blobs.local.file_version import Version
from orchestration.blobs.local.metadata_file import open_for_reading, open_for_writing

BATCH = 1000
UNPUBLISHED_AFTER_NS = 24 * 3600 * 10**9
"""No write takes a day: a version older than this whose file is gone was never published, or was
deleted by somebody else."""

COLUMNS = "identity, generation, md5, properties, other"


Access = Literal["read", "write"]
Known = Callable[[str], list[Version]]
"""Every version remembered under a name."""


class MetadataDb:
    """The versions written into one folder. Threads and processes may share it.

    With the access "read", nothing is written: not even what is found out while reading.
    """

    def __init__(self, reserved: Path, access: Access = "write") -> None:
        self._lock = RLock()
        self._access = access
        open_database = open_for_writing if access == "write" else open_for_reading
        self._base = open_database(reserved)
        weakref.finalize(self, self._base.close)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold every other writer of this folder off; what is changed inside is kept together."""
        with self._lock:
            self._base.execute("begin immediate")
            try:
                yield
                self._base.execute("commit")
            finally:
                if self._base.in_transaction:
                    self._base.execute("rollback")

    def versions(self, name: str) -> list[Version]:
        """Every version remembered under that name; at most one of them is the file's."""
        with self._lock:
            rows = self._base.execute(
                f"select {COLUMNS} from version where key = ?",  # noqa: S608 - no user's text
                (order(name),),
            ).fetchall()
        return [_version(*row) for row in rows]

    def scan(self, prefix: str, start_from: str) -> Iterator[tuple[bytes, list[Version]]]:
        """Yield keys and versions in order: in batches, so that no writer waits for a reader."""
        return (
            (key, [_version(*row[1:]) for row in rows])
            for key, rows in groupby(
                self._rows(max(order(prefix), order(start_from))), key=lambda row: row[0]
            )
        )

    def _rows(self, key: bytes) -> Iterator[tuple[bytes, str, int, str, str, str]]:
        identity = ""
        while True:
            with self._lock:
                rows = self._base.execute(
                    f"select key, {COLUMNS} from version"  # noqa: S608 - no user's text
                    " where (key, identity) > (?, ?)"
                    " order by key, identity limit ?",
                    (key, identity, BATCH),
                ).fetchall()
            yield from rows
            if len(rows) < BATCH:
                return
            key, identity = rows[-1][:2]

    def remember(self, name: str, version: Version) -> None:
        """Keep a version; durable when `alone` ends, or at once outside it."""
        properties = version.properties
        with self._lock:
            self._base.execute(
                "insert or replace into version values (?, ?, ?, ?, ?, ?, ?)",
                (
                    order(name),
                    version.identity,
                    version.generation,
                    time.time_ns(),
                    version.md5,
                    json.dumps(
                        [
                            properties.content_type,
                            properties.content_disposition,
                            properties.content_language,
                            properties.cache_control,
                            dict(properties.metadata),
                        ]
                    ),
                    version.other,
                ),
            )

    def moved(self, name: str, version: Version, identity: str) -> Version:
        """Let a file with the bytes of `version` be that version: its tree was copied, say."""
        if self._access == "write":
            with self._lock:
                self._base.execute(
                    "update or replace version set identity = ? where key = ? and identity = ?",
                    (identity, order(name), version.identity),
                )
        return replace(version, identity=identity)

    def met(self, name: str, identity: str) -> None:
        """Keep in mind that a file under this name has other bytes, not to read them again."""
        if self._access == "write":
            with self._lock:
                self._base.execute(
                    "update version set other = ? where key = ?", (identity, order(name))
                )

    def forget(self, name: str, identity: str) -> None:
        """Drop a version whose file is gone."""
        with self._lock:
            self._base.execute(
                "delete from version where key = ? and identity = ?", (order(name), identity)
            )

    def forget_unpublished(self, name: str) -> None:
        """Drop the old versions of a name that no file holds."""
        with self._lock:
            self._base.execute(
                "delete from version where key = ? and written < ?",
                (order(name), time.time_ns() - UNPUBLISHED_AFTER_NS),
            )


def merged(rows: Iterator[tuple[bytes, list[Version]]]) -> Known:
    """Look names up in a scan; they must be asked for in order."""
    held = next(rows, None)

    def versions(name: str) -> list[Version]:
        nonlocal held
        key = order(name)
        while held and held[0] < key:
            held = next(rows, None)
        return held[1] if held and held[0] == key else []

    return versions


def _version(identity: str, generation: int, md5: str, properties: str, other: str) -> Version:
    content_type, disposition, language, cache_control, metadata = json.loads(properties)
    return Version(
        identity,
        md5,
        Properties(content_type, disposition, language, cache_control, metadata),
        generation,
        other,
    )
