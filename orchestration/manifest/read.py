"""Read the plain list of a manifest from a folder, a file, or the ledger."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from orchestration.manifest.forms.rows import FILE
from orchestration.manifest.row import Row, parse_row


class NoManifestError(Exception):
    """A folder or file that is not a manifest; the message has the reason."""


def read_rows(place: Path) -> Iterator[Row]:
    """Yield the rows of a manifest, by its folder or by the list itself.

    Raises NoManifestError.
    """
    path = place / FILE if place.is_dir() else place
    try:
        with _open(path) as file:
            for number, line in enumerate(file, 1):
                try:
                    yield parse_row(line)
                except ValueError as error:
                    raise NoManifestError(
                        f"line {number} of {path} is not a row: {error}"
                    ) from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise NoManifestError(f"{path} is not a whole gzip file; copy it again") from None
    except OSError as error:
        raise NoManifestError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise NoManifestError(f"{path} is not text in UTF-8") from None


def _open(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")
