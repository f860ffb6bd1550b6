"""One version of a file: its identity, digest and properties."""

import os
from dataclasses import dataclass

from orchestration.blobs.base import Properties


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a file. `md5` is '' when another program wrote it."""

    identity: str
    md5: str
    properties: Properties
    generation: int = 0
    other: str = ""

    @property
    def etag(self) -> str:
        """Identifies this version, metadata included."""
        return f"{self.identity}-{self.generation:x}" if self.generation else self.identity

    def is_of(self, status: os.stat_result) -> bool:
        """Return whether a file is this version, judged by its status."""
        return self.identity == identity_of(status)

    def is_same(self, other: "Version") -> bool:
        """Return whether both have the same bytes and properties."""
        return bool(self.md5) and (self.md5, self.properties) == (other.md5, other.properties)


def unknown(status: os.stat_result) -> Version:
    """Return the version of a file that another program wrote."""
    return Version(identity_of(status), "", Properties(""))


def identity_of(status: os.stat_result) -> str:
    """What changes when a file is replaced or written to: size, time of change, inode."""
    return f"{status.st_size:x}-{status.st_mtime_ns:x}-{status.st_ino:x}"
