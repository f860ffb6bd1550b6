"""The errors of a folder's store when the disk fails; each failure is caused by the kernel."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TRY = """
import gc, os, resource, sys
from pathlib import Path
from orchestration.blobs.base import Properties
from orchestration.blobs.errors import BlobError
from orchestration.blobs.local.source import LocalSource
from orchestration.blobs.local.store import LocalStore
import encodings.idna, hashlib, json, sqlite3
root = Path(sys.argv[1])
store = LocalStore(root)
etag = store.write("a.jpg", b"photo", Properties())
try:
    {attempt}
except BlobError as error:
    print(type(error).__name__, error)
{afterwards}
"""
LEAVES_WHAT_WAS_THERE = """
assert store.read("a.jpg", etag).data == b"photo"
assert {row.name for row in store.list()} == {"a.jpg"}
assert not list(root.glob(".photo-mirror-*"))
"""


def said(root: Path, attempt: str, afterwards: str, *before: str) -> str:
    script = TRY.format(attempt=attempt, afterwards=afterwards)
    tried = subprocess.run(
        [*before, sys.executable, "-c", script, str(root)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert tried.returncode == 0, tried.stderr
    return tried.stdout


def in_a_small_disk(root: Path, options: str) -> list[str]:
    """Run what follows with a disk of its own at `root`, which only it can see."""
    command = f'mount -t tmpfs -o {options} tmpfs "$0" && exec "$@"'
    wrapper = ["unshare", "--map-root-user", "--mount", "sh", "-c", command, str(root)]
    works = (
        shutil.which("unshare")
        and not subprocess.run([*wrapper, "true"], capture_output=True, check=False).returncode
    )
    if not works:
        pytest.skip("this system gives no disk of one's own (unshare --map-root-user --mount)")
    return wrapper


def as_one_who_needs_permission() -> list[str]:
    """Run the block as a user without permission: root without these capabilities."""
    if os.geteuid():
        return []
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


def test_a_full_disk_stops_the_run_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    disk = in_a_small_disk(tmp_path, "size=2m")
    attempt = 'store.write("d/b.jpg", bytes(3_000_000), Properties())'
    out = said(tmp_path, attempt, LEAVES_WHAT_WAS_THERE, *disk)
    assert out.startswith("StoreClosedError d/b.jpg: ")
    assert "the disk is full; free some space" in out


def test_a_disk_that_became_read_only_stops_the_run(tmp_path: Path) -> None:
    disk = in_a_small_disk(tmp_path, "size=2m")
    attempt = """
    del store
    gc.collect()
    assert os.system(f"mount -o remount,bind,ro {root}") == 0
    LocalStore(root).write("b.jpg", b"1", Properties())
    """.strip()
    out = said(tmp_path, attempt, "", *disk)
    assert out.startswith("StoreClosedError ")
    assert out.endswith("the disk is read-only\n")


def test_a_read_only_disk_can_be_looked_at_and_what_we_wrote_is_known(tmp_path: Path) -> None:
    disk = in_a_small_disk(tmp_path, "size=2m")
    attempt = """
    from orchestration.blobs.local.stamped_source import open_stamped_source
    del store
    gc.collect()
    assert os.system(f"mount -o remount,bind,ro {root}") == 0
    (row,) = open_stamped_source(root).list()
    print(row.etag == etag, row.md5 == hashlib.md5(b"photo").hexdigest())
    """.strip()
    assert said(tmp_path, attempt, "", *disk) == "True True\n"


def test_too_many_open_files_stop_the_run(tmp_path: Path) -> None:
    attempt = """
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard[1]))
    try:
        store.write("b.jpg", b"1", Properties())
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, hard)
    """.strip()
    out = said(tmp_path, attempt, LEAVES_WHAT_WAS_THERE)
    assert out.startswith("StoreClosedError b.jpg: ")
    assert "ulimit -n" in out


SHUT = """
for path in (root / "d", root / "d" / "e"):
    path.mkdir()
for path in (root / "d" / "e" / "1.jpg", root / "e.jpg", root / "secret.jpg"):
    path.write_bytes(b"theirs")
for path in (root / "d", root / "secret.jpg"):
    path.chmod(0)
"""


def shut(attempt: str) -> str:
    return "\n    ".join([*SHUT.strip().splitlines(), attempt])


@pytest.mark.parametrize(
    "store", ["LocalSource(root)", "LocalStore(root)", "open_stamped_source(root)"]
)
def test_a_folder_that_may_not_be_read_is_named_and_the_others_are_listed(
    tmp_path: Path, store: str
) -> None:
    attempt = f"""
    from orchestration.blobs.local.stamped_source import open_stamped_source
    for rows in (
        {store}.list(), {store}.list_directly(), {store}.list("d/"), {store}.list("d/e/"),
        {store}.list("d/e/1.jpg"), {store}.list_directly("d/e/"), {store}.list(start_from="d/zz"),
    ):
        print([row.name for row in rows if row.denied.startswith("permission denied")])
    print([row.name for row in {store}.list() if not row.denied])
    """.strip()
    out = said(tmp_path, shut(attempt), "", *as_one_who_needs_permission()).splitlines()
    is_opened = "Source" not in store  # to be recognised, what we did not write is opened
    secret = ["secret.jpg"] if is_opened else []
    assert out[:7] == [
        str(["d/", *secret]),
        str(secret),
        "['d/']",
        "['d/e/']",
        "['d/e/']",
        "['d/e/']",
        str(["d/", *secret]),
    ]
    assert out[7] == str(["a.jpg", "e.jpg"] + ([] if is_opened else ["secret.jpg"]))


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        ('LocalSource(root).read("secret.jpg", "1")', "DeniedError secret.jpg: permission denied"),
        (
            'LocalSource(root).read_part("d/e/1.jpg", "1", 0, 9)',
            "DeniedError d/e/1.jpg: permission",
        ),
        ('store.write("d/b.jpg", b"1", Properties())', "HeldError d/b.jpg: nothing can be written"),
        ('store.delete("d/e/1.jpg", "1")', "HeldError d/e/1.jpg: nothing can be written"),
        ('store.restamp("secret.jpg", "1", {})', "HeldError secret.jpg: nothing can be written"),
    ],
)
def test_a_missing_permission_for_one_file_is_reported_for_it(
    tmp_path: Path, attempt: str, says: str
) -> None:
    out = said(tmp_path, shut(attempt), "", *as_one_who_needs_permission())
    assert out.startswith(says), out
    assert "permission denied; let this user" in out


@pytest.mark.parametrize("mode", [0o000, 0o444, 0o555])
@pytest.mark.parametrize(
    "attempt",
    [
        "list(LocalSource(root).list())",
        'LocalSource(root).read("a.jpg", etag)',
        'store.write("b.jpg", b"1", Properties())',
    ],
)
def test_a_missing_permission_for_the_whole_folder_stops_the_run(
    tmp_path: Path, attempt: str, mode: int
) -> None:
    if mode == 0o555 and "write" not in attempt:
        pytest.skip("it may be read")
    if mode == 0o444 and "list" in attempt:
        pytest.skip("names may be read: each file is denied")
    place = tmp_path / "place"
    place.mkdir()
    shutting = f"root.chmod({mode})\n    {attempt}"
    out = said(place, shutting, "root.chmod(0o777)", *as_one_who_needs_permission())
    if mode == 0o444 and "read" in attempt:
        assert out.startswith("DeniedError"), out
    else:
        assert out.startswith("StoreClosedError"), out
    assert "permission denied" in out


def over_a_file_that_fails() -> list[str]:
    """Run what follows with a file of its own that the kernel fails to read (EIO), at `$0`."""
    # No process has memory at address 0.
    command = 'mount --bind /proc/$$/mem "$0" && exec "$@"'
    return ["unshare", "--map-root-user", "--mount", "sh", "-c", command]


def test_a_file_whose_disk_fails_is_reported_and_others_are_read(tmp_path: Path) -> None:
    bad = tmp_path / "bad.jpg"
    bad.touch()
    wrapper = [*over_a_file_that_fails(), str(bad)]
    works = (
        shutil.which("unshare")
        and not subprocess.run([*wrapper, "true"], capture_output=True, check=False).returncode
    )
    if not works:
        pytest.skip("this system binds no file over another (unshare --map-root-user --mount)")
    attempt = """
    rows = {row.name: row for row in LocalSource(root).list()}
    print(*rows)
    print(LocalSource(root).read("a.jpg", rows["a.jpg"].etag).data)
    LocalSource(root).read("bad.jpg", rows["bad.jpg"].etag)
    """.strip()
    out = said(tmp_path, attempt, "", *wrapper)
    assert out.splitlines() == [
        "a.jpg bad.jpg",
        "b'photo'",
        "DeniedError bad.jpg: its disk has failed (Input/output error)",
    ]


def test_what_the_disk_cannot_spell_is_refused(tmp_path: Path) -> None:
    attempt = 'store.write("x/" * 40 + "y" * 300, b"1", Properties())'
    assert said(tmp_path, attempt, LEAVES_WHAT_WAS_THERE).startswith("UnaddressableError")
