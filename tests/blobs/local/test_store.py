import fcntl
import os
import random
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from hashlib import md5
from pathlib import Path

import pytest

from orchestration.blobs.base import Properties, order
from orchestration.blobs.errors import (
    ForeignError,
    HeldError,
    StaleError,
    StoreUnavailableError,
    UnaddressableError,
)
from orchestration.blobs.local.file_version import Version, identity_of
from orchestration.blobs.local.files import Draft
from orchestration.blobs.local.metadata_db import BATCH, MetadataDb
from orchestration.blobs.local.source import LocalSource
from orchestration.blobs.local.store import LocalLedger, LocalStore
from orchestration.blobs.local.walk import in_order
from tests.blobs.contract import Place, StoreContract


class TestLocal(StoreContract):
    legal = ("...", "trailing.", "tab\tnewline\n", "back\\slash")
    unaddressable = (
        *StoreContract.unaddressable,
        "..",
        "../escaped.jpg",
        "a/../b",
        "/etc/passwd",
        "a//b",
        "a/",
        "zero\0",
        "s" * 256,
        "ä" * 128,
        ".photo-mirror/metadata.sqlite",
        ".Photo-Mirror/x",
        "d/.photo-mirror-0123",
    )
    knows_md5_of_others = False
    keeps_types_of_others = False

    def new(self, folder: Path) -> Place:
        ledger = LocalLedger(folder / ".photo-mirror" / "ledger")
        return Place(LocalStore(folder), LocalSource(folder), ledger)


JPEG = Properties("image/jpeg", metadata={"photo_mirror_etag": "1"})


def test_a_folder_that_is_only_read_is_left_exactly_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.jpg").write_bytes(b"photo")
    before = {path: path.stat().st_ctime_ns for path in [tmp_path, *tmp_path.rglob("*")]}
    source = LocalSource(tmp_path)
    (row,) = source.list()
    source.read(row.name, row.etag)
    list(source.list_folders())
    after = {path: path.stat().st_ctime_ns for path in [tmp_path, *tmp_path.rglob("*")]}
    assert after == before


def test_a_copied_tree_stays_ours(tmp_path: Path) -> None:
    LocalStore(tmp_path / "one").write("a/b.jpg", b"photo", JPEG)
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    store = LocalStore(tmp_path / "two")
    for rows in (store.list(), store.list(), store.list_directly("a/")):
        (row,) = rows
        assert row.metadata == JPEG.metadata
    assert store.read("a/b.jpg", row.etag).properties == JPEG
    store.write("a/b.jpg", b"newer", JPEG, replaces=row.etag)


def test_a_file_changed_by_somebody_else_is_not_ours_any_more(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    etag = store.write("b.jpg", b"photo", JPEG)
    kept = (tmp_path / "b.jpg").read_bytes()
    (tmp_path / "b.jpg").write_bytes(b"edited")
    for rows in (store.list(), store.list()):
        (row,) = rows
        assert (row.metadata, row.md5) == ({}, "")
        assert row.etag != etag
    with pytest.raises(ForeignError):
        store.write("b.jpg", b"newer", JPEG, replaces=etag)
    (tmp_path / "b.jpg").write_bytes(kept)
    (row,) = store.list()
    assert row.metadata == JPEG.metadata


def test_a_file_of_somebody_else_is_adopted_by_a_restamp(tmp_path: Path) -> None:
    (tmp_path / "b.jpg").write_bytes(b"theirs")
    store = LocalStore(tmp_path)
    (row,) = store.list()
    etag = store.restamp("b.jpg", row.etag, {"photo_mirror_etag": "1"})
    (row,) = store.list()
    assert (row.etag, row.metadata) == (etag, {"photo_mirror_etag": "1"})
    assert row.md5 == md5(b"theirs").hexdigest()


def test_links_pipes_and_what_is_ours_are_not_listed(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.write("d/a.jpg", b"photo", JPEG)
    (tmp_path / "link.jpg").symlink_to(tmp_path / "d" / "a.jpg")
    (tmp_path / "linked").symlink_to(tmp_path / "d")
    (tmp_path / "outside").symlink_to("/etc")
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "empty").mkdir()
    assert [row.name for row in store.list()] == ["d/a.jpg"]
    assert list(store.list("linked/")) == []
    assert list(store.list_folders()) == ["d/"]
    assert list(store.list_directly()) == []
    for place in (store, LocalSource(tmp_path)):
        assert list(place.list("../")) == []
        assert list(place.list(".photo-mirror/")) == []


def test_links_in_a_source_are_listed_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a.jpg").write_bytes(b"photo")
    for name, target in (("link.jpg", "d/a.jpg"), ("loop.jpg", "loop.jpg"), ("gone.jpg", "none")):
        (tmp_path / name).symlink_to(target)
    (tmp_path / "linked").symlink_to("d")
    os.mkfifo(tmp_path / "pipe.jpg")
    source = LocalSource(tmp_path)
    found = {row.name: (row.unreadable or row.denied)[:23] for row in source.list()}
    link = "it is a symbolic link, "
    assert found == {
        "d/a.jpg": "",
        "gone.jpg": link,
        "link.jpg": link,
        "linked/": "it is a symbolic link t",
        "loop.jpg": link,
    }
    for prefix in ("linked/", "linked/a", "linked/b/"):
        assert [row.denied[:23] for row in source.list(prefix)] == ["it is a symbolic link t"]
    assert [row.name for row in source.list_directly()] == ["gone.jpg", "link.jpg", "loop.jpg"]
    assert list(source.list_folders()) == ["d/", "linked/"]
    assert list(source.list_folders("linked/")) == []


def test_no_link_leads_a_write_or_a_read_elsewhere(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "theirs.jpg").write_bytes(b"theirs")
    store = LocalStore(tmp_path / "place")
    (tmp_path / "place" / "linked").symlink_to(outside)
    (tmp_path / "place" / "link.jpg").symlink_to(outside / "theirs.jpg")
    with pytest.raises(HeldError):
        store.write("linked/new.jpg", b"ours", JPEG)
    with pytest.raises(HeldError, match="a link"):
        store.write("link.jpg", b"ours", JPEG)
    etag = identity_of((outside / "theirs.jpg").stat())
    for name in ("linked/theirs.jpg", "link.jpg"):
        with pytest.raises(StaleError):
            store.read(name, etag)
    assert [path.name for path in outside.iterdir()] == ["theirs.jpg"]


def test_other_things_than_files_that_have_a_name_are_kept_and_reported(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "full.jpg").mkdir()
    (tmp_path / "full.jpg" / "theirs").write_bytes(b"theirs")
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "dangling.jpg").symlink_to("nowhere")
    (tmp_path / "above").write_bytes(b"theirs")
    before = sorted(tmp_path.rglob("*"))
    names = ("folder.jpg", "full.jpg", "pipe.jpg", "dangling.jpg", "above/1.jpg", "above/b/1.jpg")
    for name in names:
        with pytest.raises(HeldError, match=r"has this name|has the name of one"):
            store.write(name, b"ours", JPEG)
    ledger = LocalLedger(tmp_path)
    for name in ("folder.jpg", "full.jpg", "above/1.jpg"):
        with pytest.raises(HeldError, match=r"has this name|has the name of one"):
            ledger.overwrite(name, b"ours", JPEG)
    assert sorted(tmp_path.rglob("*")) == before
    assert [row.name for row in store.list()] == ["above", "full.jpg/theirs"]


@pytest.mark.parametrize("data", [b"", b"the same"])
def test_a_foreign_file_with_the_same_bytes_is_replaced(tmp_path: Path, data: bytes) -> None:
    properties = replace(JPEG, metadata={"a": "1"})
    for n, store in enumerate((LocalStore(tmp_path), LocalLedger(tmp_path))):
        (tmp_path / f"{n}.jpg").write_bytes(data)
        (row,) = store.list(f"{n}.jpg")
        if isinstance(store, LocalLedger):
            store.overwrite(row.name, data, properties)
        else:
            store.write(row.name, data, properties, replaces=row.etag)
        (after,) = store.list(row.name)
        assert after.metadata == properties.metadata


def test_a_read_only_file_of_ours_is_replaced(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    first = store.write("a.jpg", b"1", JPEG)
    (tmp_path / "a.jpg").chmod(0o444)
    second = store.write("a.jpg", b"2", JPEG, replaces=first)
    assert store.read("a.jpg", second).data == b"2"


def test_a_photo_beside_a_folder_of_its_name_is_refused(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.write("a", b"photo", JPEG)
    with pytest.raises(UnaddressableError, match="a file or a symbolic link"):
        store.write("a/b", b"photo", JPEG)
    store.write("c/d", b"photo", JPEG)
    with pytest.raises(UnaddressableError, match="a folder has its name"):
        store.write("c", b"photo", JPEG)
    assert [row.name for row in store.list()] == ["a", "c/d"]


def test_a_name_that_is_no_unicode_is_listed_as_unreadable(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.jpg")).write_bytes(b"photo")
    (row,) = LocalSource(tmp_path).list()
    assert row.unreadable == "its name is not valid Unicode"


def test_a_file_that_grows_while_it_is_read_is_stale(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"first")
    source = LocalSource(tmp_path)
    (row,) = source.list()
    with (tmp_path / "a.jpg").open("ab") as file:
        file.write(b" and more")
    with pytest.raises(StaleError):
        source.read("a.jpg", row.etag)


def test_what_a_dead_writer_left_is_swept_and_a_living_one_keeps_its_own(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    (tmp_path / ".photo-mirror-dead").write_bytes(b"half a pho")
    with (tmp_path / ".photo-mirror-alive").open("wb") as alive:
        fcntl.flock(alive, fcntl.LOCK_EX)
        assert list(LocalSource(tmp_path).list()) == []
        assert (tmp_path / ".photo-mirror-dead").exists()
        assert list(store.list()) == []
        left = {path.name for path in tmp_path.iterdir()}
    assert left == {".photo-mirror", ".photo-mirror-alive"}


def test_more_names_than_memory_takes_are_sorted_on_disk() -> None:
    names = [f"{n * 7919 % 100_003}\U0001f600" for n in range(100_003)]
    assert list(in_order(iter(names))) == sorted(names, key=order)


def test_a_listing_over_many_batches_knows_every_file(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    metadata = MetadataDb(tmp_path / ".photo-mirror")
    for n in range(BATCH + 200):
        path = tmp_path / f"{n:05}"
        path.touch()
        version = Version(identity_of(path.stat()), "0", Properties(metadata={"n": str(n)}))
        metadata.remember(path.name, version)
        metadata.remember(path.name, replace(version, identity="0-another-file"))
    assert [row.metadata["n"] for row in store.list()] == [str(n) for n in range(BATCH + 200)]
    assert len(list(store.list(start_from="00600"))) == BATCH + 200 - 600


def test_a_missing_folder_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match="folder not found \\(is the drive mounted"):
        list(LocalSource(tmp_path / "missing").list())
    with pytest.raises(StoreUnavailableError, match="folder not found \\(is the drive mounted"):
        LocalStore(tmp_path / "unmounted" / "resized")
    with pytest.raises(StoreUnavailableError, match="folder not found \\(is the drive mounted"):
        LocalSource(tmp_path / "missing").read("a", "1")
    assert list(tmp_path.iterdir()) == []


def test_what_a_writer_left_that_died_as_it_opened_the_folder_is_removed(tmp_path: Path) -> None:
    LocalStore(tmp_path)
    left = tmp_path / ".photo-mirror" / ".photo-mirror-0123456789abcdef"
    left.touch()
    LocalStore(tmp_path)
    assert not left.exists()


def test_damaged_metadata_is_a_sentence(tmp_path: Path) -> None:
    LocalStore(tmp_path)
    for path in (tmp_path / ".photo-mirror").iterdir():
        path.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreUnavailableError, match=r"metadata\.sqlite cannot be used"):
        LocalStore(tmp_path)


WRITER = """
import random, sys
from pathlib import Path
from orchestration.blobs.base import Properties
from orchestration.blobs.errors import ForeignError
from orchestration.blobs.local.store import LocalStore
store = LocalStore(Path(sys.argv[1]))
while True:
    name = f"d{random.randrange(2)}/f{random.randrange(6)}.jpg"
    data = random.randbytes(random.randrange(1, 200_000))
    held = next((row.etag for row in store.list(name)), "")
    try:
        store.write(name, data, Properties(metadata={"size": str(len(data))}), replaces=held)
        if random.random() < 0.1:
            store.delete(name, next(store.list(name)).etag)
    except (ForeignError, StopIteration):
        pass
"""


def test_a_kill_at_any_moment_leaves_whole_files_that_are_ours(tmp_path: Path) -> None:
    in_flight = 0
    for _ in range(8):
        writers = [
            subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)]) for _ in range(2)
        ]
        until = time.monotonic() + 60
        while not any(tmp_path.rglob("*.jpg")) and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(random.uniform(0.3, 0.6))
        for writer in writers:
            writer.kill()
        for writer in writers:
            writer.wait()
        in_flight += len(list(tmp_path.rglob(".photo-mirror-*")))
        store = LocalStore(tmp_path)
        rows = list(store.list())
        assert rows
        for row in rows:
            data = (tmp_path / row.name).read_bytes()
            assert row.metadata == {"size": str(len(data))}
            assert row.md5 == md5(data).hexdigest()
        assert not list(tmp_path.rglob(".photo-mirror-*"))
    assert in_flight, "no kill met a write"


COUNTER = """
import sys
from pathlib import Path
from orchestration.blobs.base import Properties
from orchestration.blobs.errors import BlobError
from orchestration.blobs.local.store import LocalStore
store = LocalStore(Path(sys.argv[1]))
done = 0
while done < 40:
    row = next(store.list())
    try:
        count = int(store.read(row.name, row.etag).data) + 1
        properties = Properties(metadata={"by": sys.argv[2], "n": str(done)})
        store.write(row.name, str(count).encode(), properties, replaces=row.etag)
        done += 1
    except BlobError:
        pass
"""


def test_processes_that_replace_exactly_lose_nothing(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.write("count", b"0", Properties())
    counters = [
        subprocess.Popen([sys.executable, "-c", COUNTER, str(tmp_path), str(n)]) for n in range(3)
    ]
    assert [counter.wait() for counter in counters] == [0, 0, 0]
    assert (tmp_path / "count").read_bytes() == b"120"


@pytest.mark.parametrize("taken", ["resized", "resized/.photo-mirror"])
@pytest.mark.parametrize("by", ["a file", "a link to nothing"])
def test_what_stands_where_a_folder_belongs_is_a_sentence(
    tmp_path: Path, taken: str, by: str
) -> None:
    place = tmp_path / taken
    place.parent.mkdir(exist_ok=True)
    if by == "a file":
        place.touch()
    else:
        place.symlink_to(tmp_path / "nowhere" / "at all")
    with pytest.raises(StoreUnavailableError, match="this is not a folder"):
        LocalStore(tmp_path / "resized")


def test_a_file_that_came_and_went_meanwhile_is_foreign_and_nothing_worse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(_draft: Draft, _file: str) -> None:
        raise FileExistsError

    store = LocalStore(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Draft, "become", taken)
        with pytest.raises(ForeignError) as refusal:
            store.write("a.jpg", b"photo", JPEG)
    assert not isinstance(refusal.value, HeldError)
    assert [*store.list()] == []
    assert store.write("a.jpg", b"photo", JPEG)
