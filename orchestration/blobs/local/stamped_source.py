"""Lists and reads a folder, with the metadata of the files that a LocalStore wrote."""

import hashlib
import os
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

from orchestration.blobs.base import BlobInfo
from orchestration.blobs.local.file_version import Version, unknown
from orchestration.blobs.local.files import opened_file, opened_folder
from orchestration.blobs.local.metadata_db import Known, MetadataDb, merged
from orchestration.blobs.local.names import RESERVED
from orchestration.blobs.local.os_errors import NOT_THERE, translating_os_errors
from orchestration.blobs.local.rows import row
from orchestration.blobs.local.source import LocalSource
from orchestration.blobs.local.walk import Denied, Found, NameRange, is_link


class StampedSource(LocalSource):
    """A folder whose files have digests, types and metadata, if a LocalStore wrote them."""

    def __init__(self, folder: Path, metadata: MetadataDb) -> None:
        super().__init__(folder)
        self._metadata = metadata

    def list(
        self, prefix: str = "", *, start_from: str = "", end_before: str = ""
    ) -> Iterator[BlobInfo]:
        """List as `Lists.list` promises."""
        known = merged(self._metadata.scan(prefix, start_from))
        return self._recognised(self._below(NameRange(prefix, start_from, end_before)), known)

    def _below(self, span: NameRange) -> Iterator[Found]:
        return _without_links(super()._below(span))

    def _directly_below(self, prefix: str) -> Iterator[Found]:
        return _without_links(super()._directly_below(prefix))

    def _rows(self, found: Iterator[Found]) -> Iterator[BlobInfo]:
        return self._recognised(found, self._metadata.versions)

    def _recognised(self, found: Iterator[Found], known: Known) -> Iterator[BlobInfo]:
        for name, status in found:
            if isinstance(status, Denied):
                yield self._denied(name, status.error)
                continue
            for version in known(name):
                if version.is_of(status):
                    yield row(name, status, version)
                    break
            else:
                yield from self._recognised_anew(name)

    def _recognised_anew(self, name: str) -> Iterator[BlobInfo]:
        """Open a file that matches no row: it may just have been replaced."""
        *folders, file = name.split("/")
        try:
            with opened_folder(self._root, folders) as folder:
                while True:
                    with opened_file(folder, file) as opened:
                        status = os.fstat(opened.fileno())
                        version = self._version(name, opened, status)
                    now = os.stat(file, dir_fd=folder, follow_symlinks=False)
                    if version.md5 or version.is_of(now):
                        break
        except OSError as error:
            if error.errno not in NOT_THERE:
                yield self._denied(name, error)
        else:
            yield row(name, status, version)

    def _version(self, name: str, file: BufferedReader, status: os.stat_result) -> Version:
        versions = self._metadata.versions(name)
        for version in versions:
            if version.is_of(status):
                return version
        stranger = unknown(status)
        if all(version.other == stranger.identity for version in versions):
            return stranger
        digest = hashlib.file_digest(file, "md5").hexdigest()
        file.seek(0)
        for version in versions:
            if version.md5 == digest:
                return self._metadata.moved(name, version, stranger.identity)
        self._metadata.met(name, stranger.identity)
        return stranger


def _without_links(found: Iterator[Found]) -> Iterator[Found]:
    """Leave out symbolic links, which are foreign here: a write reports the one in its way."""
    return ((name, status) for name, status in found if not is_link(status))


def open_stamped_source(folder: Path) -> StampedSource:
    """Open a folder for reading, with what a LocalStore stored about its files.

    Nothing is written. Raises StoreUnavailableError.
    """
    with translating_os_errors(str(folder)):
        return StampedSource(folder, MetadataDb(folder / RESERVED, "read"))
