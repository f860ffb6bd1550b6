"""Folder counts that earlier versions wrote are read."""

from orchestration.blobs.base import Properties
from orchestration.blobs.memory import MemoryContainer, MemoryLedger
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.ledger.folder_counts import StoredCounts, read_counts, write_counts


def test_counts_of_version_0_1_are_read_by_their_former_names() -> None:
    ledger = MemoryLedger(MemoryContainer())
    taken = StoredCounts("a/b", "v1", "2026-01-01", Counts(in_sync=3, due=2, files=3))
    write_counts(ledger, taken)
    (row,) = ledger.list("counts/")
    former = {{"in_sync": "in_step"}.get(name, name): text for name, text in row.metadata.items()}
    assert "in_step" in former
    ledger.overwrite(row.name, b"", Properties(metadata=former))
    assert [*read_counts(ledger)] == [taken]
