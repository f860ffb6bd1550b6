"""Whether one address lies within another: by what exists, not by its spelling."""

import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from orchestration.blobs.accounts import account_of
from orchestration.blobs.address import Address, split_container_url
from orchestration.blobs.base import Lists, find
from orchestration.blobs.identity import inode_of

_MOUNTS = Path("/proc/self/mountinfo")
_ESCAPED = re.compile(r"\\([0-7]{3})")
# How many blobs are compared where two hosts may be one account.
_MOST_COMPARED = 3


def overlap(one: Address, other: Address) -> bool:
    """Whether one of two addresses is, or lies within, the other.

    Folders are compared by device and inode, which detects symbolic links, other letter case and
    mounts.
    """
    if one.overlaps(other):
        return True
    if one.is_container or other.is_container or one.is_memory or other.is_memory:
        return False
    mine, theirs = Path(one.url), Path(other.url)
    return _lies_in(mine, theirs) or _lies_in(theirs, mine)


def is_one_container(one: Address, mine: Lists, other: Address, theirs: Lists) -> bool:
    """Return whether two hosts are one account: their containers hold the same versions of blobs.

    No two blobs of different containers have one etag. Raises StoreUnavailableError.
    """
    if not (one.is_container and other.is_container) or account_of(one) == account_of(other):
        return False
    _, container, prefix = split_container_url(one)
    _, its_container, its_prefix = split_container_url(other)
    if container != its_container:
        return False
    for row in islice(mine.list(), _MOST_COMPARED):
        whole = prefix + row.name
        if whole.startswith(its_prefix):
            for its in find(theirs, whole.removeprefix(its_prefix)):
                return its.etag == row.etag
    return False


def _lies_in(inner: Path, outer: Path) -> bool:
    """Return whether a folder, or the part of its path that exists, is the other or below it."""
    around = inode_of(outer)
    if around and any(inode_of(above) == around for above in (inner, *inner.parents)):
        return True
    spelt_in, spelt_out = _on_its_disk(inner), _on_its_disk(outer)
    return spelt_in is not None and spelt_out is not None and spelt_in.is_relative_to(spelt_out)


def _on_its_disk(folder: Path) -> Path | None:
    """Return a folder's device and path on it, independent of mounts; None if unknown."""
    found: tuple[int, Path] | None = None
    for device, root, at in _mounts():
        if folder.is_relative_to(at) and (found is None or len(at.parts) >= found[0]):
            found = len(at.parts), Path("/", device, root.lstrip("/"), folder.relative_to(at))
    return found[1] if found else None


def _mounts() -> Iterator[tuple[str, str, Path]]:
    """Yield device, mounted path and mount point of each mount. See proc_pid_mountinfo(5)."""
    if sys.platform != "linux":
        return
    with suppress(OSError):
        for line in _MOUNTS.read_text(errors="surrogateescape").splitlines():
            _, _, device, root, at, *_ = line.split(" ")
            yield device, _plain(root), Path(_plain(at))


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda octal: chr(int(octal[1], 8)), text)
