"""Index of refusals, whose memory does not grow with their number."""

import sqlite3
import weakref
from collections.abc import Iterable, Iterator
from typing import NamedTuple

# A page cache of 4 MiB holds about 20,000 records; the rest is in a temporary file.
_CACHE = "pragma cache_size = -4096"
_SCHEMA = """
create table record (
    folder text, place text, etag text, photo text, terms text, first_seen text,
    met integer, primary key (folder, place)
) without rowid
"""
_FIND = "select etag, photo, terms, first_seen from record where folder = ? and place = ?"
_PUT = "insert or replace into record values (?, ?, ?, ?, ?, ?, ?)"


class IndexedRefusal(NamedTuple):
    """The fields of a record that are compared: its own etag, and its photo's etag and terms."""

    etag: str
    photo: str
    terms: str
    first_seen: str


class RefusalIndex:
    """Holds records by the prefix of their folder and their name, and which of them were met."""

    def __init__(self, records: Iterable[tuple[str, str, IndexedRefusal]]) -> None:
        self._base = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        weakref.finalize(self, self._base.close)
        self._base.execute(_CACHE)
        self._base.execute("pragma journal_mode = off")
        self._base.execute(_SCHEMA)
        self._base.execute("begin")
        self._base.executemany(
            _PUT, ((folder, place, *held, False) for folder, place, held in records)
        )
        found = self._base.execute("select 1 from record limit 1").fetchone()
        self.is_empty = found is None

    def find(self, folder: str, place: str) -> IndexedRefusal | None:
        """Return the record of this name, or None."""
        row = self._base.execute(_FIND, (folder, place)).fetchone()
        return None if row is None else IndexedRefusal(*row)

    def put(self, folder: str, place: str, held: IndexedRefusal) -> None:
        """Add a record that was just written. It counts as met."""
        self.is_empty = False
        self._base.execute(_PUT, (folder, place, *held, True))

    def mark(self, folder: str, place: str) -> None:
        """Mark a record as met: its photo was listed in the version that was refused."""
        self._base.execute(
            "update record set met = 1 where folder = ? and place = ?", (folder, place)
        )

    def folders(self) -> list[str]:
        """Return the prefixes of the folders that have records that were not met."""
        rows = self._base.execute("select distinct folder from record where not met")
        return [folder for (folder,) in rows]

    def take(self, folder: str, place: str) -> None:
        """Remove one record."""
        self._base.execute("delete from record where folder = ? and place = ?", (folder, place))

    def drop(self, folder: str) -> Iterator[tuple[str, str]]:
        """Remove the records of a folder; yield the name and etag of each that was not met."""
        if self.is_empty:
            return
        rows = self._base.execute(
            "select place, etag from record where folder = ? and not met", (folder,)
        )
        yield from iter(rows.fetchall())
        self._base.execute("delete from record where folder = ?", (folder,))
