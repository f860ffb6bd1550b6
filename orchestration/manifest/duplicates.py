"""Group renditions that look alike, by the hashes in their stamps. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from orchestration.blobs.base import order
from orchestration.manifest.row import Row
from resize_core import near_pairs

DUPLICATE = "looks like a better one"
DISTANCE = 6
"""The default maximum of differing bits (of 64) between two photos of one scene."""


@dataclass(frozen=True, slots=True)
class Group:
    """Renditions that look alike: the best first, the others with the bits they differ from it.

    The best has the most pixels, and of those the most bytes; of equals, the first by name.
    """

    best: Row
    others: tuple[tuple[Row, int], ...]


def groups(rows: Sequence[Row], distance: int = DISTANCE) -> Iterator[Group]:
    """Yield the groups, in the order of their best ones' names; rows without a hash are in none.

    Each member is near another one, and may be farther from the best.

    Raises ValueError if `distance` is not within 0 to 11.
    """
    known = [row for row in rows if row.picture_hash]
    hashes = [int(row.picture_hash, 16) for row in known]
    parent = [*range(len(known))]
    for one, other, _ in near_pairs(hashes, distance):
        first, second = sorted((_root(parent, one), _root(parent, other)))
        parent[second] = first
    members: dict[int, list[int]] = {}
    for at in range(len(known)):
        members.setdefault(_root(parent, at), []).append(at)
    found = (_group(known, hashes, places) for places in members.values() if len(places) > 1)
    yield from sorted(found, key=lambda group: order(group.best.name))


def leave_out(rows: Iterable[Row], found: Iterable[Group]) -> Iterator[Row]:
    """Yield the rows without the members of groups that are not the best."""
    left_out = {row.name for group in found for row, _ in group.others}
    return (row for row in rows if row.name not in left_out)


def _group(rows: Sequence[Row], hashes: Sequence[int], places: Sequence[int]) -> Group:
    ranked = sorted(places, key=lambda at: _rank(rows[at]))
    best = ranked[0]
    others = ((rows[at], (hashes[at] ^ hashes[best]).bit_count()) for at in ranked[1:])
    return Group(rows[best], tuple(others))


def _rank(row: Row) -> tuple[int, int, bytes]:
    return -row.width * row.height, -row.size, order(row.name)


def _root(parent: list[int], at: int) -> int:
    while parent[at] != at:
        parent[at] = parent[parent[at]]
        at = parent[at]
    return at
