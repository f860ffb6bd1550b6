"""Sorts more items than memory holds, in a temporary SQLite database on disk."""

import pickle
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import TypeVar

from orchestration.blobs.base import BlobInfo, order

T = TypeVar("T")


def sorted_on_disk(listing: Iterable[BlobInfo]) -> Iterator[BlobInfo]:
    """Yield the rows of a listing in the order of `base.order`, each name once."""
    return sort_on_disk(listing, lambda blob: order(blob.name))


def sort_on_disk(items: Iterable[T], key: Callable[[T], bytes]) -> Iterator[T]:
    """Yield the items by ascending key; of items with the same key, the last one.

    All items are read before the first is yielded. Memory does not grow with their number.
    """
    with closing(sqlite3.connect("")) as temporary:
        temporary.execute("create table item (key blob primary key, data blob) without rowid")
        temporary.executemany(
            "insert or replace into item values (?, ?)",
            ((key(item), pickle.dumps(item)) for item in items),
        )
        for (data,) in temporary.execute("select data from item order by key"):
            yield pickle.loads(data)  # noqa: S301 -- written a moment ago, to a file of our own
