"""Writes files completely and durably, and never follows symbolic links."""

import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BufferedReader

from orchestration.blobs.local.file_version import identity_of
from orchestration.blobs.local.walk import DIRECTORY, Denied, open_below

NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
# Non-blocking, or opening a pipe would wait for its writer.
OLD = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Draft:
    """Bytes on the disk under a temporary name, in the directory where they are wanted."""

    folder: int
    temporary: str
    identity: str

    def become(self, file: str) -> None:
        """Take the file's name if it is free, in one step. Raises FileExistsError.

        Two steps on a disk without links (exFAT, some network shares): there a kill between them
        leaves an empty file with that name, and no record of it.
        """
        try:
            os.link(
                self.temporary,
                file,
                src_dir_fd=self.folder,
                dst_dir_fd=self.folder,
                follow_symlinks=False,
            )
        except FileExistsError:
            raise
        except OSError:
            # If the disk has links, the same error occurs again here.
            os.close(os.open(file, NEW, dir_fd=self.folder))
            try:
                self.displace(file)
            except OSError:
                os.unlink(file, dir_fd=self.folder)
                raise
        else:
            os.fsync(self.folder)

    def displace(self, file: str) -> None:
        """Replace whatever has the file's name, in one step."""
        os.rename(self.temporary, file, src_dir_fd=self.folder, dst_dir_fd=self.folder)
        os.fsync(self.folder)


@contextmanager
def drafted(folder: int, data: bytes) -> Iterator[Draft]:
    """Write bytes under a temporary name; it is removed at the end, unless it was renamed."""
    temporary, opened = _new_temporary(folder)
    try:
        with os.fdopen(opened, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(opened)
            yield Draft(folder, temporary, identity_of(os.fstat(opened)))
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)


def check_writable(folder: int) -> None:
    """Create a file and remove it at once, so that a kill leaves nothing. Raises OSError."""
    temporary, opened = _new_temporary(folder)
    try:
        os.unlink(temporary, dir_fd=folder)
    finally:
        os.close(opened)


def sweep(folder: int, entry: str) -> None:
    """Remove a temporary file whose writer died: the kernel dropped the writer's lock."""
    if not entry.startswith(".photo-mirror-"):
        return
    with suppress(OSError):
        opened = os.open(entry, OLD, dir_fd=folder)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(entry, dir_fd=folder)
        finally:
            os.close(opened)


@contextmanager
def opened_folder(root: str, segments: list[str]) -> Iterator[int]:
    """Open the directory that these segments lead to; OSError when there is none."""
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for segment in segments:
            below = os.open(segment, DIRECTORY, dir_fd=folder)
            os.close(folder)
            folder = below
        yield folder
    finally:
        os.close(folder)


def find_folder(root: str, segments: list[str]) -> int | Denied | None:
    """Open the directory that these segments lead to, for the caller to close; None when there is
    none. Raises OSError when the root does not exist.
    """
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for segment in segments:
        try:
            below = open_below(folder, segment)
        finally:
            os.close(folder)
        if not isinstance(below, int):
            return below
        folder = below
    return folder


@contextmanager
def opened_file(folder: int, file: str) -> Iterator[BufferedReader]:
    """Open a regular file; FileNotFoundError when it is anything else."""
    opened = os.open(file, OLD, dir_fd=folder)
    try:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise FileNotFoundError(errno.ENOENT, "not a regular file", file)
        with os.fdopen(opened, "rb", closefd=False) as regular:
            yield regular
    finally:
        os.close(opened)


def make_folders(root: str, segments: list[str]) -> None:
    """Create the directory that these segments lead to, durably."""
    try:
        with opened_folder(root, segments):
            return
    except FileNotFoundError:
        pass
    for depth, segment in enumerate(segments):
        with opened_folder(root, segments[:depth]) as folder, suppress(FileExistsError):
            os.mkdir(segment, dir_fd=folder)
            os.fsync(folder)


def _new_temporary(folder: int) -> tuple[str, int]:
    """Create a temporary file and lock it, so that no `sweep` removes it."""
    while True:
        name = f".photo-mirror-{secrets.token_hex(8)}"
        opened = os.open(name, NEW, mode=0o666, dir_fd=folder)
        fcntl.flock(opened, fcntl.LOCK_EX)
        if os.fstat(opened).st_nlink:
            return name, opened
        os.close(opened)  # a sweep was quicker than the lock
