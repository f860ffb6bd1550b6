"""What a folder's store says when the disk fails: each failure is the kernel's own."""

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
    """Run what follows as somebody whom the kernel refuses: root is, without these capabilities."""
    if os.geteuid():
        return []
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


def test_a_full_disk_stops_the_run_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    disk = in_a_small_disk(tmp_path, "size=2m")
    attempt = 'store.write("d/b.jpg", bytes(3_000_000), Properties())'
    out = said(tmp_path, attempt, LEAVES_WHAT_WAS_THERE, *disk)
    assert out.startswith("StoreClosedError d/b.jpg: ")
    assert "the disk is full; make room" in out


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
    from orchestration.blobs.local.sealed import SealedLocal
    del store
    gc.collect()
    assert os.system(f"mount -o remount,bind,ro {root}") == 0
    (row,) = SealedLocal(root).list()
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


@pytest.mark.parametrize(
    ("attempt", "who"),
    [
        ('store.write("d/b.jpg", b"1", Properties())', "d/b.jpg"),
        ("list(LocalSource(root).list())", "d"),
        ('LocalSource(root).read("secret.jpg", "1")', "secret.jpg"),
    ],
)
def test_a_missing_permission_stops_the_run(tmp_path: Path, attempt: str, who: str) -> None:
    attempt = f"""
    (root / "d").mkdir()
    (root / "secret.jpg").touch()
    for path in (root / "d", root / "secret.jpg"):
        path.chmod(0)
    {attempt}
    """.strip()
    out = said(tmp_path, attempt, "", *as_one_who_needs_permission())
    assert out.startswith("StoreClosedError "), out
    assert who in out
    assert "permission denied" in out


def test_what_the_disk_cannot_spell_is_refused(tmp_path: Path) -> None:
    attempt = 'store.write("x/" * 40 + "y" * 300, b"1", Properties())'
    assert said(tmp_path, attempt, LEAVES_WHAT_WAS_THERE).startswith("UnaddressableError")
