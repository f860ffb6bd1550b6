from pathlib import Path

from orchestration.blobs.memory import MemoryLedger, MemorySource, MemoryStore
from orchestration.blobs.memory import Place as Held
from tests.blobs.contract import Place, StoreContract


class TestMemory(StoreContract):
    def new(self, folder: Path) -> Place:  # noqa: ARG002 - it needs none
        held = Held()
        return Place(MemoryStore(held), MemorySource(held), MemoryLedger(Held()))
