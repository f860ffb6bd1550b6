"""Metadata as exiftool reads it: one process for all files."""

import json
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

_ASKED = ("-j", "-G1:4", "-a", "-u", "-n", "-struct", "-b", "-validate", "-warning", "-all:all")
_READY = "{ready}"

Fields = dict[str, Any]
"""Values by 'group:name', as in 'IFD0:Orientation'; 'group:Copy1:name' for a second one."""


class ExifTool:
    """A running exiftool. It must be ended explicitly: the end of its input does not end it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="oracle-")
        self._process = subprocess.Popen(
            ["exiftool", "-stay_open", "True", "-@", "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            errors="backslashreplace",
        )

    def close(self) -> None:
        """End the process."""
        self._process.communicate("-stay_open\nFalse\n", timeout=60)
        self._folder.cleanup()

    def read(self, data: bytes, suffix: str) -> Fields:
        """Return the fields of a file; the suffix is its format's."""
        path = Path(self._folder.name) / f"file{suffix}"
        path.write_bytes(data)
        sent, received = self._process.stdin, self._process.stdout
        assert sent is not None
        assert received is not None
        sent.write("\n".join((*_ASKED, str(path), "-execute\n")))
        sent.flush()
        lines = []
        for line in received:
            if line.strip() == _READY:
                break
            lines.append(line)
        found: list[Fields] = json.loads("".join(lines) or "[{}]")
        return found[0]


@cache
def _running() -> ExifTool:
    return ExifTool()


def close() -> None:
    """End the process that `fields` started, if it did."""
    if _running.cache_info().currsize:
        _running().close()
        _running.cache_clear()


def fields(data: bytes, suffix: str) -> Fields:
    """Return what exiftool finds in a file."""
    return _running().read(data, suffix)
