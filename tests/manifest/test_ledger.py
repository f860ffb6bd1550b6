"""Manifests in the ledger: written, read back, replaced, and asked whether they name something."""

from orchestration.blobs.base import Properties
from orchestration.manifest.collect import Summary, rows_of
from orchestration.manifest.ledger import ALL, keep, kept, naming, place_of, rows_kept
from orchestration.mirror.partition_keys import Folder, folder_at
from tests.manifest.test_manifest import ODD, world
from tests.mirror.fake_mirror import World


def store(made: World, key: str) -> str:
    summary = Summary()
    folders: list[Folder] | None = None if key == ALL else [folder_at(key)]
    rows = rows_of(made.mirror, folders, summary)
    keep(made.ledger, key, rows, summary, "now")
    return summary.version


def stored(made: World) -> bytes:
    (one,) = kept(made.ledger)
    return made.ledger.read(one.blob.name, one.blob.etag).data


def test_a_manifest_is_read_back_as_it_was_written() -> None:
    made = world()
    version = store(made, "a/b #1")
    store(made, ALL)
    found = {one.key: one for one in kept(made.ledger)}
    assert found.keys() == {"a/b #1", ALL}
    assert found["a/b #1"].version == version
    assert [row.name for row in rows_kept(made.ledger, found["a/b #1"])] == [ODD]
    assert len([*rows_kept(made.ledger, found[ALL])]) == 4


def test_the_same_bytes_are_the_same_blob_and_an_empty_folder_keeps_none() -> None:
    made = world()
    store(made, "a/b")
    before = stored(made)
    store(made, "a/b")
    assert stored(made) == before
    made.remove("a/b/turned.jpg")
    made.run()
    store(made, "a/b")
    assert [*kept(made.ledger)] == []


def test_what_is_not_ours_is_passed_over() -> None:
    made = world()
    store(made, ALL)
    made.ledger.overwrite("manifests/notes.txt", b"notes", Properties())
    assert [found.key for found in kept(made.ledger)] == [ALL]


def test_the_manifests_that_name_renditions_are_found() -> None:
    made = world()
    for key in ("a/b", "a", ALL):
        store(made, key)
    assert naming(made.ledger, frozenset({"a/b/turned.jpg"})) == {"a/b": 1, ALL: 1}
    assert naming(made.ledger, frozenset({"a/none.jpg"})) == {}
    found = next(one for one in kept(made.ledger) if one.key == "a/b")
    made.ledger.overwrite(place_of("a/b"), b"cut off", Properties(metadata=found.blob.metadata))
    assert naming(made.ledger, frozenset({"a/b/turned.jpg"})) == {ALL: 1}
