"""Opens the store an address names, with the credentials of this process's environment."""

import os
from collections.abc import Mapping
from math import inf, nan
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.blobs.address import Address, split_container_url
from orchestration.blobs.base import Overwrites, Source, Store
from orchestration.blobs.errors import StoreClosedError
from orchestration.blobs.local.names import RESERVED
from orchestration.blobs.local.source import LocalSource
from orchestration.blobs.local.stamped_source import open_stamped_source
from orchestration.blobs.local.store import LocalLedger, LocalStore
from orchestration.blobs.memory import (
    MemoryContainer,
    MemoryLedger,
    MemorySource,
    MemoryStore,
    memory_container,
)
from orchestration.blobs.read_only import ReadOnly

if TYPE_CHECKING:
    from orchestration.blobs.azure.client import Account
    from orchestration.blobs.azure.queue import Queue

PATIENCE_SECONDS = 60.0


def open_source(address: Address, patience: float | None = None) -> Source:
    """Open an address to list and read; the result has no method that writes.

    A request is retried for as long as the environment says, or `patience` seconds if fewer.

    Raises StoreUnavailableError when no credentials fit.
    """
    if address.is_memory:
        return MemorySource(memory_container(address.url))
    if address.is_container:
        from orchestration.blobs.azure.source import AzureSource  # noqa: PLC0415 - a second

        return AzureSource(*_container(address, patience))
    return LocalSource(Path(address.url))


def open_store(address: Address) -> Store:
    """Open an address to list, read and write; a folder is created if its parent exists.

    Raises StoreUnavailableError when the folder cannot be used or no credentials fit.
    """
    if address.is_memory:
        return MemoryStore(memory_container(address.url))
    if address.is_container:
        from orchestration.blobs.azure.store import AzureStore  # noqa: PLC0415 - a second

        return AzureStore(*_container(address))
    return LocalStore(Path(address.url))


def open_ledger(address: Address) -> Overwrites:
    """Open an address that only photo-mirror uses; it is created if missing.

    Raises StoreUnavailableError when it cannot be created or used.
    """
    if address.is_memory:
        return MemoryLedger(memory_container(address.url))
    if address.is_container:
        from orchestration.blobs.azure.store import AzureLedger  # noqa: PLC0415 - a second

        ledger = AzureLedger(*_container(address))
        ledger.make()
        return ledger
    return LocalLedger(Path(address.url))


def open_read_only(address: Address, patience: float | None = None) -> ReadOnly:
    """Open an address that photo-mirror writes to list and read: nothing is written or created.

    A folder that `open_store` would create is empty. Raises StoreUnavailableError.
    """
    if address.is_memory:
        return ReadOnly(MemorySource(memory_container(address.url)))
    if address.is_container:
        return ReadOnly(open_source(address, patience))
    folder = Path(address.url)
    would_be_made = folder.parent.is_dir() or RESERVED in folder.parts
    if would_be_made and not folder.exists():
        return _empty()
    return ReadOnly(open_stamped_source(folder))


def open_ledger_read_only(address: Address, patience: float | None = None) -> ReadOnly:
    """Open a ledger to list and read; one that `open_ledger` would create is empty.

    Raises StoreUnavailableError.
    """
    if not address.is_container:
        return open_read_only(address, patience)
    from orchestration.blobs.azure.source import AzureSource  # noqa: PLC0415 - a second

    ledger = AzureSource(*_container(address, patience))
    return ReadOnly(ledger) if ledger.exists() else _empty()


def open_queue(address: Address, patience: float) -> "Queue":
    """Open a storage queue; a request is retried for `patience` seconds.

    Raises StoreUnavailableError when no credentials fit.
    """
    from orchestration.blobs.azure.credentials import credential_from  # noqa: PLC0415 - a second
    from orchestration.blobs.azure.queue import Queue  # noqa: PLC0415 - a second

    account = address.url.rpartition("/")[0]
    return Queue(address.url, credential_from(os.environ, address.role, account), patience)


def _empty() -> ReadOnly:
    return ReadOnly(MemorySource(MemoryContainer()))


def _container(address: Address, patience: float | None = None) -> "tuple[Account, str, str]":
    """Return the account of an address, its container and prefix."""
    from orchestration.blobs.azure.client import account  # noqa: PLC0415 - a second
    from orchestration.blobs.azure.credentials import credential_from  # noqa: PLC0415

    url, container, prefix = split_container_url(address)
    credential = credential_from(os.environ, address.role, url)
    seconds = _patience(os.environ)
    if patience is not None:
        seconds = min(seconds, patience)
    return account(url, credential, seconds), container, prefix


def _patience(environment: Mapping[str, str]) -> float:
    text = environment.get("PHOTO_MIRROR_PATIENCE", "").strip()
    try:
        seconds = float(text or PATIENCE_SECONDS)
    except ValueError:
        seconds = nan
    if not 0 <= seconds < inf:
        raise StoreClosedError(f"PHOTO_MIRROR_PATIENCE: {text!r} is not a number of seconds")
    return seconds
