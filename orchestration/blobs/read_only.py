"""Wraps a store so that nothing is written to it: for dry runs, for `verify` and for sensors."""

from collections.abc import Mapping
from typing import NoReturn

from orchestration.blobs.base import BlobInfo, Properties, Reads, Source
from orchestration.blobs.errors import BlobError

_WHY = "this store was opened read-only"


class ReadOnlyError(BlobError):
    """A store that was opened read-only was asked to write: a programming error."""


class ReadOnly:
    """Lists and reads as the wrapped source does; every method that writes raises ReadOnlyError."""

    def __init__(self, source: Source) -> None:
        self.list = source.list
        self.list_directly = source.list_directly
        self.list_folders = source.list_folders
        self.read = source.read
        self.read_part = source.read_part

    def write(
        self, name: str, _data: bytes, _properties: Properties, *, replaces: str = "", md5: str = ""
    ) -> NoReturn:
        """Raise ReadOnlyError."""
        del replaces, md5
        raise ReadOnlyError(_WHY, name)

    def overwrite(self, name: str, _data: bytes, _properties: Properties) -> NoReturn:
        """Raise ReadOnlyError."""
        raise ReadOnlyError(_WHY, name)

    def restamp(self, name: str, _etag: str, _metadata: Mapping[str, str]) -> NoReturn:
        """Raise ReadOnlyError."""
        raise ReadOnlyError(_WHY, name)

    def copy(
        self, _source: Reads, photo: BlobInfo, _properties: Properties, *, replaces: str = ""
    ) -> NoReturn:
        """Raise ReadOnlyError."""
        del replaces
        raise ReadOnlyError(_WHY, photo.name)

    def delete(self, name: str, _etag: str) -> NoReturn:
        """Raise ReadOnlyError."""
        raise ReadOnlyError(_WHY, name)
