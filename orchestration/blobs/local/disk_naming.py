"""Detects disks that ignore letter case, or change the spelling of accents."""

import os
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from unicodedata import normalize

from orchestration.blobs.errors import UnaddressableError
from orchestration.blobs.local.files import opened_folder

COMPOSED = "Probe-\N{LATIN SMALL LETTER E WITH ACUTE}"
DECOMPOSED = normalize("NFD", COMPOSED)


class DiskNaming:
    """How the disk below a folder changes names; tested once, when needed."""

    def __init__(self, root: str, reserved: Path) -> None:
        self._root = root
        self._reserved = reserved
        self._exact: set[str] = set()

    def check(self, name: str, segments: list[str]) -> None:
        """Raise UnaddressableError when the disk would give a new file another name."""
        if self._renames and normalize("NFD", name) != name:
            raise UnaddressableError("this disk would change the spelling of its name", name)
        if not self._folds:
            return
        for depth, segment in enumerate(segments):
            path = "/".join(segments[: depth + 1])
            if path in self._exact:
                continue
            try:
                with (
                    opened_folder(self._root, segments[:depth]) as folder,
                    os.scandir(folder) as entries,
                ):
                    os.stat(segment, dir_fd=folder, follow_symlinks=False)
                    exact = any(entry.name == segment for entry in entries)
            except FileNotFoundError:
                return
            if not exact:
                raise UnaddressableError(
                    f"this disk does not distinguish {segment!r} from another name on it", name
                )
            if depth < len(segments) - 1:
                self._exact.add(path)

    @cached_property
    def _renames(self) -> bool:
        with TemporaryDirectory(dir=self._reserved) as folder:
            Path(folder, COMPOSED).touch()
            return Path(folder, COMPOSED) not in Path(folder).iterdir()

    @cached_property
    def _folds(self) -> bool:
        with TemporaryDirectory(dir=self._reserved) as folder:
            Path(folder, COMPOSED).touch()
            others = (DECOMPOSED, COMPOSED.swapcase())
            return any(os.path.lexists(Path(folder, other)) for other in others)
