"""Opens the store an address names, with the credentials of this process's environment."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.blobs.address import Address, split_container_url
from orchestration.blobs.base import Overwrites, Source, Store
from orchestration.blobs.errors import StoreClosedError
from orchestration.blobs.local.source import LocalSource
from orchestration.blobs.local.store import LocalLedger, LocalStore
from orchestration.blobs.memory import MemoryLedger, MemorySource, MemoryStore, place

if TYPE_CHECKING:
    from orchestration.blobs.azure.client import Account

PATIENCE_SECONDS = 60.0


def open_source(address: Address) -> Source:
    """Open a place to list and read: what is returned holds no verb that writes.

    Raises StoreUnavailableError when no credentials fit.
    """
    if address.is_memory:
        return MemorySource(place(address.url))
    if address.is_container:
        from orchestration.blobs.azure.source import AzureSource  # noqa: PLC0415 - a second

        return AzureSource(*_container(address))
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


def _container(address: Address) -> "tuple[Account, str, str]":
    """Find the account that an address is in, with the credentials of this environment."""
    from orchestration.blobs.azure.client import account  # noqa: PLC0415 - a second
    from orchestration.blobs.azure.credentials import credential_from  # noqa: PLC0415

    url, container, prefix = split_container_url(address)
    credential = credential_from(os.environ, address.role, url)
    return account(url, credential, _patience(os.environ)), container, prefix


def _patience(environment: Mapping[str, str]) -> float:
    text = environment.get("PHOTO_MIRROR_PATIENCE", "").strip()
    try:
        return float(text or PATIENCE_SECONDS)
    except ValueError:
        raise StoreClosedError(
            f"PHOTO_MIRROR_PATIENCE: {text!r} is not a number of seconds"
        ) from None
