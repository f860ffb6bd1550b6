"""Stores for a folder what Azure stores as blob metadata: `.photo-mirror/metadata.sqlite`.

A row belongs to a file if size, time of change and inode match. If they do not (the folder was
copied or restored), it belongs to the file if the bytes have the digest in the row.
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
"""No write takes a day: an older version without a file was never published, or was deleted by
another program."""

COLUMNS = "identity, generation, md5, properties, other"


Access = Literal["read", "write"]
Known = Callable[[str], list[Version]]
"""Returns all versions stored for a name."""


class MetadataDb:
    """The versions written into one folder. Threads and processes may share it.

    With the access "read", nothing is written, not even what reading finds.
    """

    def __init__(self, reserved: Path, access: Access = "write") -> None:
        self._lock = RLock()
        self._access = access
        open_database = open_for_writing if access == "write" else open_for_reading
        self._base = open_database(reserved)
        weakref.finalize(self, self._base.close)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Lock out every other writer of this folder; all changes are committed together."""
        with self._lock:
            self._base.execute("begin immediate")
            try:
                yield
                self._base.execute("commit")
            finally:
                if self._base.in_transaction:
                    self._base.execute("rollback")

    def versions(self, name: str) -> list[Version]:
        """Return all versions stored for a name; at most one of them is the file's."""
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
        """Store a version; durable when `alone` ends, or at once outside it."""
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
        """Assign `version` to a file with its bytes: the folder was copied, for example."""
        if self._access == "write":
            with self._lock:
                self._base.execute(
                    "update or replace version set identity = ? where key = ? and identity = ?",
                    (identity, order(name), version.identity),
                )
        return replace(version, identity=identity)

    def met(self, name: str, identity: str) -> None:
        """Record that a file under this name has other bytes, so that they are not read again."""
        if self._access == "write":
            with self._lock:
                self._base.execute(
                    "update version set other = ? where key = ?", (identity, order(name))
                )

    def forget(self, name: str, identity: str) -> None:
        """Delete a version whose file no longer exists."""
        with self._lock:
            self._base.execute(
                "delete from version where key = ? and identity = ?", (order(name), identity)
            )

    def forget_unpublished(self, name: str) -> None:
        """Delete the old versions of a name that no file has."""
        with self._lock:
            self._base.execute(
                "delete from version where key = ? and written < ?",
                (order(name), time.time_ns() - UNPUBLISHED_AFTER_NS),
            )


def merged(rows: Iterator[tuple[bytes, list[Version]]]) -> Known:
    """Return a lookup of names in a scan; names must be looked up in order."""
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
