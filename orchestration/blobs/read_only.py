"""Places that are only looked at, where a store is asked for: for dry runs and for `verify`."""

from collections.abc import Mapping
from typing import NoReturn

from orchestration.blobs.base import BlobInfo, Properties, Reads
from orchestration.blobs.errors import BlobError
from orchestration.blobs.memory import MemorySource

_WHY = "this place was opened to be looked at, not to be written"


class SealedError(BlobError):
    """Something was to be written where nothing may be: a mistake of ours."""


class Seals:
    """Has every verb that writes, and none of them does anything but raise SealedError."""

    def write(
        self, name: str, _data: bytes, _properties: Properties, *, replaces: str = "", md5: str = ""
    ) -> NoReturn:
        """Write nothing."""
        del replaces, md5
        raise SealedError(_WHY, name)

    def overwrite(self, name: str, _data: bytes, _properties: Properties) -> NoReturn:
        """Write nothing."""
        raise SealedError(_WHY, name)

    def restamp(self, name: str, _etag: str, _metadata: Mapping[str, str]) -> NoReturn:
        """Write nothing."""
        raise SealedError(_WHY, name)

    def copy(
        self, _source: Reads, photo: BlobInfo, _properties: Properties, *, replaces: str = ""
    ) -> NoReturn:
        """Write nothing."""
        del replaces
        raise SealedError(_WHY, photo.name)

    def delete(self, name: str, _etag: str) -> NoReturn:
        """Delete nothing."""
        raise SealedError(_WHY, name)


class SealedMemory(Seals, MemorySource):
    """A place in memory that is only looked at; an empty one stands for what a run would make."""
