"""One version of a file: its identity, digest and properties."""

import os
from dataclasses import dataclass

from orchestration.blobs.base import Properties


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a file. `md5` is '' when somebody else wrote it."""

    identity: str
    md5: str
    properties: Properties
    generation: int = 0
    other: str = ""

    @property
    def etag(self) -> str:
        """What names this version: its metadata count too."""
        return f"{self.identity}-{self.generation:x}" if self.generation else self.identity

    def is_of(self, status: os.stat_result) -> bool:
        """Whether a file is this version, as far as its status tells."""
        return self.identity == identity_of(status)

    def is_same(self, other: "Version") -> bool:
        """Whether both hold the same bytes and properties."""
        return bool(self.md5) and (self.md5, self.properties) == (other.md5, other.properties)


def unknown(status: os.stat_result) -> Version:
    """A file that somebody else wrote."""
    return Version(identity_of(status), "", Properties(""))


def identity_of(status: os.stat_result) -> str:
    """What changes when a file is replaced or written to: size, time of change, inode."""
    return f"{status.st_size:x}-{status.st_mtime_ns:x}-{status.st_ino:x}"
