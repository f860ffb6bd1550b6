"""Compare two manifests of one data set: rows added, removed and changed. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from orchestration.blobs.base import order
from orchestration.manifest.row import Row

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Change:
    """A rendition that one of two manifests names, or both with different bytes."""

    kind: Kind
    name: str
    before: Row | None
    after: Row | None


class UnsortedError(ValueError):
    """Rows that are not in the order of a listing."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"{name!r} is not in order: the manifest was edited, or joined from several"
        )


def difference(before: Iterable[Row], after: Iterable[Row]) -> Iterator[Change]:
    """Yield the changes from one manifest to another, in the order of their names.

    Raises UnsortedError.
    """
    olds, news = _sorted(before), _sorted(after)
    old, new = next(olds, None), next(news, None)
    while old or new:
        if old and (new is None or order(old.name) < order(new.name)):
            yield Change("removed", old.name, old, None)
            old = next(olds, None)
        elif new and (old is None or order(new.name) < order(old.name)):
            yield Change("added", new.name, None, new)
            new = next(news, None)
        elif old and new:
            if old.md5 != new.md5:
                yield Change("changed", old.name, old, new)
            old, new = next(olds, None), next(news, None)


def _sorted(rows: Iterable[Row]) -> Iterator[Row]:
    last: bytes | None = None
    for row in rows:
        key = order(row.name)
        if last is not None and key <= last:
            raise UnsortedError(row.name)
        yield row
        last = key
