import subprocess
import sys
from pathlib import Path

from orchestration.blobs.address import ledger_address, parse_address
from orchestration.blobs.base import Properties
from orchestration.blobs.open import open_ledger, open_source, open_store


def test_a_place_in_memory_is_the_same_wherever_it_is_opened() -> None:
    address = parse_address("memory:test-open", "resized")
    etag = open_store(address).write("a", b"1", Properties())
    assert [row.etag for row in open_source(address).list()] == [etag]
    assert list(open_ledger(ledger_address(address)).list()) == []


def test_the_ledger_in_a_folder_is_never_listed(tmp_path: Path) -> None:
    address = parse_address(str(tmp_path / "resized"), "resized")
    ledger = open_ledger(ledger_address(address))
    ledger.overwrite("counts/a", b"", Properties(metadata={"photos": "1"}))
    store = open_store(address)
    store.write("a/b.jpg", b"1", Properties())
    for place in (store, open_source(address)):
        assert [row.name for row in place.list()] == ["a/b.jpg"]
        assert list(place.list_folders()) == ["a/"]
    assert [row.name for row in ledger.list()] == ["counts/a"]


def test_who_mirrors_folders_never_pays_for_azure(tmp_path: Path) -> None:
    script = (
        "import sys; from orchestration.blobs.address import parse_address;"
        "from orchestration.blobs.open import *;"
        "list(open_store(parse_address(sys.argv[1], 'resized')).list());"
        "open_source(parse_address(sys.argv[1], 'raw'));"
        "assert not {'azure', 'requests', 'dagster'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True)
