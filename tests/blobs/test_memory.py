from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.blobs.base import Properties
from orchestration.blobs.errors import DeniedError, HeldError
from orchestration.blobs.memory import MemoryContainer, MemoryLedger, MemorySource, MemoryStore
from tests.blobs.contract import Place, StoreContract


class TestMemory(StoreContract):
    def new(self, folder: Path) -> Place:  # noqa: ARG002 - it needs none
        held = MemoryContainer()
        return Place(MemoryStore(held), MemorySource(held), MemoryLedger(MemoryContainer()))


def three_names() -> tuple[MemoryContainer, MemoryStore]:
    """Return a container with `a/1`, `a/10` and `ab/1`, and a store on it."""
    container = MemoryContainer()
    store = MemoryStore(container)
    for name in ("a/1", "a/10", "ab/1"):
        store.write(name, b"bytes", Properties())
    return container, store


@pytest.mark.parametrize("where", ["held", "denied"])
@pytest.mark.parametrize("what", ["a/", "a/1"])
def test_what_is_held_or_denied_cannot_be_changed_and_its_neighbour_can(
    where: str, what: str
) -> None:
    container, store = three_names()
    getattr(container, where)[what] = "somebody's"
    (etag,) = (version.etag for name, version in container.versions.items() if name == "a/1")
    writes: tuple[Callable[[], object], ...] = (
        lambda: store.write("a/1", b"others", Properties(), replaces=etag),
        lambda: store.restamp("a/1", etag, {"key": "value"}),
        lambda: store.delete("a/1", etag),
        lambda: MemoryLedger(container).overwrite("a/1", b"others", Properties()),
    )
    for write in writes:
        with pytest.raises(HeldError, match="somebody's"):
            write()
    assert container.versions["a/1"].etag == etag
    for neighbour in {"a/": ["ab/1"], "a/1": ["a/10", "ab/1"]}[what]:
        MemoryLedger(container).overwrite(neighbour, b"others", Properties())


def test_a_held_name_is_listed_with_its_reason() -> None:
    container, store = three_names()
    container.held["a/1"] = "a lease"
    assert [(info.name, info.held) for info in store.list()] == [
        ("a/1", "a lease"), ("a/10", ""), ("ab/1", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("prefix", ["", "a/", "a/1"])
def test_a_denied_folder_is_listed_in_place_of_what_is_in_it(prefix: str) -> None:
    container, store = three_names()
    container.denied["a/"] = "permission denied"
    rows = [(info.name, info.denied) for info in store.list(prefix)]
    assert rows == [("a/", "permission denied"), *([("ab/1", "")] if not prefix else [])]


@pytest.mark.parametrize("what", ["a/", "a/1"])
def test_what_is_denied_cannot_be_read_and_its_neighbour_can(what: str) -> None:
    container, store = three_names()
    container.denied[what] = "permission denied"
    etags = {name: version.etag for name, version in container.versions.items()}
    with pytest.raises(DeniedError, match="permission denied"):
        store.read("a/1", etags["a/1"])
    for neighbour in {"a/": ["ab/1"], "a/1": ["a/10", "ab/1"]}[what]:
        assert store.read(neighbour, etags[neighbour]).data == b"bytes"
