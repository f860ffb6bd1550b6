"""Where a gallery goes: a whole file or none, and never in place of a file that is not one."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from orchestration.escaping import in_a_line

MARK = b'<meta name="generator" content="photo-mirror gallery">'
# The mark stands before anything of the photos.
_HEAD = 4_096


class OutputError(Exception):
    """The gallery cannot be written to this place; says why, and what to do."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(in_a_line(f"{path}: {reason}"))
        self.path = path
        self.reason = reason


def check_place(path: Path) -> None:
    """See that a file can be made there. Raises OutputError."""
    if path.is_dir():
        raise OutputError(path, "it is a folder; name a file in it, such as gallery.html")
    if not path.parent.is_dir():
        raise OutputError(path, f"there is no folder {path.parent}; make it first")
    if not os.access(path.parent, os.W_OK):
        raise OutputError(path, f"no file can be made in {path.parent}; name another folder")


def check_replaces_gallery(path: Path) -> None:
    """See that what is there, if anything, is a gallery of ours. Raises OutputError."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except FileNotFoundError:
        return
    except OSError as error:
        raise OutputError(path, f"what is there cannot be read ({error.strerror})") from error
    if MARK not in head:
        reason = "a file that is not a gallery is there; name another, or replace it with --force"
        raise OutputError(path, reason)


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
