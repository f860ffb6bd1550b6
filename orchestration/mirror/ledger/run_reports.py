"""Run reports: one JSON line per outcome, written to the ledger on request.

They are for people and scripts; the mirror itself never reads them.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from orchestration.blobs.base import BlobInfo, Overwrites, Properties
from orchestration.blobs.errors import (
    CorruptError,
    DeniedError,
    HeldError,
    StaleError,
    UnreadableError,
)
from orchestration.mirror.ledger.keys import segment_of
from orchestration.mirror.ledger.unexpected_blobs import NOT_OURS, Warn, no_warning
from orchestration.mirror.outcomes import (
    Blocked,
    Done,
    Failed,
    Outcome,
    Refused,
    StoreDown,
    Unreadable,
    word_for,
)

_ALL = "reports/"
# Lines per part. A kill loses at most this many.
LINES_OF_A_PART = 2_000
_MIME_TYPE = "application/x-ndjson"
_PART = re.compile(r"reports/([^/]+)/([0-9]{6})\.jsonl")
_NUMBER = re.compile(r"[0-9]{1,18}")
# How many further names are tried when the name of a part is taken.
_TRIES = 10


@dataclass(frozen=True, slots=True)
class Reported:
    """The report of one run. Its parts are in order."""

    run: str
    begun_at: str
    lines: int
    bytes: int
    parts: tuple[BlobInfo, ...]


@contextmanager
def reporting(
    ledger: Overwrites, run: str, now: Callable[[], str]
) -> Iterator[Callable[[Outcome], None]]:
    """Yield a function that adds an outcome to the report; write the last part at the end.

    A run that is started again appends to its report. Raises StoreUnavailableError.
    """
    place = f"{_ALL}{segment_of(run)}/"
    parts = max((int(part[2]) for row in ledger.list(place) if (part := _part(row))), default=0)
    lines: list[str] = []

    def write() -> None:
        nonlocal parts
        metadata = {"lines": str(len(lines)), "written_at": now()}
        body = "".join(lines).encode("utf-8", "surrogatepass")
        for _ in range(_TRIES):
            parts += 1
            with suppress(HeldError):
                ledger.overwrite(
                    f"{place}{parts:06}.jsonl", body, Properties(_MIME_TYPE, metadata=metadata)
                )
                break
        lines.clear()

    def take(outcome: Outcome) -> None:
        lines.append(json.dumps({"at": now(), **_facts(outcome)}) + "\n")
        if len(lines) >= LINES_OF_A_PART:
            write()

    try:
        yield take
    finally:
        if lines:
            write()


def reports(ledger: Overwrites, run: str = "", warn: Warn = no_warning) -> Iterator[Reported]:
    """Yield the reports of the runs whose id starts with `run`, in order of their ids."""
    rows = _ours(ledger.list(_ALL + run), warn)
    for place, group in groupby(rows, key=lambda row: row.name.rpartition("/")[0]):
        parts = (*group,)
        yield Reported(
            run=place.removeprefix(_ALL),
            begun_at=parts[0].metadata.get("written_at", ""),
            lines=sum(_lines_in(part) for part in parts),
            bytes=sum(part.size for part in parts),
            parts=parts,
        )


def lines_of(ledger: Overwrites, report: Reported, warn: Warn = no_warning) -> Iterator[str]:
    """Yield the lines of a report, each a JSON object."""
    for part in report.parts:
        try:
            body = ledger.read(part.name, part.etag).data
        except (StaleError, UnreadableError, DeniedError, CorruptError) as error:
            warn(part.name, error.reason)
            continue
        for line in body.decode(errors="replace").split("\n"):
            if _is_object(line):
                yield line
            elif line:
                warn(part.name, "one of its lines is not a JSON object")


def _part(row: BlobInfo) -> re.Match[str] | None:
    return None if row.denied else _PART.fullmatch(row.name)


def _ours(rows: Iterator[BlobInfo], warn: Warn) -> Iterator[BlobInfo]:
    for row in rows:
        if _part(row):
            yield row
        else:
            warn(row.name, row.denied or NOT_OURS)


def _lines_in(part: BlobInfo) -> int:
    text = part.metadata.get("lines", "")
    return int(text) if _NUMBER.fullmatch(text) else 0


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _facts(outcome: Outcome) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "folder": outcome.folder,
        "name": outcome.name,
        "outcome": word_for(outcome),
    }
    if isinstance(outcome, Done | Blocked) and outcome.rendition:
        facts["rendition"] = outcome.rendition
    match outcome:
        case Done():
            facts |= {
                "how": outcome.how,
                "bytes_before": outcome.bytes_before,
                "bytes_after": outcome.bytes_after,
                "seconds": round(outcome.seconds, 3),
            }
            if outcome.setting is not None:
                facts |= {"scale": outcome.setting.scale, "quality": outcome.setting.quality}
        case Refused():
            facts |= {"how": outcome.kind, "reason": outcome.reason, "smallest": outcome.smallest}
        case Blocked(reason=reason) | Unreadable(reason=reason) | Failed(traceback=reason):
            facts["reason"] = reason
        case StoreDown(error=error):
            facts["reason"] = str(error)
    return facts
