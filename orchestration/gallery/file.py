"""Writes a gallery: a whole file or none, and never in place of a file that is not a gallery."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from orchestration.escaping import in_a_line

MARK = b'<meta name="generator" content="photo-mirror gallery">'
# The mark comes before any data of the photos.
_HEAD = 4_096


class OutputError(Exception):
    """The gallery cannot be written to this file; the message has the reason and what to do."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(in_a_line(f"{path}: {reason}"))
        self.path = path
        self.reason = reason


def check_place(path: Path) -> None:
    """Check that a file can be created there. Raises OutputError."""
    if path.is_dir():
        raise OutputError(path, "it is a folder; choose a file in it, such as gallery.html")
    if not path.parent.is_dir():
        raise OutputError(path, f"the folder {path.parent} does not exist; create it first")
    if not os.access(path.parent, os.W_OK):
        raise OutputError(path, f"no file can be created in {path.parent}; choose another folder")


def check_replaces_gallery(path: Path) -> None:
    """Check that an existing file is a gallery. Raises OutputError."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except FileNotFoundError:
        return
    except OSError as error:
        raise OutputError(path, f"the existing file cannot be read ({error.strerror})") from error
    if MARK not in head:
        raise OutputError(
            path,
            "a file that is not a gallery exists; choose another name, or replace it with --force",
        )


def write_whole(path: Path, page: bytes) -> None:
    """Write the page in one step: a reader sees the old file or the new one. Raises OutputError."""
    temporary = path.parent / f".photo-mirror-{secrets.token_hex(8)}"
    try:
        with temporary.open("xb") as file:
            file.write(page)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise OutputError(path, f"it cannot be written ({error.strerror})") from error
    finally:
        with suppress(OSError):
            temporary.unlink()
