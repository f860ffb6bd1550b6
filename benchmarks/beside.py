"""Another revision of the core beside today's, in the same run: its code, with our libraries.

It is unpacked into a folder of its own and imported beside today's, so that each of its runs is
measured as all others are: a fork of a process in which everything is imported already.
"""

import subprocess
import sys
import tarfile
from collections.abc import Callable
from importlib import import_module
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).parents[1]
_UNPACKED = ROOT / ".bench" / "revisions"
_KERNEL = Path("resize_core/formats/jpeg/coefficients/build.py")
_PACKAGE = "resize_core"
Shrink = Callable[[bytes, int, str], bytes]


def shrink_of(revision: str) -> Shrink:
    """Return a revision's `shrink`: it takes a photo, a budget in bytes and an effort."""
    core = _imported(_unpacked(revision))

    def shrink(data: bytes, budget: int, effort: str) -> bytes:
        size = core.ByteBudget(budget)
        if hasattr(core, "Options"):
            return bytes(core.shrink(data, size, core.Options(effort=effort)).data)
        # Former revisions took keyword arguments.
        return bytes(core.shrink(data, size, effort=effort).data)

    return shrink


def _unpacked(revision: str) -> Path:
    name = _git("rev-parse", "--verify", f"{revision}^{{commit}}").decode().strip()
    folder = _UNPACKED / name
    if not folder.exists():
        with tarfile.open(fileobj=BytesIO(_git("archive", name, _PACKAGE))) as archive:
            archive.extractall(folder, filter="data")
    if (folder / _KERNEL).exists():
        subprocess.run([sys.executable, str(folder / _KERNEL)], check=True, cwd=folder)
    return folder


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True).stdout


def _imported(folder: Path):  # noqa: ANN202 - a package as it was then
    """Import the package from a folder, and leave today's as what others import."""
    today = _forgotten()
    sys.path.insert(0, str(folder))
    try:
        return import_module(_PACKAGE)
    finally:
        sys.path.remove(str(folder))
        _forgotten()
        sys.modules.update(today)


def _forgotten():  # noqa: ANN202 - modules by name
    names = [name for name in sys.modules if name.partition(".")[0] == _PACKAGE]
    return {name: sys.modules.pop(name) for name in names}
