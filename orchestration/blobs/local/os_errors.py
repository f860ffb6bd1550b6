"""Translates operating system errors into errors of a store."""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from orchestration.blobs.errors import (
    BlobError,
    DeniedError,
    HeldError,
    StoreClosedError,
    UnaddressableError,
)

NOT_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG}
"""Errors that mean: there is no file with this name; symbolic links are not followed."""

# Errors that every file would have.
_OF_THE_MACHINE = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOMEM,
}
_NO_PERMISSION = {errno.EACCES, errno.EPERM}
_PERMISSION = "permission denied; let this user read the photos and write the resized folder"
_REASONS = {
    errno.ENOSPC: "the disk is full; free some space and start again",
    errno.EDQUOT: "the disk quota is used up; free some space and start again",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: _PERMISSION,
    errno.EPERM: _PERMISSION,
    errno.EMFILE: "too many open files; raise the limit with `ulimit -n`",
    errno.ENFILE: "this machine has too many open files",
    errno.ENOENT: "folder not found (is the drive mounted?)",
    errno.ENOTDIR: "this is not a folder",
    errno.EEXIST: "this is not a folder",
}
_NAMES = {
    errno.ENAMETOOLONG: "its name is too long for this disk",
    errno.EILSEQ: "this disk cannot store its name",
    errno.EINVAL: "this disk cannot store its name",
    errno.ENOTDIR: "one of its folders is a file or a symbolic link here",
    errno.ELOOP: "one of its folders is a symbolic link here",
    errno.EISDIR: "a folder has its name here",
}


@contextmanager
def translating_os_errors(folder: str, name: str = "") -> Iterator[None]:
    """Translate an OSError or an error of SQLite into one of a store."""
    try:
        yield
    except OSError as error:
        raise _error(error, folder, name) from error
    except sqlite3.Error as error:
        raise StoreClosedError(
            f"{folder}/.photo-mirror/metadata.sqlite cannot be used: {error}", name
        ) from error


@contextmanager
def reading(folder: str, name: str) -> Iterator[None]:
    """Translate an OSError raised while one file is read."""
    with translating_os_errors(folder, name):
        try:
            yield
        except OSError as error:
            if error.errno in _NAMES or not is_of_one(error, folder):
                raise
            raise DeniedError(denial(error), name) from error


@contextmanager
def writing(folder: str, name: str, check: Callable[[], None]) -> Iterator[None]:
    """Translate an OSError raised while one file is written.

    `check` raises an OSError if nothing at all can be written.
    """
    with translating_os_errors(folder, name):
        try:
            yield
        except OSError as error:
            if error.errno in _NAMES or error.errno in _OF_THE_MACHINE:
                raise
            check()
            reason = denial(error, "write there")
            raise HeldError(f"nothing can be written under this name: {reason}", name) from error


def is_of_one(error: OSError, root: str) -> bool:
    """Return whether one file or folder failed, not the machine or the whole folder `root`.

    Raises OSError when `root` cannot be read any more.
    """
    if error.errno in _OF_THE_MACHINE:
        return False
    with os.scandir(root) as found:
        next(found, None)
    return True


def denial(error: OSError, what: str = "read it") -> str:
    """Return why one file or folder failed, as a clause for a person."""
    if error.errno in _NO_PERMISSION:
        return f"permission denied; let this user {what}"
    if error.errno == errno.ELOOP:
        return (
            "it is a symbolic link to a folder, which is not followed; mount or move that folder "
            "here, or exclude it with PHOTO_MIRROR_EXCLUDE"
        )
    return f"its disk has failed ({error.strerror or error})"


def _error(error: OSError, folder: str, name: str) -> BlobError:
    if name and error.errno in _NAMES:
        return UnaddressableError(_NAMES[error.errno], name)
    below = error.filename if isinstance(error.filename, str) and not name else ""
    reason = _REASONS.get(error.errno or 0) or str(error.strerror or error)
    return StoreClosedError(f"{below or folder}: {reason}", name)
