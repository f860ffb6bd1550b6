"""Lists and reads the files below a folder, and never writes there."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from orchestration.blobs.base import Blob, BlobInfo
from orchestration.blobs.errors import CorruptError, StaleError
from orchestration.blobs.local.file_version import Version, unknown
from orchestration.blobs.local.files import find_folder, opened_file, opened_folder
from orchestration.blobs.local.names import is_reserved, segments_of
from orchestration.blobs.local.os_errors import (
    NOT_THERE,
    denial,
    is_of_one,
    reading,
    translating_os_errors,
)
from orchestration.blobs.local.rows import row
from orchestration.blobs.local.walk import (
    LINKED_FOLDER,
    Denied,
    Found,
    NameRange,
    listed,
    status_of,
    walk,
)

READS = 3


class LocalSource:
    """A folder opened read-only. Types and digests of its files are unknown; an etag is a file's
    identity: size, time of change, inode.

    A symbolic link is not followed, because it may lead to files that nobody meant to copy. A link
    to a file is listed as unreadable, and one to a folder as denied.
    """

    def __init__(self, folder: Path) -> None:
        self._root = str(folder)

    def list(
        self, prefix: str = "", *, start_from: str = "", end_before: str = ""
    ) -> Iterator[BlobInfo]:
        """List as `Lists.list` promises."""
        return self._rows(self._below(NameRange(prefix, start_from, end_before)))

    def list_directly(self, prefix: str = "") -> Iterator[BlobInfo]:
        """List as `Lists.list_directly` promises."""
        return self._rows(self._directly_below(prefix))

    def list_folders(self, prefix: str = "") -> Iterator[str]:
        """List as `Lists.list_folders` promises: like a container's, no folder is empty."""
        with self._listing(prefix) as (folder, path):
            for entry in self._entries(folder):
                name = path + entry
                if (
                    entry.endswith("/")
                    and name.startswith(prefix)
                    and any(self._below(NameRange(name)))
                ):
                    yield name

    def read(self, name: str, etag: str, *, md5: str = "") -> Blob:
        """Read as `Reads.read` promises."""
        for _ in range(2):
            blob = self._read(name, etag, 0, -1)
            if not md5 or md5 == hashlib.md5(blob.data).hexdigest():
                return blob
        raise CorruptError("its bytes do not match their digest", name)

    def read_part(self, name: str, etag: str, start: int, length: int) -> Blob:
        """Read as `Reads.read_part` promises."""
        return self._read(name, etag, start, length)

    def _below(self, span: NameRange) -> Iterator[Found]:
        with self._listing(span.prefix) as (folder, path):
            if isinstance(folder, Denied):
                yield path, folder
            elif folder is not None:
                yield from walk(folder, path, span, self._sweep)

    def _directly_below(self, prefix: str) -> Iterator[Found]:
        with self._listing(prefix) as (folder, path):
            if folder is None:
                return
            if isinstance(folder, Denied):
                yield path, folder
                return
            names = listed(folder, self._sweep)
            if isinstance(names, Denied):
                yield path, names
                return
            for entry in names:
                if not entry.endswith("/") and (path + entry).startswith(prefix):
                    status = status_of(folder, entry)
                    if status:
                        yield path + entry, status

    def _entries(self, folder: int | Denied | None) -> Iterator[str]:
        """Yield the entries of a directory that was found: none if it cannot be accessed.

        Raises OSError when the whole folder cannot be accessed.
        """
        names = listed(folder, self._sweep) if isinstance(folder, int) else folder
        if isinstance(names, Denied):
            if not is_of_one(names.error, self._root):
                raise names.error
            return
        yield from names or ()

    def _rows(self, found: Iterator[Found]) -> Iterator[BlobInfo]:
        for name, status in found:
            if isinstance(status, Denied):
                yield self._denied(name, status.error)
            else:
                yield row(name, status, unknown(status))

    def _denied(self, name: str, error: OSError) -> BlobInfo:
        """Return the row of a file or folder that cannot be accessed.

        Raises OSError when the whole folder cannot be accessed.
        """
        with translating_os_errors(self._root):
            if name and is_of_one(error, self._root):
                return BlobInfo(name, "", 0, denied=denial(error))
            raise error

    def _version(self, _name: str, _file: BufferedReader, status: os.stat_result) -> Version:
        """Return the version of an open file."""
        return unknown(status)

    def _sweep(self, folder: int, entry: str) -> None:
        """Do nothing: in a read-only folder, nothing is removed."""

    @contextmanager
    def _listing(self, prefix: str) -> Iterator[tuple[int | Denied | None, str]]:
        """Open the deepest folder that contains all of `prefix`; None when there is none."""
        path = prefix[: prefix.rfind("/") + 1]
        segments = path.split("/")[:-1]
        if any(s in {"", ".", ".."} or "\0" in s or is_reserved(s) for s in segments):
            yield None, path
            return
        with translating_os_errors(self._root):
            folder = find_folder(self._root, segments)
            if folder is None and _is_behind_link(self._root, segments):
                folder = LINKED_FOLDER
            try:
                yield folder, path
            finally:
                if isinstance(folder, int):
                    os.close(folder)

    def _read(self, name: str, etag: str, start: int, length: int) -> Blob:
        segments = segments_of(name)
        with (
            reading(self._root, name),
            self._or_stale(name),
            opened_folder(self._root, segments[:-1]) as folder,
            opened_file(folder, segments[-1]) as file,
        ):
            # Its status alone may change meanwhile (a link to it was added or removed): try again.
            for _ in range(READS):
                before = os.fstat(file.fileno())
                version = self._version(name, file, before)
                if version.etag != etag:
                    raise StaleError("another version has this name", name)
                file.seek(start)
                data = file.read(length)
                left = max(0, before.st_size - start)
                expected = left if length < 0 else min(length, left)
                unchanged = _moments(before) == _moments(os.fstat(file.fileno()))
                if unchanged and len(data) == expected:
                    return Blob(data, version.properties)
        raise StaleError("it changed while it was read", name)

    @contextmanager
    def _or_stale(self, name: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno not in NOT_THERE or error.filename == self._root:
                raise
            raise StaleError("this version no longer exists", name) from error


def _is_behind_link(root: str, segments: list[str]) -> bool:
    """Return whether a symbolic link has the name of one of these folders."""
    return any(Path(root, *segments[:depth]).is_symlink() for depth in range(1, len(segments) + 1))


def _moments(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns
