"""Read and write label files in JSON. Unchanged values are written as they were read."""

import gc
import json
import marshal
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from orchestration.garbage import paused_collection
from orchestration.labels.document import LabelFileError
from orchestration.labels.json_windows import NotParsedError, parsed

# Encoding a few thousand rows at a time is as fast as all at once, and needs little memory.
_ROWS = 4096
# Whole numbers beyond this are no coordinates, and not all of them have a float.
_MOST = 10**18
# In characters: larger files are not in memory as text and as values at once.
_WINDOW = 4_000_000
# What was parsed contains no circle, so that nothing need be remembered while it is written.
_encode = json.JSONEncoder(check_circular=False).encode


def read_json(path: Path) -> Any:
    """Parse a file. Raises LabelFileError, OSError."""
    try:
        with paused_collection():
            found = _parsed(path)
            # Later collections need not look at millions of values again: none is in a circle.
            gc.freeze()
            return found
    except UnicodeDecodeError:
        raise LabelFileError(
            f"{path} is not text in UTF-8 or UTF-16; if it is compressed, unpack it first"
        ) from None
    except (ValueError, RecursionError) as error:
        raise LabelFileError(f"{path} is not JSON: {error}") from None


def _parsed(path: Path) -> Any:
    """Parse a large file by windows; where that fails, as a whole, which says what is wrong."""
    if path.stat().st_size > _WINDOW:
        with (
            suppress(NotParsedError, UnicodeDecodeError),
            path.open(encoding="utf-8-sig") as file,
        ):
            return parsed(file, _WINDOW, _Shared().share)
    return json.loads(path.read_bytes())


class _Shared:
    """Makes one object of all equal attributes, of which a file has few, and many times.

    They are no coordinates: nothing here changes them.
    """

    def __init__(self) -> None:
        self._seen: dict[bytes, Any] = {}

    def share(self, rows: list[Any]) -> None:
        """Replace the attributes of objects by equal ones that were seen before."""
        seen = self._seen.setdefault
        for row in rows:
            found = row.get("attributes")
            if found is not None:
                # Version 2 spells equal values alike, and 1, 1.0 and true each in another way.
                row["attributes"] = seen(marshal.dumps(found, 2), found)


def write_json(path: Path, found: Any) -> None:
    """Write a value; the lists of a dictionary are written row by row. Raises OSError."""
    with path.open("w", encoding="utf-8") as file:
        if not isinstance(found, dict):
            _write_value(file, found)
            return
        file.write("{")
        for at, (key, value) in enumerate(found.items()):
            file.write(f"{', ' if at else ''}{json.dumps(key)}: ")
            _write_value(file, value)
        file.write("}\n")


def _write_value(file: TextIO, value: Any) -> None:
    if not isinstance(value, list):
        file.write(json.dumps(value))
        return
    file.write("[")
    for at, rows in enumerate(_batches(value)):
        file.write(",\n" if at else "")
        file.write(_encode(rows)[1:-1])
    file.write("]")


def _batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(rows)
    while batch := [*islice(rest, _ROWS)]:
        yield batch


def numbers(found: object, what: str, many: int | None = None) -> list[float]:
    """Return a list of numbers, as it was parsed. Raises LabelFileError."""
    if isinstance(found, list) and (many is None or len(found) == many):
        for one in found:
            if type(one) is not float and (type(one) is not int or abs(one) > _MOST):
                break
        else:
            return found
    count = "" if many is None else f"{many} "
    raise LabelFileError(f"{what} is not a list of {count}numbers")


def number(found: object, what: str) -> float:
    """Return a number. Raises LabelFileError."""
    if type(found) is float or (type(found) is int and abs(found) <= _MOST):
        return found
    raise LabelFileError(f"{what} is not a number")


def objects(found: object, what: str) -> list[dict[str, Any]]:
    """Return a list of objects. Raises LabelFileError."""
    if isinstance(found, list) and all(isinstance(one, dict) for one in found):
        return found
    raise LabelFileError(f"{what} is not a list of objects")


def as_before(value: float, before: object) -> Any:
    """Return a number of pixels in its former type: whole, if it was whole."""
    return float(value) if isinstance(before, float) else round(value)
