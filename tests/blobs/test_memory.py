from pathlib import Path

from orchestration.blobs.memory import MemoryContainer, MemoryLedger, MemorySource, MemoryStore
from tests.blobs.contract import Place, StoreContract


class TestMemory(StoreContract):
    def new(self, folder: Path) -> Place:  # noqa: ARG002 - it needs none
        held = MemoryContainer()
        return Place(MemoryStore(held), MemorySource(held), MemoryLedger(MemoryContainer()))
