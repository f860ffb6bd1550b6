"""Passes the blocked photos of a run to the process that started the run, through a file."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

FILE = "PHOTO_MIRROR_FINDINGS"


@contextmanager
def report_blocked_photos() -> Iterator[Callable[[str, str], None]]:
    """Yield a function that writes a photo's name, and why it is blocked, to the starter's file.

    It writes nothing when no process waits in `collect_blocked_photos`.
    """
    path = os.environ.get(FILE)
    if not path:
        yield lambda _name, _reason: None
        return
    with Path(path).open("a") as file:
        yield lambda name, reason: print(json.dumps([name, reason]), file=file, flush=True)


@contextmanager
def collect_blocked_photos() -> Iterator[dict[str, str]]:
    """Yield a dictionary that is filled at the end: from names to reasons.

    It contains the photos reported by runs that were started meanwhile.
    """
    found: dict[str, str] = {}
    with TemporaryDirectory() as folder:
        path = Path(folder, "findings")
        os.environ[FILE] = str(path)
        try:
            yield found
        finally:
            del os.environ[FILE]
            if path.exists():
                found.update(json.loads(line) for line in path.read_text().splitlines())
