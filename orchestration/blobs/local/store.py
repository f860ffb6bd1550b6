"""A folder as a container: the default, which needs no account and no network."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from orchestration.blobs.base import BlobInfo, Properties, Reads, order
from orchestration.blobs.errors import (
    CannotCopyError,
    ForeignError,
    HeldError,
    UnaddressableError,
)
from orchestration.blobs.local.disk_naming import DiskNaming
from orchestration.blobs.local.file_version import Version
from orchestration.blobs.local.files import (
    Draft,
    check_writable,
    drafted,
    find_folder,
    make_folders,
    opened_file,
    opened_folder,
    sweep,
)
from orchestration.blobs.local.metadata_db import MetadataDb
from orchestration.blobs.local.names import RESERVED, segments_of
from orchestration.blobs.local.os_errors import NOT_THERE, translating_os_errors, writing
from orchestration.blobs.local.stamped_source import StampedSource
from orchestration.blobs.local.walk import Denied, status_of


class LocalStore(StampedSource):
    """Lists, reads and writes the files below a folder; metadata is in `.photo-mirror`.

    A file is written under a temporary name, made durable, and renamed in one step. Its metadata is
    made durable before that step. So a kill or a power failure at any moment leaves the old file or
    the new one, and the metadata of both.
    """

    def __init__(self, folder: Path) -> None:
        reserved = folder / RESERVED
        with translating_os_errors(str(folder)):
            _make_place(folder)
            reserved.mkdir(exist_ok=True)
            with opened_folder(str(reserved), []) as opened:
                for entry in reserved.iterdir():
                    sweep(opened, entry.name)  # listings skip this folder
                check_writable(opened)  # its error message is clearer than SQLite's
            super().__init__(folder, MetadataDb(reserved))
        self._naming = DiskNaming(self._root, reserved)

    def write(
        self,
        name: str,
        data: bytes,
        properties: Properties,
        *,
        replaces: str = "",
        md5: str = "",
    ) -> str:
        """Write as `Writes.write` promises."""
        digest = md5 or _digest(data)
        with self._drafting(name, data, properties, digest) as (draft, file, version):
            if replaces:
                return self._replace(draft, name, file, version, replaces)
            return self._create(draft, name, file, version)

    def restamp(self, name: str, etag: str, metadata: Mapping[str, str]) -> str:
        """Restamp as `Writes.restamp` promises."""
        with self._alone_with(name) as (folder, file, current):
            if not current:
                raise ForeignError("it no longer exists", name)
            if current.md5 and current.properties.metadata == metadata:
                return current.etag
            if current.etag != etag:
                raise ForeignError("it no longer has this version", name)
            restamped = replace(
                current,
                md5=current.md5 or _digest_in(folder, file),
                properties=replace(current.properties, metadata=dict(metadata)),
                generation=current.generation + 1,
            )
            self._metadata.remember(name, restamped)
            return restamped.etag

    def copy(
        self, source: Reads, photo: BlobInfo, properties: Properties, *, replaces: str = ""
    ) -> str:
        """Refuse: copying on the disk would be no faster than writing the bytes."""
        del source, properties, replaces
        raise CannotCopyError("a folder cannot copy files itself", photo.name)

    def delete(self, name: str, etag: str) -> None:
        """Delete as `Writes.delete` promises."""
        with self._alone_with(name) as (folder, file, current):
            if not current:
                return
            if current.etag != etag:
                raise ForeignError("another version has this name", name)
            with suppress(FileNotFoundError):
                os.unlink(file, dir_fd=folder)
            os.fsync(folder)
            self._metadata.forget(name, current.identity)

    @contextmanager
    def _drafting(
        self, name: str, data: bytes, properties: Properties, digest: str
    ) -> Iterator[tuple[Draft, str, Version]]:
        """Write the bytes to a temporary file, and yield the version that they will be."""
        *folders, file = segments_of(name)
        with self._writing(name, folders):
            self._naming.check(name, [*folders, file])
            make_folders(self._root, folders)
            with opened_folder(self._root, folders) as folder, drafted(folder, data) as draft:
                carried = replace(properties, metadata=dict(properties.metadata))
                yield draft, file, Version(draft.identity, digest, carried)

    def _create(self, draft: Draft, name: str, file: str, version: Version) -> str:
        with self._metadata.alone():
            current = self._current(draft.folder, name, file)
            if not current:
                self._metadata.forget_unpublished(name)
                self._metadata.remember(name, version)
        if not current:
            try:
                draft.become(file)
            except FileExistsError:
                self._metadata.forget(name, version.identity)
                current = self._current(draft.folder, name, file)
            else:
                return version.etag
        if not current:
            self._raise_for_what_is_no_file(draft.folder, name, file)
        return _same_or_foreign(name, current, version)

    def _replace(self, draft: Draft, name: str, file: str, version: Version, etag: str) -> str:
        version = self._remembered(draft, name, file, version)
        with self._metadata.alone():
            current = self._current(draft.folder, name, file)
            if current and current.etag == etag:
                draft.displace(file)
                self._metadata.forget(name, current.identity)
                return version.etag
            self._metadata.forget(name, version.identity)
        return _same_or_foreign(name, current, version)

    def _remembered(self, draft: Draft, name: str, file: str, version: Version) -> Version:
        """Store a version before it replaces a file, and record that the file is another one.

        Otherwise a foreign file with the same bytes would be taken for this version.
        """
        current = self._current(draft.folder, name, file)
        if current and not current.md5:
            version = replace(version, other=current.identity)
        self._metadata.remember(name, version)
        return version

    def _displace(self, draft: Draft, name: str, file: str, version: Version) -> str:
        version = self._remembered(draft, name, file, version)
        with self._metadata.alone():
            current = self._current(draft.folder, name, file)
            draft.displace(file)
            if current:
                self._metadata.forget(name, current.identity)
        return version.etag

    @contextmanager
    def _alone_with(self, name: str) -> Iterator[tuple[int, str, Version | None]]:
        """Lock out other writers, and yield the folder, the file name and its current version."""
        *folders, file = segments_of(name)
        with self._writing(name, folders), self._metadata.alone():
            folder = find_folder(self._root, folders)
            if isinstance(folder, Denied):
                raise folder.error
            if folder is None:
                yield -1, file, None
                return
            try:
                yield folder, file, self._current(folder, name, file)
            finally:
                os.close(folder)

    @contextmanager
    def _writing(self, name: str, folders: list[str]) -> Iterator[None]:
        with writing(self._root, name, self._check):
            try:
                yield
            except IsADirectoryError:
                self._raise_for_folder(name)
            except OSError as error:
                if error.errno in {errno.ENOTDIR, errno.ELOOP}:
                    self._check_ours(name, folders)
                raise

    def _check(self) -> None:
        """Raise OSError when nothing at all can be written."""
        with opened_folder(self._root, []) as folder:
            check_writable(folder)

    def _check_ours(self, name: str, folders: list[str]) -> None:
        """Raise HeldError when a foreign file is where a folder is needed."""
        for depth in range(1, len(folders) + 1):
            above = "/".join(folders[:depth])
            if self._metadata.versions(above):
                return
        raise HeldError("a file or a link has the name of one of its folders", name)

    def _raise_for_what_is_no_file(self, folder: int, name: str, file: str) -> None:
        status = status_of(folder, file)
        if not isinstance(status, os.stat_result) or stat.S_ISREG(status.st_mode):
            return  # it was just added or removed
        if stat.S_ISDIR(status.st_mode):
            self._raise_for_folder(name)
        raise HeldError("a link, or something else that is not a file, has this name", name)

    def _raise_for_folder(self, name: str) -> NoReturn:
        """Raise UnaddressableError for a folder with renditions, HeldError for another."""
        for key, _ in self._metadata.scan(f"{name}/", ""):
            if key.startswith(order(f"{name}/")):
                raise UnaddressableError("a folder has its name here", name)
            break
        raise HeldError("a folder has this name", name)

    def _current(self, folder: int, name: str, file: str) -> Version | None:
        status = status_of(folder, file)
        if isinstance(status, os.stat_result):
            for version in self._metadata.versions(name):
                if version.is_of(status):
                    return version  # also where it may not be opened
        try:
            with opened_file(folder, file) as opened:
                return self._version(name, opened, os.fstat(opened.fileno()))
        except OSError as error:
            if error.errno not in NOT_THERE:
                raise
            return None

    def _sweep(self, folder: int, entry: str) -> None:
        sweep(folder, entry)


class LocalLedger(LocalStore):
    """A folder that only photo-mirror uses."""

    def overwrite(self, name: str, data: bytes, properties: Properties) -> str:
        """Write as `Overwrites.overwrite` promises."""
        digest = _digest(data)
        with self._drafting(name, data, properties, digest) as (draft, file, version):
            return self._displace(draft, name, file, version)


def _make_place(folder: Path) -> None:
    """Create the folder, but none above it: its disk may not be mounted."""
    parts = folder.parts
    if RESERVED in parts:
        _make_place(Path(*parts[: parts.index(RESERVED)]))
        folder.mkdir(parents=True, exist_ok=True)
    else:
        folder.mkdir(exist_ok=True)


def _same_or_foreign(name: str, current: Version | None, wanted: Version) -> str:
    if current and current.is_same(wanted):
        return current.etag
    raise ForeignError(
        "another file has this name" if current else "the file to replace no longer exists", name
    )


def _digest(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def _digest_in(folder: int, file: str) -> str:
    with opened_file(folder, file) as opened:
        return hashlib.file_digest(opened, "md5").hexdigest()
