"""A folder as a flat container lists: every file below it, in the order of UTF-16 units."""

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice

from orchestration.blobs.base import order
from orchestration.blobs.external_sort import sort_on_disk
from orchestration.blobs.local.names import is_reserved
from orchestration.blobs.local.os_errors import NOT_THERE

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
NAMES_IN_MEMORY = 100_000


@dataclass(frozen=True, slots=True)
class Denied:
    """A file or a folder that cannot be accessed, and why."""

    error: OSError


LINKED_FOLDER = Denied(OSError(errno.ELOOP, os.strerror(errno.ELOOP)))
"""A symbolic link in place of a folder."""

Found = tuple[str, os.stat_result | Denied]
Sweep = Callable[[int, str], None]


@dataclass(frozen=True, slots=True)
class NameRange:
    """The range of names to list: `prefix`, `start_from` (included), `end_before` (excluded)."""

    prefix: str = ""
    start_from: str = ""
    end_before: str = ""

    def holds(self, name: str) -> bool:
        """Whether the name is in the range."""
        return (
            name.startswith(self.prefix)
            and not (self.start_from and order(name) < order(self.start_from))
            and not self.lies_before(name)
        )

    def lies_before(self, name: str) -> bool:
        """Return whether the range ends before that name."""
        return bool(self.end_before) and order(name) >= order(self.end_before)

    def below(self, folder: str) -> "NameRange | None":
        """Return the part of the range in a folder, whose name ends in a slash; None when empty.

        A bound that the whole folder satisfies is left out, so that it is not checked again.
        """
        if not (folder.startswith(self.prefix) or self.prefix.startswith(folder)):
            return None
        inside = self.start_from.startswith(folder)
        if self.start_from and not inside and order(folder) < order(self.start_from):
            return None
        return NameRange(
            "" if folder.startswith(self.prefix) else self.prefix,
            self.start_from if inside else "",
            self.end_before if self.end_before.startswith(folder) else "",
        )


def walk(folder: int, path: str, span: NameRange, sweep: Sweep) -> Iterator[Found]:
    """Yield name and status of the regular files below the open directory `folder`, whose name
    is `path`, in order; a directory that cannot be read is yielded itself.

    Memory grows with the widest directory up to NAMES_IN_MEMORY names; beyond, it is sorted on
    disk. Symbolic links are not followed, but yielded: with their own status, or as a directory
    that cannot be read. `sweep` gets the reserved names.
    """
    names = listed(folder, sweep)
    if isinstance(names, Denied):
        yield path, names
        return
    for entry in names:
        name = path + entry
        if span.lies_before(name):
            return
        if not entry.endswith("/"):
            if span.holds(name) and (status := status_of(folder, entry)):
                yield name, status
            continue
        inside = span.below(name)
        opened = open_below(folder, entry[:-1]) if inside else None
        if inside and opened is None and is_link(status_of(folder, entry[:-1])):
            opened = LINKED_FOLDER
        if isinstance(opened, Denied):
            yield name, opened
        elif inside and opened is not None:
            try:
                yield from walk(opened, name, inside, sweep)
            finally:
                os.close(opened)


def listed(folder: int, sweep: Sweep) -> Iterator[str] | Denied:
    """Read a whole directory and return what `entries` yields, in order."""
    try:
        names = in_order(entries(folder, sweep))
        first = next(names, None)
    except OSError as error:
        return Denied(error)
    return iter(()) if first is None else chain((first,), names)


def entries(folder: int, sweep: Sweep) -> Iterator[str]:
    """Yield the files, folders and symbolic links of a directory; folders, and links to folders,
    with a slash at the end.
    """
    with os.scandir(folder) as found:
        for entry in found:
            if is_reserved(entry.name):
                sweep(folder, entry.name)
            elif entry.is_dir(follow_symlinks=False) or _leads_to_folder(entry):
                yield f"{entry.name}/"
            elif entry.is_file(follow_symlinks=False) or entry.is_symlink():
                yield entry.name


def is_link(found: os.stat_result | Denied | None) -> bool:
    """Return whether what was found is a symbolic link, or a linked folder."""
    if isinstance(found, Denied):
        return found.error.errno == errno.ELOOP
    return found is not None and stat.S_ISLNK(found.st_mode)


def _leads_to_folder(entry: "os.DirEntry[str]") -> bool:
    with suppress(OSError):
        return entry.is_symlink() and entry.is_dir()
    return False


def open_below(folder: int, segment: str) -> int | Denied | None:
    """Open a directory inside an open one; None when it does not exist (any more)."""
    try:
        return os.open(segment, DIRECTORY, dir_fd=folder)
    except OSError as error:
        return None if error.errno in NOT_THERE else Denied(error)


def status_of(folder: int, entry: str) -> os.stat_result | Denied | None:
    """Return the status of a file; None when it no longer exists."""
    try:
        return os.stat(entry, dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        return None if error.errno in NOT_THERE else Denied(error)


def in_order(names: Iterable[str]) -> Iterator[str]:
    """Sort names by UTF-16 units, on disk when they are many."""
    names = iter(names)
    few = list(islice(names, NAMES_IN_MEMORY))
    if len(few) == NAMES_IN_MEMORY:
        return sort_on_disk(chain(few, names), order)
    few.sort(key=order)
    return iter(few)
