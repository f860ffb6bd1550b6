"""Find the folders that a person named, or suggest similar ones."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import islice

from orchestration.mirror.errors import UnknownFolderError
from orchestration.mirror.ledger.folder_counts import read_counts
from orchestration.mirror.mirror import Mirror, listed
from orchestration.mirror.partition_keys import Folder, folder_at, folder_of

MOST_NAMED = 3
# Maximum number of folders that are compared with a misspelt one.
MOST_LOOKED_AT = 5_000


def find_folders(mirror: Mirror, keys: Iterable[str]) -> list[Folder]:
    """Return the folders of these keys, each once. A slash at the end of a key is ignored.

    Raises UnknownFolderError for a key that no folder of either container has, unless the ledger
    still has its counts, which a run has to delete. Raises StoreUnavailableError.
    """
    found: dict[Folder, None] = {}
    for key in keys:
        try:
            folder = folder_at(key.rstrip("/"), mirror.depth)
        except ValueError as error:
            raise UnknownFolderError(key, str(error), _nearest(mirror, key)) from None
        if not _is_there(mirror, folder):
            reason = "neither container has a photo or rendition in it"
            raise UnknownFolderError(key, reason, _nearest(mirror, folder.key))
        found[folder] = None
    return [*found]


def _is_there(mirror: Mirror, folder: Folder) -> bool:
    return any(
        next(listed(store, folder), None) is not None for store in (mirror.raw, mirror.resized)
    ) or any(taken.key == folder.key for taken in read_counts(mirror.ledger))


def _nearest(mirror: Mirror, key: str) -> tuple[str, ...]:
    """Return the keys of existing folders most similar to this key, first those below it."""
    wanted = key.strip("/")
    keys = dict.fromkeys(islice(_keys(mirror, wanted), MOST_LOOKED_AT))
    within = [one for one in keys if one.startswith(f"{wanted}/")]
    by_folded = {one.casefold(): one for one in keys}
    close = get_close_matches(wanted.casefold(), by_folded, n=2 * MOST_NAMED, cutoff=0.5)
    likely = dict.fromkeys([*within, *(by_folded[one] for one in close)])
    there = (one for one in likely if _is_there(mirror, folder_at(one, mirror.depth)))
    return (*islice(there, MOST_NAMED),)


def _keys(mirror: Mirror, wanted: str) -> Iterator[str]:
    """Yield keys of folders, level by level, below the prefixes most similar to the wanted key."""
    yield from islice((taken.key for taken in read_counts(mirror.ledger)), MOST_LOOKED_AT // 2)
    segments, prefixes = wanted.split("/"), [""]
    for level in range(1, mirror.depth + 1):
        below = [
            prefix
            for above in prefixes
            for store in (mirror.raw, mirror.resized)
            for prefix in islice(store.list_folders(above), MOST_LOOKED_AT // 10)
        ]
        yield from (folder_of(f"{prefix}x", mirror.depth).key for prefix in below)
        by_folded = {prefix.casefold(): prefix for prefix in below}
        start = "/".join(segments[:level]).casefold() + "/"
        close = get_close_matches(start, by_folded, n=MOST_NAMED, cutoff=0.5)
        prefixes = [by_folded[one] for one in close]
