from pathlib import Path

import pytest

from orchestration.blobs.azure.client import Account
from orchestration.blobs.azure.credentials import Credential
from orchestration.blobs.azure.source import AzureSource
from orchestration.blobs.azure.store import AzureLedger, AzureStore
from tests.azurite.emulator import ACCOUNT, KEY, Azurite
from tests.blobs.contract import Place, StoreContract

PATIENCE = 2.0
PREFIX = "p %/é/"
OURS = Credential("key", KEY, ACCOUNT, "AZURE_STORAGE_KEY")


class TestAzure(StoreContract):
    """With pages of seven rows, below a prefix, and a source that may only read and list."""

    azurite: Azurite
    legal = ("tab\tnewline\n", "n" * (1024 - len(PREFIX)), "a//b", "/lead")
    unaddressable = (
        *StoreContract.unaddressable,
        ".",
        "..",
        "./a",
        "a/../../b",
        "a/.",
        "back\\slash",
        "n" * (1025 - len(PREFIX)),
        "\N{GRINNING FACE}" * 600,
        "/".join("d" * 254),
        "trailing.",
    )

    @pytest.fixture(autouse=True)
    def _azurite(self, azurite: Azurite) -> None:
        type(self).azurite = azurite

    def new(self, folder: Path) -> Place:  # noqa: ARG002 - it needs none
        ours = Account(self.azurite.blobs, OURS, PATIENCE)
        theirs = Account(self.azurite.blobs, Credential("sas", self.azurite.token()), PATIENCE)
        container = self.azurite.new_container().rpartition("/")[2]
        ledger = AzureLedger(ours, f"{container}-ledger", PREFIX, 7)
        ledger.make()
        store = AzureStore(ours, container, PREFIX, 7)
        return Place(store, AzureSource(theirs, container, PREFIX, 7), ledger)
