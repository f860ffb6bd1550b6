"""Make the rows of a manifest from listings, and count what is left out."""

import hashlib
import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain

from orchestration.blobs.base import order
from orchestration.manifest.row import Row, row_of
from orchestration.mirror.decide.classify import State, Verdict
from orchestration.mirror.mirror import Mirror, in_known_order
from orchestration.mirror.partition_keys import Folder
from orchestration.mirror.stamp import stamp_of

# Ignored and foreign names do not belong to the data set.
_SILENT = frozenset({State.IGNORED, State.FOREIGN})


@dataclass(slots=True)
class Summary:
    """The totals of a manifest, counted while its rows are yielded.

    `left_out` counts the photos and renditions that are not in it, by reason; `turned` counts the
    renditions with an EXIF rotation, `turn_unknown` those whose rotation is unknown. `version` is a
    digest of all names and digests: two manifests of the same bytes have the same one.
    """

    renditions: int = 0
    bytes: int = 0
    turned: int = 0
    turn_unknown: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    _digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    @property
    def version(self) -> str:
        """The first 32 hexadecimal digits of the SHA-256 of every row's name and digest."""
        return self._digest.hexdigest()[:32]

    def count(self, row: Row) -> None:
        """Count a row of the manifest."""
        self.renditions += 1
        self.bytes += row.size
        self.turn_unknown += row.turn is None
        self.turned += (row.turn or 1) != 1
        self._digest.update(f"{row.name}\0{row.md5}\n".encode("utf-8", "surrogatepass"))

    @property
    def facts(self) -> dict[str, object]:
        """The totals as JSON values."""
        return {
            "version": self.version,
            "renditions": self.renditions,
            "bytes": self.bytes,
            "turned": self.turned,
            "turn_unknown": self.turn_unknown,
            "left_out": dict(sorted(self.left_out.items())),
        }


def rows_in_sync(verdicts: Iterable[Verdict], summary: Summary) -> Iterator[Row]:
    """Yield the rows of renditions in sync, in the order of the listing; count all others."""
    for state, photo, rendition, known in verdicts:
        if state is State.IN_SYNC and photo is not None and rendition is not None:
            stamp = known or stamp_of(rendition)
            if stamp is not None:
                yield row_of(photo, rendition, stamp)
                continue
        if state not in _SILENT:
            summary.left_out[state.value] += 1


def rows_of(mirror: Mirror, folders: Sequence[Folder] | None, summary: Summary) -> Iterator[Row]:
    """List folders, or all, and yield their rows in the order of their names.

    Only listings are read, also of the ledger.

    Raises OutOfOrderError, StoreUnavailableError.
    """
    if folders is None:
        return rows_in_sync(mirror.verdicts(), summary)
    by_place = sorted(folders, key=lambda folder: order(folder.prefix))
    rows = partial(_rows_of_folder, mirror, summary)
    # Folders follow each other; names directly in a parent folder are between them.
    leaves = chain.from_iterable(rows(folder) for folder in by_place if folder.is_leaf)
    others = (rows(folder) for folder in by_place if not folder.is_leaf)
    return heapq.merge(leaves, *others, key=lambda row: order(row.name))


def orphans(mirror: Mirror, folders: Sequence[Folder] | None) -> frozenset[str]:
    """List folders, or all, and return the names of renditions whose photo no longer exists.

    Raises StoreUnavailableError.
    """
    found = in_known_order(mirror, lambda going: [*going.verdicts_of(folders)])
    return frozenset(verdict.name for verdict in found if verdict.state is State.ORPHAN)


def _rows_of_folder(mirror: Mirror, summary: Summary, folder: Folder) -> Iterator[Row]:
    return rows_in_sync(mirror.verdicts(folder), summary)
