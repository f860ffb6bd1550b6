"""Puts a listing in order on disk, for stores that list in an order of their own."""

import pickle
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing

from orchestration.blobs.base import BlobInfo, order


def sorted_on_disk(listing: Iterable[BlobInfo]) -> Iterator[BlobInfo]:
    """Yield the rows in the order of `base.order`, each name once, in memory that does not grow."""
    with closing(sqlite3.connect("")) as temporary:
        temporary.execute("create table row (key blob primary key, data blob) without rowid")
        temporary.executemany(
            "insert or replace into row values (?, ?)",
            ((order(blob.name), pickle.dumps(blob)) for blob in listing),
        )
        for (data,) in temporary.execute("select data from row order by key"):
            yield pickle.loads(data)  # noqa: S301 -- written a moment ago, to a file of our own
