"""Opens the store an address names, with the credentials of this process's environment."""

import os
from collections.abc import Mapping
from math import inf, nan
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.blobs.address import Address, split_container_url
from orchestration.blobs.base import Overwrites, Sealed, Source, Store
from orchestration.blobs.errors import StoreClosedError
from orchestration.blobs.local.names import RESERVED
from orchestration.blobs.local.sealed import SealedLocal
from orchestration.blobs.local.source import LocalSource
from orchestration.blobs.local.store import LocalLedger, LocalStore
from orchestration.blobs.memory import MemoryLedger, MemorySource, MemoryStore, Place, place
from orchestration.blobs.read_only import SealedMemory

if TYPE_CHECKING:
    from orchestration.blobs.azure.client import Account
    from orchestration.blobs.azure.queue import Queue

PATIENCE_SECONDS = 60.0


def open_source(address: Address, patience: float | None = None) -> Source:
    """Open a place to list and read: what is returned holds no verb that writes.

    A request is tried again for so many seconds as the environment says, or `patience` if fewer.

    Raises StoreUnavailableError when no credentials fit.
    """
    if address.is_memory:
        return MemorySource(place(address.url))
    if address.is_container:
        from orchestration.blobs.azure.source import AzureSource  # noqa: PLC0415 - a second

        return AzureSource(*_container(address, patience))
    return LocalSource(Path(address.url))


def open_store(address: Address) -> Store:
    """Open a place to list, read and write; a folder is made if the one above it is there.

    Raises StoreUnavailableError when the folder cannot be used or no credentials fit.
    """
    if address.is_memory:
        return MemoryStore(place(address.url))
    if address.is_container:
        from orchestration.blobs.azure.store import AzureStore  # noqa: PLC0415 - a second

        return AzureStore(*_container(address))
    return LocalStore(Path(address.url))


def open_ledger(address: Address) -> Overwrites:
    """Open a place that is nobody's but ours; it is made if it is missing.

    Raises StoreUnavailableError when it cannot be made or used.
    """
    if address.is_memory:
        return MemoryLedger(place(address.url))
    if address.is_container:
        from orchestration.blobs.azure.store import AzureLedger  # noqa: PLC0415 - a second

        ledger = AzureLedger(*_container(address))
        ledger.make()
        return ledger
    return LocalLedger(Path(address.url))


def open_sealed(address: Address, patience: float | None = None) -> Sealed:
    """Open a place of ours to look at it alone: nothing is written, and nothing missing is made.

    A folder that `open_store` would make is empty. Raises StoreUnavailableError.
    """
    if address.is_memory:
        return SealedMemory(place(address.url))
    if address.is_container:
        from orchestration.blobs.azure.sealed import SealedAzure  # noqa: PLC0415 - a second

        return SealedAzure(*_container(address, patience))
    folder = Path(address.url)
    would_be_made = folder.parent.is_dir() or RESERVED in folder.parts
    if would_be_made and not folder.exists():
        return SealedMemory(Place())
    return SealedLocal(folder)


def open_sealed_ledger(address: Address, patience: float | None = None) -> Sealed:
    """Open a ledger to look at it alone; one that `open_ledger` would make is empty.

    Raises StoreUnavailableError.
    """
    if not address.is_container:
        return open_sealed(address, patience)
    from orchestration.blobs.azure.sealed import SealedAzure  # noqa: PLC0415 - a second

    ledger = SealedAzure(*_container(address, patience))
    return ledger if ledger.is_there() else SealedMemory(Place())


def open_queue(address: Address, patience: float) -> "Queue":
    """Open a storage queue, with so many seconds' patience for a request.

    Raises StoreUnavailableError when no credentials fit.
    """
    from orchestration.blobs.azure.credentials import credential_from  # noqa: PLC0415 - a second
    from orchestration.blobs.azure.queue import Queue  # noqa: PLC0415 - a second

    account = address.url.rpartition("/")[0]
    return Queue(address.url, credential_from(os.environ, address.role, account), patience)


def _container(address: Address, patience: float | None = None) -> "tuple[Account, str, str]":
    """Find the account that an address is in, with the credentials of this environment."""
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
