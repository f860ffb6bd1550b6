"""Identifies the container or folder of an address, however it is spelt."""

from dataclasses import dataclass
from pathlib import Path

from orchestration.blobs.accounts import account_of
from orchestration.blobs.address import Address, split_container_url


@dataclass(frozen=True, slots=True)
class Identity:
    """A container or folder: `shown` to people, `text` equal for all spellings of its address.

    `inode` is the device and inode of a folder, which no bind mount changes; '' if unknown.
    """

    shown: str
    text: str
    inode: str = ""

    def is_same(self, other: "Identity") -> bool:
        """Whether two addresses are the same container or folder."""
        return self.text == other.text or self.inode == other.inode != ""


def identity_of(address: Address) -> Identity:
    """Return the identity of an address, whether or not it exists."""
    if address.is_container:
        host, port, emulated = account_of(address)
        _, container, prefix = split_container_url(address)
        return Identity(str(address), f"{host}:{port}/{emulated}/{container}/{prefix}")
    if address.is_memory:
        return Identity(str(address), str(address))
    return Identity(str(address), str(address), inode_of(Path(address.url)))


def inode_of(folder: Path) -> str:
    """Return device and inode of a folder, or '' if there is none."""
    try:
        found = folder.stat()
    except OSError:
        return ""
    return f"{found.st_dev}:{found.st_ino}"
